//! `foreign-key-validates`

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const LINT: Explanation = Explanation {
    code: "foreign-key-validates",
    summary: "a new foreign key on an existing table checks every row while both tables are locked",
    explanation: "\
Adding a foreign key blocks writes to both tables until every row has been looked up.

    ALTER TABLE photos ADD FOREIGN KEY (album) REFERENCES albums;

To fix it, add the key as `NOT VALID`, which skips existing rows, and validate it in a later script.
Validation does not block writes:

    ALTER TABLE photos ADD CONSTRAINT photos_album_fkey FOREIGN KEY (album) REFERENCES albums NOT VALID;
    ALTER TABLE photos VALIDATE CONSTRAINT photos_album_fkey;",
};

/// Reports a foreign key on an existing table if the statement that adds it also validates it.
pub(super) fn check(change: &Change<'_>) -> Vec<Finding> {
    let new = change.is.new_valid(change.was, &["f"]);
    new.map(|name| Finding {
        lint: LINT,
        title: format!(
            "foreign key `{name}` checks every row of `{}` while writes to both tables wait",
            change.is.name
        ),
        help: format!(
            "add it as `NOT VALID`, and run `ALTER TABLE {} VALIDATE CONSTRAINT {name}` in a later script",
            change.is.name
        ),
    })
    .collect()
}
