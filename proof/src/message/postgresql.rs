//! Errors in statements in PostgreSQL's dialect.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "session-setting",
        "a PostgreSQL script changes its session",
        "\
`SET`, `RESET`, `DISCARD`, `LISTEN` and `UNLISTEN` affect the connection after the script. Later
scripts of the same run would depend on it, and so would the program if it keeps the connection.

To fix it, write `SET LOCAL`, which ends with the transaction. Configure the connection where the
program opens it.",
    ),
    Message::fault(
        "only-outside-transaction",
        "PostgreSQL refuses a statement inside a transaction",
        "\
Some statements, such as `CREATE INDEX CONCURRENTLY` and `VACUUM`, commit by themselves, so the
runner cannot roll them back with the other scripts.

To fix it, move the statement to a separate script with `-- Outside Transaction: <reason>` in its
header.",
    ),
    Message::fault(
        "several-outside-transaction",
        "a section outside a transaction has several statements",
        "\
After an interruption, a section outside a transaction runs again as a whole. Only with a single
statement is it clear what already ran.

To fix it, write a separate script for each statement.",
    ),
    Message::fault(
        "server-statement",
        "a statement affects the whole server, not just its database",
        "\
Statements about databases, tablespaces and the server's configuration affect other databases. A
migration belongs to one database, and cannot revert changes elsewhere.

To fix it, remove the statement, and run it when you set up the server.",
    ),
    Message::fault(
        "copy-of-the-client",
        "a `COPY` sends or receives rows through the client",
        "\
In a dump, `COPY … FROM STDIN` is followed by the rows of a table. They are not SQL: only a client
such as `psql` can send them.

To fix it, write the rows as `INSERT` statements. `pg_dump --inserts` writes them that way.",
    ),
    Message::fault(
        "psql-command",
        "a script contains a command of `psql`",
        "\
`psql` itself executes backslash commands such as `\\d` and `\\copy`. The server does not understand
them, so a program cannot run them.

To fix it, replace the command with SQL that does the same.",
    ),
    Message::fault(
        "unclosed",
        "a literal, quoted name or comment does not end",
        "\
It extends to the end of the text, so the statements after it are part of it. Other syntax errors
are reported when the script is proved on a server.

To fix it, close the literal, name or comment. A dollar-quoted string ends with the same tag, and
each nested comment needs its own `*/`.",
    ),
    Message::fault(
        "new-enum-value",
        "a script uses an enum value that it adds",
        "\
A value that `ALTER TYPE … ADD VALUE` added cannot be used until its transaction is committed. The
runner commits after such a script, so that later scripts can use the value.

To fix it, move the statement to a later script. If the literal is not a value of the enum, add
`-- Allow: new-enum-value` to the header.",
    ),
];
