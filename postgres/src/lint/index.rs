//! `index-locks-table`

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const LINT: Explanation = Explanation {
    code: "index-locks-table",
    summary: "an index on an existing table is built while writes to the table wait",
    explanation: "\
`CREATE INDEX`, and adding a constraint that needs an index, block writes to the table until the
index is built.

    CREATE INDEX photos_title ON photos (title);

To fix it, build the index in a separate script, outside a transaction. A constraint in a later
script can use it.

    -- Outside Transaction: CREATE INDEX CONCURRENTLY cannot run in one
    CREATE UNIQUE INDEX CONCURRENTLY photos_name ON photos (name);

    ALTER TABLE photos ADD CONSTRAINT photos_name UNIQUE USING INDEX photos_name;",
};

/// Reports an index on an existing table if it is not built concurrently.
pub(super) fn check(change: &Change<'_>) -> Vec<Finding> {
    let new = change.is.new_indexes(change.was);
    new.map(|name| Finding {
        lint: LINT,
        title: format!("index `{name}` is built while writes to `{}` wait", change.is.name),
        help: "write `CREATE INDEX CONCURRENTLY` in a script with `-- Outside Transaction: <reason>` in its header"
            .to_owned(),
    })
    .collect()
}
