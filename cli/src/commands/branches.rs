//! `aludel branches`

use clap::Args;

use crate::ui::Ui;
use crate::view::Details;
use crate::workspace::Workspace;

/// Show the branch points of the chain and the revisions that begin there
#[derive(Debug, Clone, Args)]
pub(super) struct Branches {}

impl Branches {
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> u8 {
        let view = workspace.view();
        let points: Vec<_> =
            view.graph.indexes().rev().filter(|index| view.graph.node(*index).children.len() > 1).collect();
        if ui.is_json() {
            ui.json(&view.all_shown(&points));
            return 0;
        }
        for point in points {
            ui.print_lines(if ui.is_verbose() {
                view.long(point)
            } else {
                vec![view.brief(point, Details::Labels)]
            });
            let indent = " ".repeat(view.graph.id(point).chars().count());
            for child in &view.graph.node(point).children {
                let brief = if ui.is_verbose() {
                    view.with_message(*child)
                } else {
                    view.brief(*child, Details::Labels)
                };
                ui.print(format_args!("{indent} -> {brief}"));
            }
            ui.print("");
        }
        0
    }
}
