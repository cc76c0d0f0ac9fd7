//! Of sections and statements.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "no-sections",
        "a script has no sections",
        "\
What leads to a revision stands below `-- upgrade`, what takes it back below `-- downgrade`.

Way out: write both markers, each as a line of its own.",
    ),
    Message::fault(
        "hidden-character",
        "a character between two tokens that people do not see",
        "\
SQLite takes a byte order mark between two tokens for a space, and so a statement can be something else
than it looks. In literals, quoted names and comments it is a letter like any other.

To fix it, remove the character. A released script stays as it is.",
    ),
    Message::fault(
        "sql-before-section",
        "SQL stands before the first section",
        "\
It belongs to no section, so it would never run.

Way out: move it below `-- upgrade` or `-- downgrade`.",
    ),
    Message::fault(
        "missing-section",
        "one of the two sections is missing",
        "\
A script needs both ways. Sometimes the marker is there and is not seen: misspelt, or inside a text or
a comment that does not end before it; the message says so.

Way out: add the section. Where nothing is to be done, say why: `-- nothing to do: <reason>`.",
    ),
    Message::fault(
        "doubled-section",
        "a section stands twice in one script",
        "\
Most often two scripts were pasted into one file.

Way out: keep one section of each kind, with all of its statements.",
    ),
    Message::fault(
        "empty-section",
        "a section has no statements",
        "\
An empty section cannot be told from a forgotten one.

Way out: write its statements, or `-- nothing to do: <reason>`. A merge point need not.",
    ),
    Message::fault(
        "nothing-to-do-without-reason",
        "a section has nothing to do, and does not say why",
        "\
The reason is for whoever reads the script in a year, and wonders whether it was forgotten.

Way out: `-- nothing to do: <reason>`.",
    ),
    Message::fault(
        "review",
        "a line asks for a person",
        "\
`-- REVIEW: …` is written where a tool or a colleague could not decide. It is a fault until somebody
does.

Way out: decide, change the script where needed, then remove the line.",
    ),
    Message::fault(
        "syntax",
        "SQLite does not take a statement",
        "\
SQLite itself reads every statement while the program is compiled; its words and its place are in the
message. A literal or a trigger that does not end takes what follows with it.

Way out: correct the statement at the place, or just before.",
    ),
    Message::fault(
        "transaction-control",
        "a script begins or ends a transaction",
        "\
All scripts of a run are committed together or not at all, and the version rows with them. A `COMMIT`
in a script would break that for all others.

Way out: remove it.",
    ),
    Message::fault(
        "forbidden-statement",
        "a statement is not for a script",
        "\
`ATTACH`, `DETACH` and `VACUUM` reach outside the transaction, or cannot run in one.

Way out: remove it. What is to be done outside the transaction is for the program.",
    ),
    Message::fault(
        "writing-pragma",
        "a script sets a pragma",
        "\
A pragma sets the connection or the file; it would hold for all scripts after it, or, as
`foreign_keys`, do nothing inside a transaction. Scripts run with the enforcement of foreign keys off,
and are checked for violations before the commit.

Way out: remove it. What a connection needs is set where the program opens it.",
    ),
    Message::fault(
        "parameter",
        "a statement has a parameter",
        "\
Nothing is bound to it in a script: SQLite would read it as NULL.

Way out: write the value itself, quoted where it is text.",
    ),
];
