//! `aludel log`

use aludel::{LedgerAction, LedgerEntry};
use clap::Args;
use serde::Serialize;

use super::steps::warn;
use crate::database::Migrator;
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
struct Answer<'a> {
    applied_at: &'a str,
    direction: String,
    revision: &'a str,
    revises: String,
    depends_on: String,
    message: &'a str,
    elapsed_us: u128,
    checksum: Option<&'a str>,
    state: &'a str,
    version: &'a str,
    unproved: bool,
}

impl Log {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let entries = workspace.ask(Migrator::ledger)?;
        warn(&workspace.warnings().unwrap_or_default(), ui);
        let first = self.limit.map_or(0, |limit| entries.len().saturating_sub(limit));
        let entries = entries.get(first..).unwrap_or_default();
        if ui.is_json() {
            ui.json(&entries.iter().map(answer).collect::<Vec<_>>());
        } else if !entries.is_empty() {
            ui.print_table(HEADER, entries.iter().map(row));
        }
        Ok(0)
    }
}

/// The column headings.
const HEADER: [&str; 5] = ["when (UTC)", "what", "revision", "took", "message"];

fn row(entry: &LedgerEntry) -> [String; HEADER.len()] {
    let took = match entry.action {
        LedgerAction::Stamp => String::new(),
        _ => format!("{:.1} ms", entry.elapsed.as_secs_f64() * 1000.0),
    };
    let when = entry.applied_at.split('.').next().unwrap_or_default().to_owned();
    let what = if entry.unproved { format!("{} (unproved)", entry.action) } else { entry.action.to_string() };
    [when, what, entry.revision.clone(), took, entry.message.clone()]
}

fn answer(entry: &LedgerEntry) -> Answer<'_> {
    Answer {
        applied_at: &entry.applied_at,
        direction: entry.action.to_string(),
        revision: &entry.revision,
        revises: entry.revises.join(","),
        depends_on: entry.depends_on.join(","),
        message: &entry.message,
        elapsed_us: entry.elapsed.as_micros(),
        checksum: entry.checksum.as_deref(),
        state: &entry.state,
        version: &entry.version,
        unproved: entry.unproved,
    }
}
