//! `aludel log`

use aludel::Entry;
use clap::Args;
use serde::Serialize;

use super::steps::warn;
use crate::error::Failure;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Show the migrations that ran on the database and when, newest last
#[derive(Debug, Clone, Args)]
pub(super) struct Log {
    /// Show only the last COUNT entries
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
}

/// A ledger entry, as printed in JSON.
#[derive(Debug, Serialize)]
struct Step<'a> {
    applied_at: &'a str,
    direction: &'a str,
    revision: &'a str,
    revises: &'a str,
    depends_on: &'a str,
    message: &'a str,
    elapsed_us: u128,
    checksum: Option<&'a str>,
    state: &'a str,
    version: &'a str,
    unproved: bool,
}

impl Log {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let entries = workspace.ask(|migrator, connection| {
            connection.map_or_else(|| Ok(Vec::new()), |connection| migrator.log(connection))
        })?;
        warn(&workspace.warnings().unwrap_or_default(), ui);
        let first = self.limit.map_or(0, |limit| entries.len().saturating_sub(limit));
        let entries = entries.get(first..).unwrap_or_default();
        if ui.is_json() {
            ui.json(&entries.iter().map(step).collect::<Vec<_>>());
        } else if !entries.is_empty() {
            ui.say_table(HEADER, entries.iter().map(row));
        }
        Ok(0)
    }
}

/// The column headings.
const HEADER: [&str; 5] = ["when (UTC)", "what", "revision", "took", "message"];

fn row(entry: &Entry) -> [String; HEADER.len()] {
    let took = match entry.direction.as_str() {
        "stamp" => String::new(),
        _ => format!("{:.1} ms", entry.elapsed.as_secs_f64() * 1000.0),
    };
    let when = entry.applied_at.split('.').next().unwrap_or_default().to_owned();
    let what =
        if entry.unproved { format!("{} (unproved)", entry.direction) } else { entry.direction.clone() };
    [when, what, entry.revision.clone(), took, entry.message.clone()]
}

fn step(entry: &Entry) -> Step<'_> {
    Step {
        applied_at: &entry.applied_at,
        direction: &entry.direction,
        revision: &entry.revision,
        revises: &entry.revises,
        depends_on: &entry.depends_on,
        message: &entry.message,
        elapsed_us: entry.elapsed.as_micros(),
        checksum: entry.checksum.as_deref(),
        state: &entry.state,
        version: &entry.version,
        unproved: entry.unproved,
    }
}
