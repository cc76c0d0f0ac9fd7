//! A database with tables but no revision: the tool that migrated it, and the next step.

use aludel_core::chain::Chain;

use crate::SchemaMatch;

/// Another tool that migrated a database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherTool {
    /// The table in which it records its migrations, or `user_version`.
    pub table: &'static str,
    /// `true` if `adopt` can find the revisions of its migrations. It can if the chain was
    /// imported. It can also if the tool's migrations cannot be imported, because `adopt` then uses
    /// only the schema.
    pub is_adoptable: bool,
}

/// A database with tables but no version table.
pub(crate) struct Unversioned {
    pub(crate) tables: Vec<String>,
    pub(crate) tool: Option<OtherTool>,
}

impl OtherTool {
    /// Returns the tool with this table. `is_importable` is `true` if `aludel import` reads its
    /// migrations.
    pub(crate) fn new(table: &'static str, is_importable: bool, chain: &Chain) -> Self {
        let is_imported = |index| !chain.script(index).declared.imported_from.is_empty();
        Self { table, is_adoptable: !is_importable || chain.graph().indexes().any(is_imported) }
    }
}

/// Returns the next step, or `None` if neither a tool nor a revision is known.
pub(crate) fn advice(tool: Option<&OtherTool>, matches: &[SchemaMatch]) -> Option<String> {
    match tool {
        Some(OtherTool { table, is_adoptable: true }) => {
            Some(format!("another program has migrated it (`{table}`): record its revision with `adopt`"))
        }
        Some(OtherTool { table, .. }) if matches.is_empty() => Some(format!(
            "another program has migrated it (`{table}`): import its migrations with `aludel import`, then record its revision with `adopt`"
        )),
        _ => SchemaMatch::advice(matches),
    }
}
