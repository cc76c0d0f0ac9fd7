//! `aludel merge`

use clap::Args;

use super::draft;
use crate::error::Failure;
use crate::folder::Scripts;
use crate::settings::Settings;
use crate::ui::Ui;

/// Writes a script that joins branches
#[derive(Debug, Clone, Args)]
pub(super) struct Merge {
    /// What it joins: `heads`, or ids, unique prefixes of them, labels
    #[arg(value_name = "REVISION", required = true, num_args = 1..)]
    revisions: Vec<String>,

    /// What it is for, in one line
    #[arg(short, long)]
    message: Option<String>,

    /// Lets it join what is not a head
    #[arg(long)]
    splice: bool,

    /// Names the branch that begins here
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,

    /// The revision id [default: 12 random letters]
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
                    let message = format!("`{name}` names revision `{}` a second time", graph.id(index));
                    return Err(Failure::wrong(message, "name each revision once"));
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
