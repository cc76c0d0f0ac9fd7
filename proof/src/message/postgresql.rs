//! Errors in statements in PostgreSQL's dialect.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "session-setting",
        "a script of PostgreSQL changes its session",
        "\
`SET`, `RESET`, `DISCARD`, `LISTEN` and `UNLISTEN` affect the connection after the script. Later
scripts of the same run would depend on it, and so would the program if it keeps the connection.

To fix it, write `SET LOCAL`, which ends with the transaction. Configure a connection where the
program opens it.",
    ),
    Message::fault(
        "only-outside-transaction",
        "PostgreSQL refuses a statement inside a transaction",
        "\
`CREATE INDEX CONCURRENTLY`, `VACUUM` and some others commit on their own, so the runner cannot roll
them back with the other scripts.

To fix it, move the statement to a script of its own, with `-- Outside Transaction: <reason>` in the
header.",
    ),
    Message::fault(
        "several-outside-transaction",
        "a section outside a transaction has several statements",
        "\
After an interruption, a section outside a transaction runs again as a whole. If it has one
statement, it is clear whether that statement already ran.

To fix it, write one script for each statement.",
    ),
    Message::fault(
        "server-statement",
        "a statement affects the server, not only its database",
        "\
Databases, tablespaces and the server's configuration are shared with other databases. A migration
belongs to one database, and cannot revert what it changes elsewhere.

To fix it, remove the statement, and run it where the server is set up.",
    ),
    Message::fault(
        "copy-of-the-client",
        "a `COPY` sends or receives rows through the client",
        "\
A dump contains the rows of a table below `COPY … FROM STDIN`. They are not SQL: only a client such
as `psql` can send them.

To fix it, write the rows as `INSERT` statements. `pg_dump --inserts` writes a dump in this way.",
    ),
    Message::fault(
        "psql-command",
        "a script contains a command of `psql`",
        "\
Commands with a backslash, such as `\\d` and `\\copy`, are carried out by `psql`. The server does not
know them, so a program cannot run them.

To fix it, remove the command, and write its effect in SQL.",
    ),
    Message::fault(
        "unclosed",
        "a literal, quoted name or comment does not end",
        "\
It extends to the end of the text, so the statements after it are part of it. Other errors of syntax
are reported when the script is proved on a server.

To fix it, close it. A dollar-quoted string ends with the same tag, and each comment inside a comment
needs its own `*/`.",
    ),
    Message::fault(
        "new-enum-value",
        "a script uses an enum value that it adds",
        "\
PostgreSQL does not allow a value that `ALTER TYPE … ADD VALUE` added to be used until the
transaction is committed. The runner commits after such a script, so that later scripts can use the
value.

To fix it, move the statement to a later script. If the literal is not a value of the enum, declare
`-- Allow: new-enum-value`.",
    ),
];
