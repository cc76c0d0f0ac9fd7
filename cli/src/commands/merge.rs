//! `aludel merge`

use clap::Args;

use super::draft;
use crate::error::Failure;
use crate::folder::Scripts;
use crate::settings::Settings;
use crate::ui::Ui;

/// Create a migration script that merges branches
#[derive(Debug, Clone, Args)]
pub(super) struct Merge {
    /// Revisions to merge: `heads`, or IDs, unique prefixes, labels
    #[arg(value_name = "REVISION", required = true, num_args = 1..)]
    revisions: Vec<String>,

    /// One-line description of the migration
    #[arg(short, long)]
    message: Option<String>,

    /// Allow merging revisions that are not heads
    #[arg(long)]
    splice: bool,

    /// Label for the branch that begins at this revision
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,

    /// Revision ID [default: 12 random hexadecimal digits]
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
}

impl Merge {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        let scripts = Scripts::read(settings)?;
        let graph = scripts.outline()?.graph;
        let mut revises = Vec::new();
        for name in &self.revisions {
            for index in draft::find(name, &graph)? {
                if revises.contains(&index) {
                    let message =
                        format!("`{name}` names revision `{}`, which is already listed", graph.id(index));
                    return Err(Failure::wrong(message, "list each revision once"));
                }
                revises.push(index);
            }
        }
        draft::check_heads(&revises, &graph, self.splice)?;
        let mut draft = draft::draft(self.message.as_deref().or(Some("merge")), self.rev_id.as_deref())?;
        draft.revises = graph.ids(revises);
        draft.branch_labels.clone_from(&self.branch_label);
        draft::write(&draft, (&scripts, &graph), settings, ui)?;
        Ok(0)
    }
}
