//! The explanations of messages that exist only in the proof on PostgreSQL. All other messages have
//! the same codes and meanings as in the proof on SQLite.

use crate::Explanation;

/// The explanations, sorted by code.
pub const MESSAGES: &[Explanation] = &[
    Explanation {
        code: "changes-server",
        summary: "a script changes roles or settings of the whole server",
        explanation: "\
Roles, their memberships and settings, and tablespaces belong to the server, not to one database. A
second database on the same server already has them, so the script fails there.

    CREATE ROLE reader;

To fix it, create roles when you set up the server, and only grant privileges in scripts. If the
script must do it, declare `-- Allow: changes-server` in the header. On a server that you pass with
`--url`, the proof rolls such a script back.",
    },
    Explanation {
        code: "changes-settings",
        summary: "a script changes settings of its session",
        explanation: "\
The next script may run on the same connection or on a different one, so its result would vary.

    SET search_path = app;

To fix it, write `SET LOCAL`, which ends with the transaction of the script, or qualify names.",
    },
    Explanation {
        code: "fails-in-one-run",
        summary: "a script fails in the same transaction as the scripts before it",
        explanation: "\
If several scripts are pending, a run applies them in one transaction. It commits in between only for
scripts outside a transaction and for new enum values that a later script uses. A script that needs a
commit before it therefore fails on a new database, although it passes alone.

    INSERT INTO children (parent) VALUES (1); -- checked at the end of the transaction
    ALTER TABLE children ADD COLUMN name text; -- in the next script: pending trigger events

To fix it, end deferred checks with `SET CONSTRAINTS ALL IMMEDIATE` in the script that causes them,
and drop temporary tables at the end of their script.",
    },
    Explanation {
        code: "no-rows",
        summary: "no rows were found for a table, so the effect on its rows is not proved",
        explanation: "\
The proof generates rows for each table from values that suit its types and from the literals in its
checks. If the table accepts none of them, it stays empty.

    CREATE TABLE codes (code text NOT NULL CHECK (md5(code) LIKE '0000%'));

To fix it, supply rows in a `-- sample` section of the script that created the table.",
    },
    Explanation {
        code: "not-compared",
        summary: "the schema has objects that the proof does not compare",
        explanation: "\
The proof compares the schema before an upgrade with the one after the downgrade. It only counts
some rare kinds of objects, such as operators and casts. Check by hand that the downgrades restore
them.",
    },
    Explanation {
        code: "unproved-script",
        summary: "a script is declared as not executed in the proof",
        explanation: "\
PostgreSQL scripts are proved on a real server, which can provide the extensions, collations and
functions that a script needs. Therefore, no script is exempt.

    -- Unproved: it needs PostGIS

To fix it, remove the line, and prove the scripts on a server that is set up as in production:

    aludel prove --url postgresql://localhost/postgres",
    },
];
