//! `rewrites-table`

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const LINT: Explanation = Explanation {
    code: "rewrites-table",
    summary: "every row of an existing table is written again while the table is locked",
    explanation: "\
Some changes of a type, and some table options, write the whole table and its indexes again. Nobody
can read or write the table until that is done.

    ALTER TABLE photos ALTER COLUMN size TYPE bigint;

To fix it, add a new column, copy the values in small parts while a trigger keeps both equal, and
drop the old column in a later release. Changes that do not write the table, such as from
`varchar(20)` to `text`, are not reported.",
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
        title: format!("every row of `{}` is written again while nobody else can use the table", is.name),
        help: "add a new column, copy the values in small parts, and drop the old column in a later release"
            .to_owned(),
    }]
}
