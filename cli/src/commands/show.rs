//! `aludel show`

use clap::Args;

use crate::error::Failure;
use crate::range::{CURRENT, named};
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Show the details of a revision
#[derive(Debug, Clone, Args)]
pub(super) struct Show {
    /// Revision to show: an ID or unique prefix, a label, `head`, `heads`, `current`, or `-1`
    /// (relative to the heads)
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    revision: String,
}

impl Show {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let rows = if self.revision == CURRENT { workspace.rows()? } else { Vec::new() };
        let view = workspace.view();
        let found = named(&self.revision, &view.graph, &view.known(&rows)).map_err(Failure::aludel)?;
        if ui.is_json() {
            ui.json(&view.all_shown(&found));
        } else {
            for revision in found {
                ui.print_lines(view.long(revision));
            }
        }
        Ok(0)
    }
}
