//! `aludel stamp`

use aludel_core::plan;
use clap::Args;
use serde::Serialize;

use super::offline;
use super::steps::{place_of, warn};
use crate::database::Scripted;
use crate::error::Failure;
use crate::signals::Signals;
use crate::ui::Ui;
use crate::view::View;
use crate::workspace::Workspace;

/// Record revisions as applied without running a script
///
/// Use it for a database that already has the schema of a revision. The database is created if it
/// does not exist.
#[derive(Debug, Clone, Args)]
pub(super) struct Stamp {
    /// Revisions to record: `head`, `heads`, `base`, IDs or unique prefixes, labels
    #[arg(value_name = "REVISION", required = true, num_args = 1.., allow_negative_numbers = true)]
    targets: Vec<String>,

    /// Delete all version rows first
    #[arg(long)]
    purge: bool,

    /// Show what would be recorded, and change nothing
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,

    /// Print a script for `sqlite3` or `psql` instead of recording. The script begins at the
    /// database's revision, or at the start of a range such as `ab12:head`
    #[arg(long, conflicts_with = "purge")]
    sql: bool,
}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Recorded {
    dry_run: bool,
    becomes_applied: Vec<String>,
    ceases_to_be_applied: Vec<String>,
    current: Vec<String>,
    /// The version rows that were removed because another row implied them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    implied_rows: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Stamp {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let targets: Vec<&str> = self.targets.iter().map(String::as_str).collect();
        if self.sql {
            return print(workspace, &targets, ui);
        }
        targets.iter().try_for_each(|target| offline::refuse_range(target))?;
        let plan = workspace.ask(|migrator, reader| {
            if self.purge {
                migrator.plan_stamp_from_base(&targets)
            } else {
                migrator.plan_stamp(reader, &targets)
            }
        })?;
        let mut recorded = self.recorded(&workspace.view(), &plan);
        if self.dry_run {
            recorded.warnings = if self.purge { Vec::new() } else { workspace.warnings()? };
        } else {
            let report =
                workspace.change(&Signals::listen(), workspace.migrator(), |migrator, connection| {
                    if self.purge {
                        migrator.purge_and_record(connection, &plan)
                    } else {
                        migrator.record(connection, &plan)
                    }
                })?;
            (recorded.implied_rows, recorded.warnings) = (report.implied_rows, report.warnings);
        }
        if ui.is_json() {
            ui.json(&recorded);
        } else if self.dry_run {
            ui.print(format_args!(
                "The database would be {}; nothing was changed",
                place_of(&recorded.current)
            ));
        } else {
            ui.print(format_args!("the database is {}; no script ran", place_of(&recorded.current)));
        }
        for row in &recorded.implied_rows {
            ui.note(format_args!("note: the version row `{row}`, which another row implied, was removed"));
        }
        warn(&recorded.warnings, ui);
        Ok(0)
    }

    fn recorded(&self, view: &View<'_>, plan: &plan::Stamp) -> Recorded {
        let mut current = view.graph.ids(plan.after.rows());
        current.sort();
        Recorded {
            dry_run: self.dry_run,
            becomes_applied: view.graph.ids(plan.becomes.iter().copied()),
            ceases_to_be_applied: view.graph.ids(plan.ceases.iter().copied()),
            current,
            implied_rows: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// Prints the script. Only the first target may be a range.
fn print<C>(workspace: &Workspace<'_, C>, targets: &[&str], ui: &mut Ui) -> Result<u8, Failure> {
    let (first, others) = targets.split_first().map_or(("", targets), |(first, others)| (*first, others));
    if let Some(other) = others.iter().find(|target| target.contains(':')) {
        let message = format!("`{other}` is a range, but only the first revision can be a range");
        return Err(Failure::wrong(message, "a script has a single start, for example `base:ab12 cd34`"));
    }
    let script = offline::script(workspace, first, true, |migrator, start, end| {
        let all: Vec<&str> = [end].into_iter().chain(others.iter().copied()).collect();
        migrator.script(start, Scripted::Stamp(&all))
    })?;
    ui.raw(script.as_bytes());
    Ok(0)
}
