//! Rows that violate a foreign key.

use std::fmt;

/// Child rows with the same key whose parent row does not exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ForeignKeyViolation {
    /// The child table.
    pub table: String,
    /// The parent table, or an empty string if the table could not be checked.
    pub parent: String,
    /// The child columns and their values as SQL, or SQLite's message if the table could not be
    /// checked.
    pub key: String,
    /// The number of rows.
    pub count: u64,
    /// The `ON DELETE` action of the foreign key, which would have run if enforcement had been
    /// enabled.
    pub on_delete: String,
}

impl fmt::Display for ForeignKeyViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, parent, key, count, .. } = self;
        if parent.is_empty() {
            return write!(formatter, "the foreign keys of `{table}` cannot be checked: {key}");
        }
        let rows = if *count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        write!(formatter, "{rows} of `{table}` with {key}, which does not exist in `{parent}`")
    }
}
