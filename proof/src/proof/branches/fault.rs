//! The errors of branches that are applied alone or in a different order, as messages.

use aludel_core::problem::{Explain, Words, listed, words};
use aludel_core::script::SectionKind;

use crate::proof::fault::shown;

/// The error of a script that depends on another branch, or conflicts with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BranchFault {
    /// A script fails if only its own branch is applied.
    FailsAlone { section: SectionKind, id: String, without: Vec<String>, message: String },
    /// A downgrade does not restore the schema if only its own branch is applied, or after scripts
    /// on other branches.
    NotReversedBeside { after: Vec<String>, differences: Vec<String> },
    /// A script leaves behind a view or trigger that refers to a missing object, if only its own
    /// branch is applied.
    BrokenAlone { object: String, message: String },
    /// A script fails after a script on another branch.
    FailsAfter { section: SectionKind, id: String, after: Vec<String>, message: String },
    /// Two branches lead to different schemas, depending on their order.
    OrderDecides { first: String, second: String, differences: Vec<String> },
}

impl Explain for BranchFault {
    fn words(&self) -> Words {
        match self {
            Self::FailsAlone { section: SectionKind::Downgrade, without, message, .. } => words(
                "downgrade-fails-alone",
                format!("this downgrade fails without {}: {message}", on_another_line(without)),
                "SQLite stopped at this statement",
                "make the downgrade undo what its own upgrade did, and nothing else, so that it also works on a database with only this branch",
            ),
            Self::FailsAlone { id, without, message, .. } => words(
                "fails-alone",
                format!("this upgrade fails without {}: {message}", on_another_line(without)),
                "SQLite stopped at this statement",
                match without.as_slice() {
                    [] => "make the script depend only on its own branch".to_owned(),
                    needed => format!(
                        "add `-- Depends On: {}` to the header of `{id}`, or move the statement below the merge point",
                        needed.join(", ")
                    ),
                },
            ),
            Self::NotReversedBeside { after, differences } => words(
                "not-reversed-beside",
                format!(
                    "this downgrade does not restore the schema {}: {}",
                    if after.is_empty() {
                        "if only this branch is applied".to_owned()
                    } else {
                        format!("after {}", on_another_line(after))
                    },
                    shown(differences)
                ),
                "after this section",
                "make the script do the same thing whichever branches are applied, for example without `IF NOT EXISTS`",
            ),
            Self::BrokenAlone { object, message } => words(
                "broken-reference-alone",
                format!(
                    "{object} refers to something that does not exist if only this branch is applied: {message}"
                ),
                "after this section",
                "add `-- Depends On: <revision>` to the header, with the revision that creates it, or move the statement below the merge point",
            ),
            Self::FailsAfter { section, id, after, message } => words(
                "fails-after-another-branch",
                format!("this {section} fails after {}: {message}", on_another_line(after)),
                "SQLite stopped at this statement",
                match after.as_slice() {
                    [other] => format!(
                        "the two conflict, and either one can be applied first: add `-- Depends On: {id}` \
                         to the header of `{other}`, or move what they share below the merge point"
                    ),
                    _ => "move what the branches share below the merge point".to_owned(),
                },
            ),
            Self::OrderDecides { first, second, differences } => words(
                "order-decides",
                format!(
                    "the schema depends on the order of `{first}` and `{second}`, which are on different branches: with `{second}` first, {}",
                    shown(differences)
                ),
                "one of the two scripts",
                format!(
                    "either one can be applied first: add `-- Depends On: {first}` to the header of `{second}`, or move what they share below the merge point"
                ),
            ),
        }
    }
}

fn on_another_line(ids: &[String]) -> String {
    match ids {
        [] => "the scripts of the other branches".to_owned(),
        [id] => format!("`{id}`, which is on another branch"),
        ids => format!("{}, which are on other branches", listed(ids)),
    }
}
