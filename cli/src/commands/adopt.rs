//! `aludel adopt`

use clap::Args;
use serde::Serialize;

use super::steps::{place_of, warn};
use crate::error::Failure;
use crate::signals::Signals;
use crate::ui::{Ui, counted};
use crate::workspace::Workspace;

/// Take over a database from another migration tool, without running a script
///
/// The tool is recognized by its own table. Its versions must correspond to revisions of the chain,
/// as `aludel import` names them, and the database's schema must match these revisions. If anything
/// is in doubt, nothing is written. The tool's table is kept.
#[derive(Debug, Clone, Args)]
pub(super) struct Adopt {}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer {
    tool: Option<&'static str>,
    table: Option<&'static str>,
    applied: Vec<String>,
    current: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Adopt {
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        if workspace.ask(|_, reader| Ok(reader.is_missing()))? {
            return Err(Failure::wrong("there is no database to adopt", "check the path of the database"));
        }
        let adopted =
            workspace.change(&Signals::listen(), workspace.migrator(), |migrator, connection| {
                migrator.adopt(connection)
            })?;
        let answer = match adopted {
            Some(adopted) => Answer {
                tool: Some(adopted.tool),
                table: Some(adopted.table),
                applied: adopted.applied,
                current: adopted.report.current,
                warnings: adopted.report.warnings,
            },
            None => Answer {
                tool: None,
                table: None,
                applied: Vec::new(),
                current: workspace.rows()?,
                warnings: Vec::new(),
            },
        };
        if ui.is_json() {
            ui.json(&answer);
            return Ok(0);
        }
        match answer.tool {
            Some(tool) => {
                let migrations = counted(answer.applied.len(), "migration");
                ui.print(format_args!(
                    "{tool} ran {migrations}; the schema matches; the database is {}; no script ran",
                    place_of(&answer.current)
                ));
            }
            None => ui.print(format_args!("nothing to adopt: the database is {}", place_of(&answer.current))),
        }
        warn(&answer.warnings, ui);
        Ok(0)
    }
}
