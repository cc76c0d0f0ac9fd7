//! `renames-table` and `renames-column`

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const TABLE: Explanation = Explanation {
    code: "renames-table",
    summary: "a script renames a table that the previous version of the program still uses",
    explanation: "\
During a rollout, the previous version of your program still runs, and fails because it uses the old
name.

    ALTER TABLE photos RENAME TO pictures;

To fix it, keep the name. Or allow the lint and create a view with the old name, which a later
script drops:

    ALTER TABLE photos RENAME TO pictures;
    CREATE VIEW photos AS SELECT * FROM pictures;
    -- Allow: renames-table",
};

pub(super) const COLUMN: Explanation = Explanation {
    code: "renames-column",
    summary: "a script renames a column that the previous version of the program still uses",
    explanation: "\
During a rollout, the previous version of your program still runs, and fails because it uses the old
name.

    ALTER TABLE photos RENAME COLUMN title TO caption;

To fix it, add a new column, let the program write both, copy the values, and drop the old column in
a later release. If no running version of the program uses the column, allow the lint.",
};

const HELP: &str = "keep the name until no running version of the program uses it";

/// Reports the renaming of an existing table.
pub(super) fn table(change: &Change<'_>) -> Vec<Finding> {
    let Change { was, is, .. } = change;
    if was.name == is.name {
        return Vec::new();
    }
    let title = format!(
        "`{}` is renamed to `{}`, so the previous version of the program cannot find it",
        was.name, is.name
    );
    vec![Finding { lint: TABLE, title, help: HELP.to_owned() }]
}

/// Reports the renaming of existing columns.
pub(super) fn columns(change: &Change<'_>) -> Vec<Finding> {
    let Change { was, is, .. } = change;
    let pairs = was.columns.iter().filter_map(|(number, column)| Some((column, is.columns.get(number)?)));
    let renamed = pairs.filter(|(was, is)| was.name != is.name);
    renamed
        .map(|(column, new)| Finding {
            lint: COLUMN,
            title: format!(
                "`{}.{}` is renamed to `{}`, so the previous version of the program cannot find it",
                is.name, column.name, new.name
            ),
            help: HELP.to_owned(),
        })
        .collect()
}
