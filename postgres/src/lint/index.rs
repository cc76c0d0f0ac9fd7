//! `index-locks-table`

use super::{Change, Finding, Lint};

pub(super) const LINT: Lint = Lint {
    code: "index-locks-table",
    summary: "an index on an existing table is built while writes to the table wait",
    explanation: "\
`CREATE INDEX`, and a constraint that needs an index, lock the table against writes until the index
is built.

    CREATE INDEX photos_title ON photos (title);

To fix it, build the index in a script of its own that runs outside a transaction. Later, a
constraint can use it.

    -- Outside Transaction: CREATE INDEX CONCURRENTLY cannot run in one
    CREATE UNIQUE INDEX CONCURRENTLY photos_name ON photos (name);

    ALTER TABLE photos ADD CONSTRAINT photos_name UNIQUE USING INDEX photos_name;",
};

/// Rule: an index on an existing table is built concurrently. An index that a rebuild of the table
/// replaces is not new.
pub(super) fn check(change: &Change<'_>) -> Vec<Finding> {
    let number = change.is.indexes.len();
    if number <= change.was.indexes.len() || change.is.name != change.was.name {
        return Vec::new();
    }
    let new = change.is.indexes.iter().filter(|name| !change.was.indexes.contains(name));
    new.map(|name| Finding {
        lint: LINT,
        title: format!("index `{name}` is built while writes to `{}` wait", change.is.name),
        help: "write `CREATE INDEX CONCURRENTLY` in a script with `-- Outside Transaction: <reason>` in its header"
            .to_owned(),
    })
    .collect()
}
