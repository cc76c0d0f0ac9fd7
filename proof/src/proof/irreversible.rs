//! Irreversible scripts.
//!
//! Only an old history may contain them: the revision that the settings name, and the revisions
//! that it requires. The proof runs their upgrades, but not their downgrades. It also does not
//! downgrade the scripts that an irreversible script requires.

use aludel_core::chain::Assembled;
use aludel_core::graph::Set;
use aludel_core::problem::{Explain, Problem, Words, words};
use aludel_core::script::Dialect;

use super::{Irreversible, revision_of_setting};

/// Returns the irreversible scripts.
pub(super) fn scripts(assembled: &Assembled) -> Set {
    let is_irreversible = |index: &usize| {
        assembled.scripts.get(*index).is_some_and(|script| script.header.irreversible.is_some())
    };
    assembled.graph.indexes().filter(is_irreversible).collect()
}

/// Reports irreversible scripts that are not part of the old history.
#[must_use]
pub fn check(assembled: &Assembled, allowed: &Irreversible) -> Vec<Problem> {
    let graph = &assembled.graph;
    let (until, old) = match allowed {
        Irreversible::All => return Vec::new(),
        Irreversible::None => (None, Set::default()),
        Irreversible::Until(revision) => match revision_of_setting(graph, revision) {
            Ok(last) => (Some(revision), graph.ancestors([last])),
            Err(help) => {
                let revision = revision.clone();
                return vec![Problem::overall(&Fault::UnknownRevision { revision, help })];
            }
        },
    };
    let problem = |index: usize| {
        let script = assembled.scripts.get(index)?;
        let reason = script.header.irreversible.as_ref()?;
        let fault = Fault::NotOld {
            revision: graph.id(index).to_owned(),
            until: until.cloned(),
            dialect: assembled.dialect,
        };
        Some(Problem::at(script.place(reason.span.clone()), &fault))
    };
    let scripts = scripts(assembled);
    scripts.iter().filter(|index| !old.contains(*index)).filter_map(problem).collect()
}

/// An error in the use of `Irreversible`.
#[derive(Debug, Clone)]
enum Fault {
    /// The script is not part of the old history.
    NotOld { revision: String, until: Option<String>, dialect: Dialect },
    /// The old history ends at a revision that no script defines.
    UnknownRevision { revision: String, help: String },
}

impl Explain for Fault {
    fn words(&self) -> Words {
        match self {
            Self::NotOld { revision, until: Some(until), .. } => words(
                "irreversible-script",
                format!(
                    "`{revision}` is irreversible, but it is not part of the old history, which ends at `{until}`"
                ),
                "only allowed up to that revision",
                "write a downgrade, and remove this line",
            ),
            Self::NotOld { revision, until: None, dialect } => words(
                "irreversible-script",
                format!("`{revision}` is irreversible, but no setting defines where an old history ends"),
                "only allowed in an old history",
                format!(
                    "write a downgrade, and remove this line; or, if the script belongs to a history from before Aludel, set `irreversible_until` to the last revision of that history, in `aludel.toml`{}",
                    match dialect {
                        Dialect::Sqlite => " and in `embed_migrations!`",
                        Dialect::Postgresql => "",
                    }
                ),
            ),
            Self::UnknownRevision { revision, help } => words(
                "unknown-irreversible-until",
                format!("`irreversible_until` names revision `{revision}`, which no script defines"),
                "",
                help.clone(),
            ),
        }
    }
}
