//! Aludel's two tables in a user's database: their names and definitions.

/// The default name of the version table, which is Alembic's.
pub const VERSION_TABLE: &str = "alembic_version";

/// The columns of the ledger after `id`, with their declarations. A column that is added later must
/// allow NULL, because the table already has rows.
pub const HISTORY_COLUMNS: [(&str, &str); 16] = [
    ("revision", "TEXT NOT NULL"),
    ("direction", "TEXT NOT NULL"),
    ("revises", "TEXT NOT NULL"),
    ("depends_on", "TEXT NOT NULL"),
    ("message", "TEXT NOT NULL"),
    ("checksum", "TEXT"),
    ("state", "TEXT NOT NULL"),
    (APPLIED_AT, "TEXT NOT NULL"),
    ("elapsed_us", "INTEGER NOT NULL"),
    ("version", "TEXT NOT NULL"),
    ("upgrade_sql", "TEXT"),
    ("downgrade_sql", "TEXT"),
    ("unproved", "INTEGER NOT NULL"),
    ("branch_labels", "TEXT"),
    ("loses", "TEXT"),
    ("allow", "TEXT"),
];

/// The column of the ledger that SQLite fills in.
pub const APPLIED_AT: &str = "applied_at";

/// Returns the statement that appends a row to the ledger. `time` and `values` are SQL expressions.
/// The values are in the order of [`HISTORY_COLUMNS`], without the time.
#[must_use]
pub fn append_to_history(table: &str, time: &str, values: &[String]) -> String {
    let is_given = |name: &&str| *name != APPLIED_AT;
    let columns: Vec<&str> = HISTORY_COLUMNS.iter().map(|(name, _)| *name).filter(is_given).collect();
    format!(
        "INSERT INTO main.\"{table}\" ({APPLIED_AT}, {}) VALUES ({time}, {})",
        columns.join(", "),
        values.join(", ")
    )
}

/// Returns the name of the ledger for a version table.
#[must_use]
pub fn history_table(version_table: &str) -> String {
    if version_table == VERSION_TABLE {
        "aludel_history".to_owned()
    } else {
        format!("{version_table}_history")
    }
}

/// Returns the statement that creates the version table if it is missing. The table is the same as
/// the one that Alembic creates.
#[must_use]
pub fn create_version_table(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS main.\"{table}\" (\n    version_num VARCHAR(32) NOT NULL,\n    \
         CONSTRAINT {table}_pkc PRIMARY KEY (version_num)\n)"
    )
}

/// Returns the statement that creates the ledger if it is missing.
#[must_use]
pub fn create_history_table(table: &str) -> String {
    let columns: Vec<String> =
        HISTORY_COLUMNS.iter().map(|(name, declaration)| format!("    {name} {declaration}")).collect();
    format!(
        "CREATE TABLE IF NOT EXISTS main.\"{table}\" (\n    id INTEGER PRIMARY KEY,\n{}\n)",
        columns.join(",\n")
    )
}
