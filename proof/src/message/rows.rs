//! Errors and notes from the proof with rows.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "fails-with-rows",
        "an upgrade fails on rows that the schema allows",
        "\
The compiler runs each upgrade on tables with rows. A statement that passed on empty tables failed
here. The message shows the row, or the two rows, that caused it.

    ALTER TABLE photos ALTER COLUMN title SET NOT NULL;      -- there are photos without a title

To fix it, make the script correct the data first
(`UPDATE photos SET title = '' WHERE title IS NULL;`). If your databases cannot contain such a row,
supply your own rows in a `-- sample` section of the script that created the table. If the table had
no rows when the script was released, declare that in the `-- sample` section:
`-- no rows: <reason>`.",
    ),
    Message::fault(
        "downgrade-fails-with-rows",
        "a downgrade fails on rows that the schema allows",
        "\
The upgrade passed on tables with rows, but the downgrade did not. It would fail when you need it.

To fix it, make the downgrade correct the data before the statement that fails, or supply your own
rows in a `-- sample` section of the script that created the table.",
    ),
    Message::fault(
        "undeclared-loss",
        "a script loses rows or values, and its header does not declare it",
        "\
Everything that a downgrade does not restore byte for byte is lost. An intended loss must be
declared, and whoever runs the script is warned. Rows that a program writes after the upgrade also
count, if the downgrade removes them although the schema before the upgrade allows them.

    -- Loses: photos.title, rows of drafts

To fix it, restore the data in the downgrade, or declare the loss with the line that the message
shows.

It can be a note if a database may never contain the row: if the row has a value that both sections
mention, such as the new name of a status, or, on SQLite, a value that is unusual for its column. If
the database may contain such a row, declare the loss. Otherwise, add a `CHECK` constraint that
excludes the row, or supply your own rows in a `-- sample` section of the script that created the
table.",
    ),
    Message::fault(
        "declared-but-kept",
        "a declared loss does not happen",
        "\
`Loses` warns whoever runs the script, so it must be true. Here, the downgrade restored everything
that the declared loss covers.

To fix it, remove the name from `Loses`. If the script only loses rows that do not resemble the
generated ones, add one of them to a `-- sample` section of the script that created the table.",
    ),
    Message::fault(
        "unknown-loss",
        "`Loses` names something that does not exist before the upgrade",
        "\
`Loses` lists `<table>.<column>`, `rows of <table>` and `counter of <table>`, using the names from
before the upgrade. Put a name that contains a dot, comma or quote in double quotes.

To fix it, correct the name. The message suggests one if it can.",
    ),
    Message::fault(
        "rows-left-behind",
        "a downgrade leaves rows behind that its upgrade inserted",
        "\
The upgrade and the downgrade together leave rows that did not exist before. The next upgrade
inserts them again, and fails or duplicates them.

To fix it, make the downgrade delete exactly the rows that its upgrade inserted, by key.",
    ),
    Message::fault(
        "index-out-of-date",
        "a full-text index does not match its content table",
        "\
An FTS table with `content='<table>'` only stores the index. SQLite does not keep the index up to
date; triggers must do that. A script must rebuild the index if it creates it over a table with
rows, or changes rows while there are no triggers. Otherwise, searches find nothing, and a later
UPDATE or DELETE fails with \"database disk image is malformed\"
(<https://sqlite.org/fts5.html#external_content_tables>). The proof runs FTS5's `integrity-check`
with rows in the content table.

To fix it, add `INSERT INTO <index>(<index>) VALUES('rebuild');` after the last statement that
changes the content table or creates the index.",
    ),
    Message::fault(
        "counter-falls-back",
        "an AUTOINCREMENT counter is lowered, so IDs may be reused",
        "\
AUTOINCREMENT guarantees that no ID is used twice. A rebuilt table continues from its largest ID, so
the IDs of deleted rows are reused (<https://sqlite.org/autoinc.html>).

To fix it, copy the counter with the statements that the message shows, or declare the loss:
`-- Loses: counter of photos`.",
    ),
    Message::fault(
        "dangling-rows",
        "a script leaves rows that refer to missing rows",
        "\
Scripts run with foreign keys off, so that they can rebuild tables. `ON DELETE CASCADE` and the
other actions do not run, and a run that leaves a new violation is rolled back.

`ALTER TABLE … RENAME TO` rewrites the foreign keys of other tables. These follow the table to its
new name, and refer to a missing table once it is dropped.

To fix it, keep the referenced rows, or delete or update the rows that refer to them in the script.
To rebuild a table, create the new one under a different name, copy the rows, drop the old one, and
rename the new one last.",
    ),
    Message::fault(
        "sample-fails",
        "a `-- sample` section fails",
        "\
The section runs after the upgrade of its script, so its rows must fit the tables at that point.

To fix it, correct the statement. Insert parents before their children.",
    ),
    Message::fault(
        "sample-changes-schema",
        "a `-- sample` section changes the schema",
        "\
The section only supplies rows, and only runs in the proof. A table that it creates would not exist
in any database.

To fix it, move the statement into the upgrade, and its reverse into the downgrade.",
    ),
    Message::note(
        "no-row-for-statement",
        "the proof found no row that a statement changes",
        "\
The compiler runs each statement that changes rows on tables with many different rows. This
statement changed none of them, so its effect on rows is not proved. If it could only change a row
in which a NOT NULL column is NULL, the message shows that.

To fix it, supply a row that it changes in a `-- sample` section of the script that created the
table.",
    ),
];
