//! A revision whose schema resembles a database's schema, and the advice that follows from it.

use crate::SchemaDifference;

/// A revision whose schema matches or resembles the schema of a database.
///
/// The schema of a revision is the result of all scripts up to it in canonical order. At the end of
/// a branch, it can also be the result of that branch alone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaMatch {
    /// The revision.
    pub revision: String,
    /// The arguments of the `stamp` command that records it, sorted. There are several if other
    /// branches are also applied.
    pub stamp: Vec<String>,
    /// The differences. The list is empty if the schema matches.
    pub differences: Vec<SchemaDifference>,
}

/// Describes the matching revisions, or returns `None` if there are none.
pub(crate) fn summary(matches: &[SchemaMatch]) -> Option<String> {
    let revisions: Vec<String> = matches.iter().map(|one| format!("`{}`", one.revision)).collect();
    (!revisions.is_empty()).then(|| format!("its schema matches {}", revisions.join(" and ")))
}

impl SchemaMatch {
    /// Returns the next step for these matches, or `None` if there are none.
    pub(crate) fn advice(matches: &[Self]) -> Option<String> {
        let stamps: Vec<String> =
            matches.iter().map(|one| format!("`stamp {}`", one.stamp.join(" "))).collect();
        match stamps.as_slice() {
            [] => None,
            [one] => Some(format!("if that is its revision, record it with {one}")),
            [..] => Some(format!(
                "record its revision with {}; only you know if the scripts that leave the schema unchanged have run",
                stamps.join(" or ")
            )),
        }
    }
}
