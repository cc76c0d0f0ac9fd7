//! Of the proof with rows.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "fails-with-rows",
        "an upgrade works on empty tables only",
        "\
The compiler runs each upgrade on tables with rows in them. Here a statement failed that had passed on
empty tables; the message shows the row, or the two rows, that broke it.

    ALTER TABLE photos ALTER COLUMN title SET NOT NULL;      -- there are photos without a title

Way out: mend the data in the script first (`UPDATE photos SET title = '' WHERE title IS NULL;`). If no
row of yours can be like this, show your rows in a `-- sample` section of the script that made the table.
If the table held no row when the script was released, declare that in the section: `-- no rows: <reason>`.",
    ),
    Message::fault(
        "downgrade-fails-with-rows",
        "a downgrade works on empty tables only",
        "\
The upgrade passed on tables with rows in them, and the way back does not: whoever has to go back in a
hurry could not.

Way out: mend the data in the downgrade first, or show your rows in a `-- sample` section of the script
that made the table.",
    ),
    Message::fault(
        "undeclared-loss",
        "rows or values are lost, and the header does not say so",
        "\
What a downgrade does not bring back byte for byte is lost. That may be meant; then it is declared, and
whoever runs the script is told.

    -- Loses: photos.title, rows of drafts

Way out: bring them back in the downgrade, or declare the loss with the line that the message shows.",
    ),
    Message::fault(
        "declared-but-kept",
        "a loss is declared that does not happen",
        "\
`Loses` warns whoever runs the script, so it must be true. Upgraded and taken back, everything that it
names is as it was.

Way out: remove the name from `Loses`. If only rows unlike the sample rows are lost, show such a row in a
`-- sample` section of the script that made the table.",
    ),
    Message::fault(
        "unknown-loss",
        "`Loses` names something that is not there before the upgrade",
        "\
`Loses` takes `<table>.<column>`, `rows of <table>` and `counter of <table>`, by their names before the
upgrade. A name with a dot, a comma or a quote stands in double quotes.

Way out: correct the name; the message suggests one where it can.",
    ),
    Message::fault(
        "rows-left-behind",
        "a downgrade leaves rows that its upgrade made",
        "\
After upgrade and downgrade there are rows that were not there before. The next upgrade makes them again,
and fails or doubles them.

Way out: let the downgrade take back those rows, by their keys, and no others.",
    ),
    Message::fault(
        "counter-falls-back",
        "an AUTOINCREMENT table counts on from a lower number: an id may be given out twice",
        "\
AUTOINCREMENT promises that no id is used again. A table that is made anew begins to count at its largest
id, and those of deleted rows are given out once more (<https://sqlite.org/autoinc.html>).

Way out: carry the counter over with the statement that the message shows, or declare it:
`-- Loses: counter of photos`.",
    ),
    Message::fault(
        "dangling-rows",
        "a script leaves rows that refer to rows which are gone",
        "\
Scripts run with the enforcement of foreign keys off, so that tables can be made anew. `ON DELETE CASCADE`
and its like do not act then, and a run that leaves a new violation is rolled back.

`ALTER TABLE … RENAME TO` rewrites the foreign keys of other tables: they follow to the new name, and refer to
nothing once the table is dropped under it.

Way out: keep the parents, or say in the script what becomes of the children. To rebuild a table, make the
new one under another name, copy the rows, drop the old one, and rename the new one last.",
    ),
    Message::fault(
        "sample-fails",
        "a `-- sample` section fails",
        "\
It runs after the upgrade of its script, and its rows have to fit the tables as they are then.

Way out: correct the statement. Parents come before their children.",
    ),
    Message::fault(
        "sample-changes-schema",
        "a `-- sample` section changes the schema",
        "\
It shows rows, and runs in the compiler only: a table that it made would be in no database.

Way out: move the statement into the upgrade, and what takes it back into the downgrade.",
    ),
    Message::note(
        "no-row-for-statement",
        "no row was found that a statement changes",
        "\
For each statement that changes rows, the compiler searches for rows that it changes, by running it on
tables with many different rows. This statement changed none of them, so what it does to rows is not
proved. Where it would change a row only if a NOT NULL column held NULL, the message says that.

Way out: show a row that it changes in a `-- sample` section of the script that made the table.",
    ),
];
