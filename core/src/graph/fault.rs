//! The errors in a graph, as data and as messages.

use crate::problem::{Explain, Words, listed, words};

/// A broken rule of the graph. It is reported at one revision's script, with IDs spelled as in the
/// scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum Fault {
    IdTwice { id: String },
    LabelTwice { label: String },
    LabelIsAnId { label: String },
    UnknownDownRevision { id: String, parent: String, nearest: Option<String> },
    UnknownDependency { id: String, dependency: String, nearest: Option<String> },
    RevisesItself { id: String },
    DependsOnItself { id: String },
    Cycle { ids: Vec<String> },
    SeveralHeads { heads: Vec<String> },
}

impl Explain for Fault {
    fn words(&self) -> Words {
        match self {
            Self::IdTwice { id } => words(
                "id-twice",
                format!("revision ID `{id}` is used by two scripts"),
                "used again here",
                "give one of the two scripts a different ID, in its header and in its file name",
            ),
            Self::LabelTwice { label } => words(
                "label-twice",
                format!("branch label `{label}` is used by two revisions"),
                "used again here",
                "choose a different label for one of the two branches",
            ),
            Self::LabelIsAnId { label } => words(
                "label-is-an-id",
                format!("branch label `{label}` is also the ID of a revision"),
                "this label",
                "choose a different label: a name must refer to a single revision",
            ),
            Self::UnknownDownRevision { id, parent, nearest } => {
                unknown_parent(id, parent, nearest.as_deref())
            }
            Self::UnknownDependency { id, dependency, nearest } => words(
                "unknown-dependency",
                format!("revision `{id}` depends on `{dependency}`, which no script defines"),
                "no script has this revision ID or branch label",
                did_you_mean(
                    nearest.as_deref(),
                    "restore the missing script, or name an existing ID or label",
                ),
            ),
            Self::RevisesItself { id } => words(
                "revises-itself",
                format!("revision `{id}` revises itself"),
                "this is its own ID",
                "set `Revises` to the revision that comes before this one",
            ),
            Self::DependsOnItself { id } => words(
                "depends-on-itself",
                format!("revision `{id}` depends on itself"),
                "this is its own ID",
                "remove it from `Depends On`, or name the intended revision",
            ),
            Self::Cycle { ids } => words(
                "cycle",
                format!("the revisions form a cycle: {}", cycle(ids)),
                "this edge is part of the cycle",
                "remove one of these edges: use a revision outside the cycle instead, or none",
            ),
            Self::SeveralHeads { heads } => words(
                "several-heads",
                format!("the chain has {} heads; expected one: {}", heads.len(), listed(heads)),
                "one of the heads",
                "make one head revise the other, or write a merge point that revises all of them \
                 (`aludel merge heads -m \"…\"`); to allow several heads, add `multiple_heads` to `embed_migrations!`",
            ),
        }
    }
}

fn unknown_parent(id: &str, parent: &str, nearest: Option<&str>) -> Words {
    let no_parent_meant = ["none", "base", "<base>", "-"].contains(&parent.to_lowercase().as_str());
    words(
        "unknown-down-revision",
        format!("revision `{id}` revises `{parent}`, which no script defines"),
        "no script has this revision ID",
        if no_parent_meant {
            "for a base, write `-- Revises:` with nothing after it".to_owned()
        } else {
            did_you_mean(
                nearest,
                "restore the missing script, or set `Revises` to the revision that comes before this one",
            )
        },
    )
}

fn did_you_mean(nearest: Option<&str>, otherwise: &str) -> String {
    nearest.map_or_else(
        || otherwise.to_owned(),
        |nearest| format!("did you mean `{nearest}`? Otherwise, {otherwise}"),
    )
}

fn cycle(ids: &[String]) -> String {
    let steps: Vec<String> = ids.iter().chain(ids.first()).map(|id| format!("`{id}`")).collect();
    steps.join(" -> ")
}
