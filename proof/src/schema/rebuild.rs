//! Rebuilds a table and keeps its rows, for changes that `ALTER TABLE` cannot make
//! (<https://sqlite.org/lang_altertable.html#otheralter>).
//!
//! The new table is created under a temporary name, the rows are copied, the old table is dropped,
//! and the new table is renamed. Scripts run with foreign keys disabled. Dropping the old table
//! therefore deletes no rows in other tables, and references to its name then refer to the new
//! table.
//!
//! Rowids are kept if the copy includes them, and the AUTOINCREMENT counter is copied. The indexes
//! and triggers on the table are dropped with it. Views of the table, and triggers that mention it,
//! must be dropped first. Otherwise, SQLite refuses to rename the new table.

use aludel_core::schema::{Conflict, ROWID, Schema, Table, identifier};
use aludel_core::script::sqlite::{TokenType, text_literal, tokens};

/// The maximum length of a list of columns on one line. Longer lists have one column per line.
const LONGEST_LIST: usize = 80;

/// The columns that are copied into the new table.
#[derive(Debug, Default)]
pub(crate) struct Copy {
    into: Vec<String>,
    values: Vec<String>,
}

impl Copy {
    /// Keeps the rowids if both tables have them and no column is an alias of the rowid.
    pub(crate) fn keeping_rowids([was, is]: [&Table; 2]) -> Self {
        let mut copy = Self::default();
        if let (Some(from), Some(to), None) = (rowid_word(was), rowid_word(is), is.rowid_alias()) {
            copy.add(to, from);
        }
        copy
    }

    /// Fills a column of the new table from an expression over the old table.
    pub(crate) fn add(&mut self, column: impl Into<String>, value: impl Into<String>) {
        self.into.push(column.into());
        self.values.push(value.into());
    }

    /// Returns the `INSERT` that copies the rows, or `None` if there are no columns to copy. The
    /// `INSERT` fails if a row cannot be copied, regardless of the new table's conflict clauses.
    fn statement(&self, old: &str, new: &str, is: &Table) -> Option<String> {
        let or_abort = if has_conflict_clauses(is) { " OR ABORT" } else { "" };
        let (into, values) = (list(&self.into), list(&self.values));
        let columns = if into.contains('\n') { format!("({into}\n)") } else { format!("({into})") };
        let gap = if values.contains('\n') { "" } else { " " };
        (!self.into.is_empty())
            .then(|| format!("INSERT{or_abort} INTO {new} {columns}\nSELECT{gap}{values}\nFROM {old};"))
    }
}

/// Returns the statements that rebuild a table. Its temporary name is unused in all of `schemas`.
pub(crate) fn rebuild(name: &str, [was, is]: [&Table; 2], copy: &Copy, schemas: &[&Schema]) -> Vec<String> {
    let temporary = free_name(name, |name| schemas.iter().any(|schema| schema.holds(name)));
    let (old, new) = (identifier(name), identifier(&temporary));
    let mut statements = vec![with_qualifier(&is.ddl(&temporary), name, &new)];
    statements.extend(copy.statement(&old, &new, is));
    if counts(was) && counts(is) {
        statements.extend(carry_the_counter(name, &temporary));
    }
    statements.push(format!("DROP TABLE {old};"));
    statements.push(format!("ALTER TABLE {new} RENAME TO {old};"));
    statements
}

/// Returns a name for a table's rowid. Returns `None` if the table has no rowid, or if columns have
/// taken all of these names.
pub(crate) fn rowid_word(table: &Table) -> Option<&'static str> {
    ROWID.into_iter().find(|word| table.column(word).is_none()).filter(|_| !table.without_rowid)
}

fn counts(table: &Table) -> bool {
    table.primary_key.as_ref().is_some_and(|key| key.autoincrement)
}

fn carry_the_counter(old: &str, new: &str) -> [String; 2] {
    let (old, new) = (text_literal(old), text_literal(new));
    [
        format!("DELETE FROM sqlite_sequence WHERE name = {new};"),
        format!(
            "INSERT INTO sqlite_sequence (name, seq)\nSELECT {new}, seq FROM sqlite_sequence WHERE name = {old};"
        ),
    ]
}

/// Returns an unused temporary name.
pub(crate) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = format!("new_{name}");
    while is_taken(&free) {
        free.insert_str(0, "new_");
    }
    free
}

/// Replaces the table's name in qualified column names in constraints. SQLite restores the old name
/// when the table is renamed.
fn with_qualifier(ddl: &str, table: &str, new: &str) -> String {
    let tokens = tokens(ddl);
    let mut text = String::with_capacity(ddl.len());
    let mut end = 0;
    for pair in tokens.windows(2) {
        let [qualifier, dot] = pair else { continue };
        if dot.kind == TokenType::TK_DOT && qualifier.names(table) {
            text.push_str(ddl.get(end..qualifier.span.start).unwrap_or_default());
            text.push_str(new);
            end = qualifier.span.end;
        }
    }
    text + ddl.get(end..).unwrap_or_default()
}

fn list(words: &[String]) -> String {
    let line = words.join(", ");
    if line.len() <= LONGEST_LIST { line } else { format!("\n    {}", words.join(",\n    ")) }
}

fn has_conflict_clauses(table: &Table) -> bool {
    let keys = table.primary_key.iter().map(|key| key.on_conflict);
    let unique = table.unique.iter().map(|unique| unique.on_conflict);
    let not_null = table.columns.iter().filter_map(|column| Some(column.not_null.as_ref()?.on_conflict));
    keys.chain(unique).chain(not_null).any(|conflict| conflict != Conflict::Abort)
}
