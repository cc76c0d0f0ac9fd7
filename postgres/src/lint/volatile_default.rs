//! `volatile-default`

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const LINT: Explanation = Explanation {
    code: "volatile-default",
    summary: "a new column with a volatile default rewrites every row while the table is locked",
    explanation: "\
If the default of a new column is the same for all rows, it is stored once. A volatile default, an
identity column or a stored generated column is computed for each row, which rewrites the whole
table.

    ALTER TABLE photos ADD COLUMN token uuid DEFAULT gen_random_uuid();

To fix it, add the column without a default, set the default for new rows, and fill existing rows in
small batches:

    ALTER TABLE photos ADD COLUMN token uuid;
    ALTER TABLE photos ALTER COLUMN token SET DEFAULT gen_random_uuid();",
};

/// Reports a column whose addition to an existing table rewrites the table's rows.
pub(super) fn check(change: &Change<'_>) -> Vec<Finding> {
    let Change { was, is, .. } = change;
    let mut new = is.columns.iter().filter(|(number, _)| !was.columns.contains_key(number));
    let Some((_, column)) = new.next().filter(|_| was.file != is.file) else { return Vec::new() };
    vec![Finding {
        lint: LINT,
        title: format!("new column `{}.{}` rewrites every row while nobody else can use the table", is.name, column.name),
        help: "add the column without a default, set the default for new rows, and fill existing rows in small batches"
            .to_owned(),
    }]
}
