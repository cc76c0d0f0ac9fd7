//! Errors in sections and statements.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "no-sections",
        "a script has no sections",
        "\
The upgrade goes below `-- upgrade`, and the downgrade below `-- downgrade`.

To fix it, add both markers, each on a line by itself.",
    ),
    Message::fault(
        "hidden-character",
        "an invisible character between two tokens",
        "\
SQLite treats a byte order mark between two tokens as a space, so a statement can mean something
other than it appears to. In literals, quoted names and comments it is an ordinary character.

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
A script needs an upgrade and a downgrade. Sometimes the marker exists but is misspelled, or is
inside a literal or comment that does not end before it. The message shows that.

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
The reason shows later readers that the section was left empty on purpose.

To fix it, add the reason: `-- nothing to do: <reason>`.",
    ),
    Message::fault(
        "review",
        "a `REVIEW` line needs a decision",
        "\
A `-- REVIEW: …` line marks a decision that a person must make. It is an error until the line is
removed.

To fix it, make the decision, change the script if needed, then remove the line.",
    ),
    Message::fault(
        "syntax",
        "a syntax error in a statement",
        "\
SQLite itself parses every statement when the program is compiled. The message shows SQLite's error
and where it occurred. An unclosed literal or trigger swallows the statements after it.

To fix it, correct the statement at that place or just before it.",
    ),
    Message::fault(
        "transaction-control",
        "a script begins or ends a transaction",
        "\
All scripts of a run are committed together with the version rows, or not at all. A `COMMIT` in one
script would break this for all of them.

To fix it, remove the statement.",
    ),
    Message::fault(
        "forbidden-statement",
        "a statement is not allowed in a script",
        "\
`ATTACH`, `DETACH` and `VACUUM` have effects outside the transaction, or cannot run inside one.

To fix it, remove the statement. To use `VACUUM`, move it to a separate script with
`Outside Transaction: <reason>` in its header.",
    ),
    Message::fault(
        "not-outside-transaction",
        "a statement cannot run outside a transaction",
        "\
A script with `Outside Transaction` is not rolled back with the others, and it runs again after an
interruption. It may therefore only contain what cannot run inside a transaction. On SQLite, this is
`VACUUM`, and the pragmas `page_size` and `auto_vacuum`, which `VACUUM` applies. On PostgreSQL, it
is one statement such as `CREATE INDEX CONCURRENTLY`; if only one direction contains such a
statement, the other one runs inside a transaction.

To fix it, move the statement to a different script. Set SQLite's journal mode in the program, where
it opens the database.",
    ),
    Message::fault(
        "setting-without-vacuum",
        "a pragma changes a setting of the file, but no `VACUUM` applies it",
        "\
`PRAGMA page_size` and `PRAGMA auto_vacuum` only take effect when the next `VACUUM` runs on the same
connection.

To fix it, add `VACUUM;` below the pragma, in the same section.",
    ),
    Message::fault(
        "statement-after-vacuum",
        "a statement follows the `VACUUM` of its section",
        "\
A section outside a transaction is one unit: pragmas, then one `VACUUM`. If it is interrupted, the
whole section runs again.

To fix it, move pragmas above `VACUUM`, and a second `VACUUM` to a separate script.",
    ),
    Message::fault(
        "writing-pragma",
        "a script sets a pragma",
        "\
A pragma changes the connection or the file. It would affect all scripts after it, or, like
`foreign_keys`, have no effect inside a transaction. Scripts run with foreign keys off, and
violations are detected before the commit.

To fix it, remove the statement. Configure the connection where the program opens it.",
    ),
    Message::fault(
        "parameter",
        "a statement has a parameter",
        "\
A script has no values for parameters. SQLite would use NULL, and PostgreSQL would fail.

To fix it, write the value itself, in quotes if it is text.",
    ),
];
