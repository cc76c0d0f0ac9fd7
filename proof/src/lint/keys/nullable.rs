//! `nullable-primary-key`: a primary key must not accept NULL.

use std::ops::Range;

use aludel_core::schema::{Name, Table};

use super::columns::primary_key;
use crate::lint::Finding;
use crate::message::{Level, Message};

pub(in crate::lint) const LINT: Message = Message {
    code: "nullable-primary-key",
    level: Level::Note,
    summary: "a primary key accepts NULL, any number of times",
    explanation: "\
Because of an early mistake, SQLite accepts NULL in a PRIMARY KEY that is not INTEGER, unless the
table is STRICT or WITHOUT ROWID
(<https://sqlite.org/quirks.html#primary_keys_can_sometimes_contain_nulls>).

    CREATE TABLE tags (name TEXT PRIMARY KEY);      -- accepts a hundred rows without a name

To fix it, write `name TEXT NOT NULL PRIMARY KEY`, or make the table STRICT or WITHOUT ROWID.",
};

/// Returns `true` if the primary key accepts NULL.
pub(super) fn takes_null(table: &Table) -> bool {
    let key = primary_key(table);
    let may_be_null =
        |name: &Name| table.column(name.as_str()).is_some_and(|column| column.not_null.is_none());
    !table.strict && !table.without_rowid && table.rowid_alias().is_none() && key.iter().any(may_be_null)
}

pub(super) fn finding(place: Range<usize>, table: &str) -> Finding {
    Finding::new(
        &LINT,
        place,
        format!("the primary key of `{table}` accepts NULL, any number of times"),
        "created here",
        "add `NOT NULL`, or make the table STRICT or WITHOUT ROWID",
    )
}
