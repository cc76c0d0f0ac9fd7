//! `aludel revision`

use aludel_core::graph::Graph;
use aludel_core::problem::listed;
use clap::Args;

use super::autogenerate::Autogenerate;
use super::{draft, edit};
use crate::error::Failure;
use crate::folder::Scripts;
use crate::settings::Settings;
use crate::ui::Ui;

/// The place of a new script where none is named.
const USUAL_HEAD: &str = "head";

/// Writes a new script, to be filled in or generated
#[derive(Debug, Clone, Args)]
pub(super) struct Revision {
    /// What the script does, in one line
    #[arg(short, long)]
    message: Option<String>,

    /// What it revises: a head, or `base` for a new base
    #[arg(long, value_name = "REVISION", default_value = USUAL_HEAD, allow_negative_numbers = true)]
    head: Vec<String>,

    /// Lets it revise what is not a head, so that a new branch begins
    #[arg(long)]
    splice: bool,

    /// Names the branch that begins here
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,

    /// What has to be applied before, on another branch
    #[arg(long, value_name = "REVISION")]
    depends_on: Vec<String>,

    /// The revision id [default: 12 random letters]
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,

    /// Opens it in an editor
    #[arg(long)]
    edit: bool,

    #[command(flatten)]
    autogenerate: Autogenerate,
}

impl Revision {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        let scripts = Scripts::read(settings)?;
        let graph = scripts.outline()?.graph;
        let mut draft = draft::draft(self.message.as_deref(), self.rev_id.as_deref())?;
        draft.revises = self.revises(&graph)?;
        draft.depends_on = self.depends_on(&graph)?;
        draft.branch_labels.clone_from(&self.branch_label);
        let path = if self.autogenerate.is_asked_for() {
            match self.autogenerate.run(&draft, &scripts, settings, ui)? {
                Some(path) => path,
                None => return Ok(0),
            }
        } else {
            draft::write(&draft, (&scripts, &graph), settings, ui)?
        };
        if self.edit {
            edit::open(&[path])?;
        } else if draft.revises.len() < 2 && !self.autogenerate.is_asked_for() {
            ui.note("Next: write its upgrade and its downgrade; until then it does not compile");
        }
        Ok(0)
    }

    fn revises(&self, graph: &Graph) -> Result<Vec<String>, Failure> {
        let heads: Vec<_> = graph.heads().collect();
        if self.head == [USUAL_HEAD] && heads.len() > 1 {
            let heads = graph.ids(heads);
            return Err(Failure::wrong(
                format!("there are {} heads: {}", heads.len(), listed(&heads)),
                "name the one that the new script revises with `--head`, or join them with `aludel merge heads`",
            ));
        }
        let mut revises = Vec::new();
        for name in &self.head {
            for index in draft::find(name, graph)? {
                if !revises.contains(&index) {
                    revises.push(index);
                }
            }
        }
        draft::check_heads(&revises, graph, self.splice)?;
        Ok(graph.ids(revises))
    }

    /// Ids are written whole; a label stays as it is, for its branch may be split later.
    fn depends_on(&self, graph: &Graph) -> Result<Vec<String>, Failure> {
        let mut depends_on = Vec::new();
        for name in &self.depends_on {
            if graph.find(name).is_some() {
                depends_on.push(name.clone());
            } else {
                depends_on.extend(graph.ids(draft::find(name, graph)?));
            }
        }
        Ok(depends_on)
    }
}
