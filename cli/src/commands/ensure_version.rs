//! `aludel ensure-version`

use clap::Args;
use serde::Serialize;

use crate::error::Failure;
use crate::signals::Signals;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Create the version table if it does not exist
#[derive(Debug, Clone, Args)]
pub(super) struct EnsureVersion {}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Ensured<'a> {
    version_table: &'a str,
    was_made: bool,
}

impl EnsureVersion {
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let was_made =
            workspace.change(&Signals::listen(), workspace.migrator(), |migrator, connection| {
                migrator.ensure_version(connection)
            })?;
        let version_table = &*workspace.chain.version_table;
        if ui.is_json() {
            ui.json(&Ensured { version_table, was_made });
        } else if was_made {
            ui.print(format_args!("created the version table `{version_table}`"));
        } else {
            ui.print(format_args!("the version table `{version_table}` already exists"));
        }
        Ok(0)
    }
}
