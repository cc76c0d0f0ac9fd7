//! `foreign-key-without-index`: an index should begin with the columns of a foreign key.

use std::ops::Range;

use aludel_core::problem::listed;
use aludel_core::schema::{ForeignKey, Name, Schema, Table, identifier};

use super::columns::{indexes, of_index, primary_key, unique_constraints, written};
use crate::lint::Finding;
use crate::message::{Level, Message};

pub(in crate::lint) const LINT: Message = Message {
    code: "foreign-key-without-index",
    level: Level::Note,
    summary: "the columns of a foreign key have no index: deleting a parent reads the whole table",
    explanation: "\
Whenever a parent row is deleted or its key changes, SQLite searches for rows that refer to it
(<https://sqlite.org/foreignkeys.html#fk_indexes>). Without an index that begins with the columns of
the foreign key, it reads the whole child table each time.

    CREATE TABLE faces (id INTEGER PRIMARY KEY, photo INTEGER REFERENCES photos);

To fix it, add `CREATE INDEX ix_faces_photo ON faces (photo);`, in this script or a later one. A
small table needs no index.",
};

/// Returns `true` if an index, a UNIQUE constraint or the primary key begins with these columns, in
/// any order.
pub(super) fn is_there(schema: &Schema, name: &str, table: &Table, columns: &[Name]) -> bool {
    let begins = |index: &[Name]| {
        index.get(..columns.len()).is_some_and(|start| columns.iter().all(|column| start.contains(column)))
    };
    begins(&primary_key(table))
        || unique_constraints(table).any(|unique| begins(&unique))
        || indexes(schema, name).any(|index| begins(&of_index(index)))
}

pub(super) fn finding(place: Range<usize>, table: &str, key: &ForeignKey) -> Finding {
    let columns = written(&key.columns);
    Finding::new(
        &LINT,
        place,
        format!(
            "foreign key without an index: no index begins with {} of `{table}`, which refers to `{}`",
            listed(&columns),
            key.parent
        ),
        "deleting a parent reads the whole table",
        format!(
            "if `{table}` grows large, add an index: `CREATE INDEX {} ON {} ({});`",
            identifier(&format!("ix_{table}_{}", columns.join("_"))),
            identifier(table),
            columns.iter().map(|column| identifier(column)).collect::<Vec<_>>().join(", ")
        ),
    )
}
