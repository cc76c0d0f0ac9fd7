//! What trying lines alone and in other orders shows, in words.

use aludel_core::problem::{Explain, Words, listed, words};
use aludel_core::script::SectionKind;

use crate::proof::fault::shown;

/// A script that leans on another line, or gets in its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BranchFault {
    /// It fails where only its own line is applied.
    FailsAlone { section: SectionKind, id: String, without: Vec<String>, message: String },
    /// It is not taken back where only its own line is applied, or where scripts of other lines are applied before.
    NotReversedBeside { after: Vec<String>, differences: Vec<String> },
    /// It leaves a view or a trigger that refers to nothing where only its own line is applied.
    BrokenAlone { object: String, message: String },
    /// It fails where a script of another line is applied before.
    FailsAfter { section: SectionKind, id: String, after: Vec<String>, message: String },
    /// Two lines applied the other way round give another schema.
    OrderDecides { first: String, second: String, differences: Vec<String> },
}

impl Explain for BranchFault {
    fn words(&self) -> Words {
        match self {
            Self::FailsAlone { section: SectionKind::Downgrade, without, message, .. } => words(
                "downgrade-fails-alone",
                format!("this downgrade fails without {}: {message}", on_another_line(without)),
                "SQLite stopped at this statement",
                "let the downgrade take back what its own upgrade made, and nothing else; a database that has only this line can be taken back too",
            ),
            Self::FailsAlone { id, without, message, .. } => words(
                "fails-alone",
                format!("this upgrade fails without {}: {message}", on_another_line(without)),
                "SQLite stopped at this statement",
                match without.as_slice() {
                    [] => "let the script rely on its own line only".to_owned(),
                    needed => format!(
                        "write `-- Depends On: {}` into the header of `{id}`, or move the statement below the merge point",
                        needed.join(", ")
                    ),
                },
            ),
            Self::NotReversedBeside { after, differences } => words(
                "not-reversed-beside",
                format!(
                    "where {}, this downgrade does not restore the schema: {}",
                    if after.is_empty() {
                        "only this line is applied".to_owned()
                    } else {
                        format!("{}, is applied before", on_another_line(after))
                    },
                    shown(differences)
                ),
                "after this section",
                "let the script do the same whether other lines are applied or not, such as without `IF NOT EXISTS`",
            ),
            Self::BrokenAlone { object, message } => words(
                "broken-reference-alone",
                format!(
                    "where only this line is applied, {object} refers to something that is not there: {message}"
                ),
                "after this section",
                "write `-- Depends On: <revision>` into the header, with the one that makes it, or move the statement below the merge point",
            ),
            Self::FailsAfter { section, id, after, message } => words(
                "fails-after-another-line",
                format!(
                    "this {section} fails where {}, is applied before it: {message}",
                    on_another_line(after)
                ),
                "SQLite stopped at this statement",
                match after.as_slice() {
                    [other] => format!(
                        "the two get in each other's way, and a database can have either one first: write `-- Depends On: {id}` \
                         into the header of `{other}`, or move what they share below the merge point"
                    ),
                    _ => "move what the lines share below the merge point".to_owned(),
                },
            ),
            Self::OrderDecides { first, second, differences } => words(
                "order-decides",
                format!(
                    "`{first}` and `{second}` are on different lines, and the one that runs first decides the schema: with `{second}` first, {}",
                    shown(differences)
                ),
                "one of the two",
                format!(
                    "a database can have either one first: write `-- Depends On: {first}` into the header of `{second}`, or move what they share below the merge point"
                ),
            ),
        }
    }
}

fn on_another_line(ids: &[String]) -> String {
    match ids {
        [] => "the scripts of the other lines".to_owned(),
        [id] => format!("`{id}`, which is on another line"),
        ids => format!("{}, which are on other lines", listed(ids)),
    }
}
