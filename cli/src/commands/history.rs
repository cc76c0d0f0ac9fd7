//! `aludel history`

use aludel_core::graph::Index;
use clap::Args;

use crate::draw::{Commit, draw};
use crate::error::Failure;
use crate::range::{RangeError, asks_for_current, range};
use crate::ui::Ui;
use crate::view::View;
use crate::workspace::Workspace;

/// Show the revisions of the chain, newest first
#[derive(Debug, Clone, Args)]
pub(super) struct History {
    /// Limit the range, both ends included: `start:end`, `start:`, `:end`; `current` is the
    /// database's revision
    #[arg(short, long, value_name = "START:END", allow_hyphen_values = true)]
    rev_range: Option<String>,

    /// Mark the current revisions of the database
    #[arg(short, long)]
    indicate_current: bool,

    /// Draw the branches next to the revisions
    #[arg(long)]
    graph: bool,
}

impl History {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let asks = self.rev_range.as_deref().is_some_and(asks_for_current);
        let rows = if self.indicate_current || asks { workspace.rows()? } else { Vec::new() };
        let view = workspace.view();
        let view = if self.indicate_current { view.with_rows(&rows) } else { view };
        let mut revisions: Vec<Index> = match &self.rev_range {
            None => view.graph.indexes().collect(),
            Some(text) => range(text, &view.graph, &view.known(&rows)).map_err(range_failure)?,
        };
        revisions.reverse();
        if ui.is_json() {
            ui.json(&view.all_shown(&revisions));
        } else if self.graph {
            for row in draw(&commits(&view, &revisions, ui.is_verbose())) {
                ui.print(row.trim_end());
            }
        } else {
            for revision in revisions {
                ui.print_lines(if ui.is_verbose() { view.long(revision) } else { vec![view.line(revision)] });
            }
        }
        Ok(0)
    }
}

/// Returns the revisions to draw. Omits edges that lead out of the range.
fn commits(view: &View<'_>, revisions: &[Index], is_verbose: bool) -> Vec<Commit> {
    let commit = |index: &Index| {
        let down = view.graph.node(*index).down.iter().filter(|down| revisions.contains(down));
        let text = if is_verbose { view.long(*index) } else { vec![view.with_message(*index)] };
        Commit { number: *index, down: down.copied().collect(), text }
    };
    revisions.iter().map(commit).collect()
}

fn range_failure(error: RangeError) -> Failure {
    match error {
        RangeError::Target(error) => Failure::aludel(error),
        RangeError::NotARange { .. } => {
            Failure::wrong(error.to_string(), "for example `-r ab12:head`, `-r ab12:` or `-r current:`")
        }
        RangeError::NotBelow { ref start, ref end } => {
            let hint = format!("the start must be the older revision; did you mean `{end}:{start}`?");
            Failure::wrong(error.to_string(), hint)
        }
    }
}
