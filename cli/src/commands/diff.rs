//! `aludel diff`

use aludel_core::graph::Index;
use aludel_core::schema::{Changes, Detected, Difference, differences};
use clap::Args;
use serde::Serialize;

use super::schema::{made, revisions};
#[cfg(feature = "program")]
use super::schema_postgres;
use crate::database::Migrator;
use crate::error::{FAILED, Failure};
use crate::ui::Ui;
use crate::workspace::{Change, Workspace};

/// Show the differences between the schemas at two revisions, or between a revision and the
/// database
///
/// The exit code is 0 if there are no differences, and 1 if there are.
#[derive(Debug, Clone, Args)]
pub(super) struct Diff {
    /// Revision to compare from: an ID or unique prefix, a label, `head`, `heads`, `base`,
    /// `current`, or `-1` (relative to the heads)
    #[arg(value_name = "FROM", allow_negative_numbers = true)]
    from: String,

    /// Revision to compare to [default: the schema of the database]
    #[arg(value_name = "TO", allow_negative_numbers = true)]
    to: Option<String>,
}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer {
    from: Vec<String>,
    to: Option<Vec<String>>,
    database: Option<String>,
    changes: Vec<Change>,
}

impl Diff {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let from = revisions(workspace, &self.from)?;
        let to = self.to.as_ref().map(|name| revisions(workspace, name)).transpose()?;
        #[cfg(feature = "program")]
        if schema_postgres::is_for(workspace) {
            let changes = schema_postgres::changes(workspace, &from, to.as_deref())?;
            let database = match &to {
                Some(_) => None,
                None => Some(workspace.database()?.to_string()),
            };
            return Ok(self.print(workspace, (from, to, database), changes, ui));
        }
        let was = made(workspace, &from)?;
        let (is, database) = match &to {
            Some(to) => (made(workspace, to)?, None),
            None => (of_database(workspace)?, Some(workspace.database()?.to_string())),
        };
        let changes = differences(&Changes::between(&was, &is));
        let changes: Vec<Change> = changes.into_iter().flat_map(changes_of).collect();
        Ok(self.print(workspace, (from, to, database), changes, ui))
    }

    /// Prints the changes, and returns the exit code.
    fn print<C>(
        &self,
        workspace: &Workspace<'_, C>,
        (from, to, database): (Vec<Index>, Option<Vec<Index>>, Option<String>),
        changes: Vec<Change>,
        ui: &mut Ui,
    ) -> u8 {
        let exit_code = if changes.is_empty() { 0 } else { FAILED };
        if ui.is_json() {
            let ids = |revisions| workspace.chain.ids(revisions);
            ui.json(&Answer { from: ids(from), to: to.map(ids), database, changes });
        } else if changes.is_empty() {
            let to = self.to.clone().or(database).unwrap_or_default();
            ui.print(format_args!("no differences: the schema at {} equals the schema of {to}", self.from));
        } else {
            for Change { words, .. } in changes {
                ui.print(words);
            }
        }
        exit_code
    }
}

fn of_database<C>(workspace: &Workspace<'_, C>) -> Result<aludel_core::schema::Schema, Failure> {
    let schema = workspace.ask(Migrator::schema)?;
    schema.ok_or_else(|| {
        let message = match workspace.database() {
            Ok(database) => format!("the database `{database}` does not exist"),
            Err(failure) => failure.to_string(),
        };
        Failure::wrong(message, "set an existing database with `--database`, or pass a second revision")
    })
}

/// Describes a difference in the same words as `revision --autogenerate`.
///
/// If these words only name the object, the description includes the old and the new definition.
fn changes_of(difference: Difference) -> Vec<Change> {
    let in_full = match &difference {
        Difference::Definition { .. } | Difference::Moved { .. } | Difference::Respelled { .. } => {
            Some(difference.to_string())
        }
        _ => None,
    };
    let reported = |one: Detected| Change {
        change: one.kind(),
        words: in_full.clone().unwrap_or_else(|| one.to_string()),
    };
    Detected::of(difference).into_iter().map(reported).collect()
}
