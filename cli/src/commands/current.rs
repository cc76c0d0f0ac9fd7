//! `aludel current`

use clap::Args;
use serde::Serialize;

use crate::error::{FAILED, Failure};
use crate::ui::{ID, MARK, Ui};
use crate::view::{Details, Shown};
use crate::workspace::Workspace;

/// Show the current revisions of the database
#[derive(Debug, Clone, Args)]
pub(super) struct Current {
    /// Fail unless the database is at all heads
    #[arg(short, long)]
    check_heads: bool,
}

/// The position of the database, as printed in JSON.
#[derive(Debug, Serialize)]
struct Where {
    database: String,
    current: Vec<Shown>,
    unknown: Vec<String>,
    is_at_heads: bool,
}

impl Current {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let rows = workspace.rows()?;
        let view = workspace.view().with_rows(&rows);
        let (tips, unknown) = (view.tips(), view.unknown(&rows));
        let is_at_heads = view.graph.heads().all(|head| tips.contains(&head)) && unknown.is_empty();
        let database = workspace.database()?.to_string();
        if ui.is_json() {
            let current = view.all_shown(&tips);
            ui.json(&Where { database, current, unknown: unknown.clone(), is_at_heads });
        } else {
            if ui.is_verbose() {
                ui.print(format_args!("Current revision(s) for {database}:"));
            }
            let plain = workspace.view();
            for tip in tips {
                ui.print_lines(if ui.is_verbose() {
                    plain.long(tip)
                } else {
                    vec![plain.brief(tip, Details::Marks)]
                });
            }
            for revision in &unknown {
                ui.print(format_args!("{ID}{revision}{ID:#} {MARK}(unknown: no script defines it){MARK:#}"));
            }
        }
        Ok(match (unknown.is_empty(), self.check_heads && !is_at_heads) {
            (false, _) => AHEAD,
            (true, true) => {
                ui.note("the database is not at all heads");
                FAILED
            }
            (true, false) => 0,
        })
    }
}

/// The exit code if the database has a revision that the chain lacks.
const AHEAD: u8 = 3;
