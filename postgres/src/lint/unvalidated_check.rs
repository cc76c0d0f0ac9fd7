//! `check-validates`

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const LINT: Explanation = Explanation {
    code: "check-validates",
    summary: "a new check on an existing table reads every row while the table is locked",
    explanation: "\
Adding a check blocks all reads and writes on the table until every row has been checked.

    ALTER TABLE photos ADD CONSTRAINT stars CHECK (stars < 6);

To fix it, add the check as `NOT VALID`, which skips existing rows, and validate it in a later
script. Validation blocks neither reads nor writes:

    ALTER TABLE photos ADD CONSTRAINT stars CHECK (stars < 6) NOT VALID;
    ALTER TABLE photos VALIDATE CONSTRAINT stars;",
};

/// Reports a check on an existing table if the statement that adds it also validates it. Ignores a
/// check that is added with a new column, which has the same value in all rows.
pub(super) fn check(change: &Change<'_>) -> Vec<Finding> {
    if change.is.columns.len() > change.was.columns.len() {
        return Vec::new();
    }
    let new = change.is.new_valid(change.was, &["c"]);
    new.map(|name| Finding {
        lint: LINT,
        title: format!(
            "check `{name}` reads every row of `{}` while nobody else can use the table",
            change.is.name
        ),
        help: format!(
            "add it as `NOT VALID`, and run `ALTER TABLE {} VALIDATE CONSTRAINT {name}` in a later script",
            change.is.name
        ),
    })
    .collect()
}
