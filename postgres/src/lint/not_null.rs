//! `set-not-null`

use aludel_core::script::postgres::quoted;

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const LINT: Explanation = Explanation {
    code: "set-not-null",
    summary: "SET NOT NULL reads every row while the table is locked",
    explanation: "\
`SET NOT NULL` blocks all reads and writes on the table until every row has been checked, unless a
valid check constraint shows that there are no NULLs.

    ALTER TABLE users ALTER COLUMN email SET NOT NULL;

To fix it, add such a check as `NOT VALID`, and validate it in a later script. `SET NOT NULL` then
reads no rows.

    ALTER TABLE users ADD CONSTRAINT email_set CHECK (email IS NOT NULL) NOT VALID;
    ALTER TABLE users VALIDATE CONSTRAINT email_set;
    ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
};

/// Reports a column that becomes `NOT NULL`, unless a valid check proves that it has no NULL.
pub(super) fn check(change: &Change<'_>) -> Vec<Finding> {
    let was_nullable =
        |number: &u32| change.was.columns.get(number).is_some_and(|column| !column.is_not_null);
    let new = change.is.columns.iter().filter(|(number, column)| column.is_not_null && was_nullable(number));
    let names = new.map(|(_, column)| &column.name);
    names
        .filter(|name| !is_shown(change, name))
        .map(|name| Finding {
            lint: LINT,
            title: format!(
                "`SET NOT NULL` on `{}.{name}` reads every row while nobody else can use the table",
                change.is.name
            ),
            help: format!(
                "add `CHECK ({name} IS NOT NULL) NOT VALID`, validate it in a later script, and then set `NOT NULL`"
            ),
        })
        .collect()
}

/// Returns `true` if a valid check proves that a column has no NULL.
fn is_shown(change: &Change<'_>, column: &str) -> bool {
    let names = [column, &quoted(column)];
    change
        .was
        .constraints
        .values()
        .filter(|constraint| constraint.kind == "c" && constraint.is_valid)
        .any(|check| names.iter().any(|name| check.definition.contains(&format!("({name} IS NOT NULL)"))))
}
