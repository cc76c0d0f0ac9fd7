//! `foreign-key-mismatch`: a foreign key must refer to a primary key or a unique key.

use std::ops::Range;

use aludel_core::problem::listed;
use aludel_core::schema::{ForeignKey, Kind, Name, Schema};
use aludel_core::script::sqlite::{quoted, words_of};
use rusqlite::Connection;

use super::columns::{indexes, of_index, primary_key, unique_constraints, written};
use crate::lint::Finding;
use crate::message::{Level, Message};

pub(in crate::lint) const LINT: Message = Message {
    code: "foreign-key-mismatch",
    level: Level::Deny,
    summary: "a foreign key refers to a missing table, or to columns that are not a key",
    explanation: "\
SQLite accepts such a foreign key when it is created, but refuses every later write: \"foreign key
mismatch\", or \"no such table\" (<https://sqlite.org/foreignkeys.html#fk_indexes>). The parent columns
must be the PRIMARY KEY, or have a UNIQUE constraint or a unique index on exactly these columns,
with their own collations and without WHERE.

    CREATE TABLE photos (id INTEGER PRIMARY KEY, uuid TEXT);
    CREATE TABLE faces (photo TEXT REFERENCES photos (uuid));     -- `uuid` is not UNIQUE

To fix it, refer to the primary key, make the parent columns unique
(`CREATE UNIQUE INDEX … ON photos (uuid)`), or correct the name. The lint checks the schema of the
whole chain, since a later script may create the parent.",
};

/// The reason why a foreign key does not refer to a key.
pub(super) enum Mismatch {
    NoParent,
    NoKey,
}

/// Returns the reason why a foreign key does not refer to an existing key, or `None` if it does.
/// `refusal` is SQLite's error for the child's foreign keys.
pub(super) fn check(schema: &Schema, refusal: Option<&str>, key: &ForeignKey) -> Option<Mismatch> {
    if schema.object(Kind::Table, key.parent.as_str()).is_none() {
        return Some(Mismatch::NoParent);
    }
    let is_refused = refusal.is_some_and(|refusal| names_parent(refusal, key)) && !is_key(schema, key);
    is_refused.then_some(Mismatch::NoKey)
}

/// Returns SQLite's error for the foreign keys of a table, or `None` if SQLite accepts them.
pub(super) fn refusal(connection: &Connection, table: &str) -> Option<String> {
    let check = connection.prepare(&format!("PRAGMA main.foreign_key_check({})", quoted(table)));
    let error = check.and_then(|mut check| check.query([])?.next().map(|_| ())).err()?;
    Some(words_of(&error).0).filter(|message| message.starts_with("foreign key mismatch"))
}

/// Returns `true` if SQLite's error is about the parent of a foreign key.
fn names_parent(refusal: &str, key: &ForeignKey) -> bool {
    refusal.ends_with(&format!("referencing \"{}\"", key.parent))
}

/// Returns `true` if the referenced columns are certainly a key. SQLite's error does not show
/// this, because it names only the parent, and a table may refer to the same parent twice.
fn is_key(schema: &Schema, key: &ForeignKey) -> bool {
    let Some(parent) = schema.table(key.parent.as_str()) else { return false };
    let primary = primary_key(parent);
    if key.parent_columns.is_empty() {
        return primary.len() == key.columns.len();
    }
    let same = |columns: &[Name]| {
        columns.len() == key.parent_columns.len()
            && columns.iter().all(|column| key.parent_columns.contains(column))
    };
    let mut unique = indexes(schema, key.parent.as_str()).filter(|index| index.unique);
    same(&primary)
        || unique_constraints(parent).any(|columns| same(&columns))
        || unique.any(|index| same(&of_index(index)))
}

impl Mismatch {
    pub(super) fn finding(&self, place: Range<usize>, table: &str, key: &ForeignKey) -> Finding {
        match self {
            Self::NoParent => without_parent(place, table, key),
            Self::NoKey => no_key(place, table, key),
        }
    }
}

fn without_parent(place: Range<usize>, table: &str, key: &ForeignKey) -> Finding {
    Finding::new(
        &LINT,
        place,
        format!(
            "a foreign key of `{table}` refers to table `{}`, which does not exist at the head of the chain",
            key.parent
        ),
        "SQLite refuses every row with this key",
        "correct the name, or create the table",
    )
}

fn no_key(place: Range<usize>, table: &str, key: &ForeignKey) -> Finding {
    let to = written(&key.parent_columns);
    let columns = if to.is_empty() { "its primary key".to_owned() } else { listed(&to) };
    Finding::new(
        &LINT,
        place,
        format!(
            "foreign key mismatch: `{table}` refers to {columns} of `{}`, which no constraint makes unique",
            key.parent
        ),
        "SQLite refuses every write with `foreign key mismatch`",
        "refer to the primary key, or make the columns unique with a UNIQUE constraint or a unique index",
    )
}
