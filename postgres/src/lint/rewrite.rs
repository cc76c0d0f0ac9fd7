//! `rewrites-table`

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const LINT: Explanation = Explanation {
    code: "rewrites-table",
    summary: "every row of an existing table is rewritten while the table is locked",
    explanation: "\
Changing the type of a column, or some options of a table, can rewrite the whole table and its
indexes. Nobody can read or write the table until the rewrite is done.

    ALTER TABLE photos ALTER COLUMN size TYPE bigint;

To fix it, add a new column, copy the values in small batches while a trigger keeps both columns
equal, and drop the old column in a later release. Changes that do not rewrite the table, such as
from `varchar(20)` to `text`, are not reported.",
};

/// Reports an existing table whose file changes, unless the statement empties the table or adds a
/// column.
pub(super) fn check(change: &Change<'_>) -> Vec<Finding> {
    let Change { was, is, statement } = change;
    let is_emptied = statement.to_ascii_uppercase().contains("TRUNCATE");
    if was.file == is.file || is_emptied || is.columns.keys().any(|number| !was.columns.contains_key(number))
    {
        return Vec::new();
    }
    vec![Finding {
        lint: LINT,
        title: format!("every row of `{}` is rewritten while nobody else can use the table", is.name),
        help:
            "add a new column, copy the values in small batches, and drop the old column in a later release"
                .to_owned(),
    }]
}
