//! Errors in sections and statements.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "no-sections",
        "a script has no sections",
        "\
The upgrade is below `-- upgrade`, the downgrade below `-- downgrade`.

To fix it, add both markers, each on a line of its own.",
    ),
    Message::fault(
        "hidden-character",
        "an invisible character between two tokens",
        "\
SQLite treats a byte order mark between two tokens as a space, so a statement can differ from what
it looks like. In literals, quoted names and comments it is an ordinary character.

To fix it, remove the character. Do not change a released script.",
    ),
    Message::fault(
        "sql-before-section",
        "there is SQL before the first section",
        "\
It belongs to no section, so it would never run.

To fix it, move it below `-- upgrade` or `-- downgrade`.",
    ),
    Message::fault(
        "missing-section",
        "one of the two sections is missing",
        "\
A script needs an upgrade and a downgrade. Sometimes the marker exists but is not found, because it
is misspelt, or inside a literal or comment that does not end before it. The message shows that.

To fix it, add the section. If there is nothing to do, give the reason:
`-- nothing to do: <reason>`.",
    ),
    Message::fault(
        "doubled-section",
        "a section is duplicated in a script",
        "\
Most often, two scripts were pasted into one file.

To fix it, keep one section of each kind, with all of its statements.",
    ),
    Message::fault(
        "empty-section",
        "a section has no statements",
        "\
An empty section looks like a forgotten one.

To fix it, add its statements, or `-- nothing to do: <reason>`. The sections of a merge point may be
empty.",
    ),
    Message::fault(
        "nothing-to-do-without-reason",
        "a section is marked `-- nothing to do` without a reason",
        "\
The reason shows a later reader that the section was not forgotten.

To fix it, add the reason: `-- nothing to do: <reason>`.",
    ),
    Message::fault(
        "review",
        "a `REVIEW` line needs a decision",
        "\
A `-- REVIEW: …` line marks a decision that a person must make. It is an error until the line is
removed.

To fix it, decide, change the script if needed, then remove the line.",
    ),
    Message::fault(
        "syntax",
        "a syntax error in a statement",
        "\
SQLite itself parses every statement while the program is compiled. The message contains its error
and the place. A literal or trigger that does not end extends over the statements after it.

To fix it, correct the statement at the place or just before it.",
    ),
    Message::fault(
        "transaction-control",
        "a script begins or ends a transaction",
        "\
All scripts of a run are committed together with the version rows, or not at all. A `COMMIT` in a
script would break that for all scripts.

To fix it, remove the statement.",
    ),
    Message::fault(
        "forbidden-statement",
        "a statement is not allowed in a script",
        "\
`ATTACH`, `DETACH` and `VACUUM` have effects outside the transaction, or cannot run inside one.

To fix it, remove the statement. A script of its own can contain `VACUUM` if its header has
`Outside Transaction: <reason>`.",
    ),
    Message::fault(
        "not-outside-transaction",
        "a statement cannot run outside a transaction",
        "\
A script with `Outside Transaction` is not rolled back with the others, and it runs again after an
interruption. Therefore it contains only what cannot run inside a transaction. On SQLite, that is
`VACUUM`, and `PRAGMA page_size` and `PRAGMA auto_vacuum`, which `VACUUM` applies. On PostgreSQL, it
is one statement such as `CREATE INDEX CONCURRENTLY`.

To fix it, move the statement to another script. The program sets SQLite's journal mode where it
opens the database.",
    ),
    Message::fault(
        "setting-without-vacuum",
        "a pragma requests a setting of the file, and no `VACUUM` applies it",
        "\
`PRAGMA page_size` and `PRAGMA auto_vacuum` only announce what the next `VACUUM` on the same
connection should do.

To fix it, add `VACUUM;` below the pragma, in the same section.",
    ),
    Message::fault(
        "statement-after-vacuum",
        "a statement follows the `VACUUM` of its section",
        "\
A section outside a transaction is one unit: pragmas, then one `VACUUM`. If it is interrupted, all of
it runs again.

To fix it, move pragmas above `VACUUM`, and a second `VACUUM` to a script of its own.",
    ),
    Message::fault(
        "writing-pragma",
        "a script sets a pragma",
        "\
A pragma changes the connection or the file. It would affect all scripts after it or, like
`foreign_keys`, have no effect inside a transaction. Scripts run with foreign keys off, and are
checked for violations before the commit.

To fix it, remove the statement. Configure a connection where the program opens it.",
    ),
    Message::fault(
        "parameter",
        "a statement has a parameter",
        "\
A script has no values for parameters. SQLite would use NULL, and PostgreSQL would fail.

To fix it, write the value itself, in quotes if it is a text.",
    ),
];
