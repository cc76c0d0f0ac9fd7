//! `renames-table` and `renames-column`

use super::finding::{Change, Finding};
use crate::Explanation;

pub(super) const TABLE: Explanation = Explanation {
    code: "renames-table",
    summary: "a table is renamed that the last version of the program still uses",
    explanation: "\
While a new version is rolled out, the last one still runs, and fails on the old name.

    ALTER TABLE photos RENAME TO pictures;

To fix it, keep the name. Or leave a view with the old name behind, which a later script drops:

    ALTER TABLE photos RENAME TO pictures;
    CREATE VIEW photos AS SELECT * FROM pictures;
    -- Allow: renames-table",
};

pub(super) const COLUMN: Explanation = Explanation {
    code: "renames-column",
    summary: "a column is renamed that the last version of the program still uses",
    explanation: "\
While a new version is rolled out, the last one still runs, and fails on the old name.

    ALTER TABLE photos RENAME COLUMN title TO caption;

To fix it, add the new column, write both in the program, copy the values, and drop the old column in
a later release. If no version of the program uses the column any more, allow the lint.",
};

const HELP: &str = "keep the name until no running version of the program uses it";

/// Reports the renaming of an existing table.
pub(super) fn table(change: &Change<'_>) -> Vec<Finding> {
    let Change { was, is, .. } = change;
    if was.name == is.name {
        return Vec::new();
    }
    let title = format!(
        "`{}` is renamed to `{}`, and the last version of the program does not find it",
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
                "`{}.{}` is renamed to `{}`, and the last version of the program does not find it",
                is.name, column.name, new.name
            ),
            help: HELP.to_owned(),
        })
        .collect()
}
