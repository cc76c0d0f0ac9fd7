//! `aludel heads`

use clap::Args;

use crate::ui::Ui;
use crate::view::Details;
use crate::workspace::Workspace;

/// Show the heads of the chain
#[derive(Debug, Clone, Args)]
pub(super) struct Heads {
    /// Omit heads that another revision depends on
    #[arg(long)]
    resolve_dependencies: bool,
}

impl Heads {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> u8 {
        let view = workspace.view();
        let heads: Vec<_> = if self.resolve_dependencies {
            view.graph.real_heads().collect()
        } else {
            view.graph.heads().collect()
        };
        if ui.is_json() {
            ui.json(&view.all_shown(&heads));
        } else {
            for head in heads {
                ui.print_lines(if ui.is_verbose() {
                    view.long(head)
                } else {
                    vec![view.brief(head, Details::Labels)]
                });
            }
        }
        0
    }
}
