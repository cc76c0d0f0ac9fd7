//! Of scripts that are executed.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "script-fails",
        "a statement fails",
        "\
The chain is executed on an empty database in memory, each script where it stands, up, down and up
again. SQLite's words are in the message.

Way out: correct the statement. If it calls a function of the program, declare the function with its
number of arguments, `functions = [\"slug/1\"]`, in `aludel.toml` and in the macro call. If it needs
collations or modules of the program, say so in the header: `-- Unproved: <reason>`.",
    ),
    Message::fault(
        "upgrade-fails-again",
        "an upgrade fails after its own downgrade",
        "\
It ran once and was taken back, but something is left that stands in its way: rows, most often.

Way out: let the downgrade take back everything that the upgrade made.",
    ),
    Message::fault(
        "fails-from-head",
        "a downgrade fails when the whole chain is taken back",
        "\
Each script passed where it stands. But later scripts leave rows or objects behind that it meets when
the whole chain goes down.

Way out: let each downgrade take back what its upgrade made, also where later scripts ran in between.",
    ),
    Message::fault(
        "too-many-steps",
        "a statement takes too long",
        "\
Whatever a script says, the compiler and the editor must come back. A recursive query without an end
is the usual reason.

Way out: bound it, for example with LIMIT. Long work on many rows is for the program.",
    ),
    Message::fault(
        "chain-too-many-steps",
        "the scripts together take too long",
        "\
A proof may take 500 million steps of SQLite's virtual machine, however many statements share them.

To fix it, bound the recursive queries. Long work on many rows is for the program.",
    ),
    Message::fault(
        "proof-too-long",
        "the proof takes too long",
        "\
The bounds on steps, pages and memory do not depend on the machine. A clock is the last resort, for what
they do not stop, such as one long call of a function: 60 seconds and a tenth of a second for each script.

To fix it, let the statement do less. On a slow machine, set `ALUDEL_PROOF_SECONDS`.",
    ),
    Message::fault(
        "too-much-memory",
        "a statement needs too much memory",
        "\
In the compiler and in the program `aludel`, SQLite may use 1 GiB in all.

To fix it, make shorter texts and blobs, and sort fewer rows.",
    ),
    Message::fault(
        "too-many-pages",
        "a statement fills too much room",
        "\
The scratch database is in memory, and has 64 MiB.

Way out: let the program fill in large amounts of data; a script brings the few rows that belong to
the schema.",
    ),
    Message::fault(
        "own-table",
        "a script changes a table that is Aludel's own",
        "\
The version table says where a database is, and the ledger what ran on it. The runner keeps both.

Way out: remove the statement. `aludel stamp` records a revision without running it.",
    ),
    Message::fault(
        "not-authorized",
        "a statement is not for a script",
        "\
It controls the transaction, the file or the connection, or loads an extension: none of it can be
taken back.

Way out: remove it.",
    ),
    Message::fault(
        "not-reversed",
        "a downgrade does not restore the schema",
        "\
The schema before the upgrade and the one after the downgrade are compared as SQLite reads them, not
as text. What differs is in the message, and where the downgrade drops what the upgrade did not make,
that place too.

Way out: write in the downgrade what takes every change of the upgrade back.",
    ),
    Message::fault(
        "not-repeated",
        "an upgrade makes another schema the second time",
        "\
Upgraded, taken back and upgraded again, the script made something else than the first time.

Way out: let the downgrade restore what the upgrade found.",
    ),
    Message::fault(
        "left-at-base",
        "the whole chain, taken back, leaves something behind",
        "\
Each script passed where it stands, and all together leave something behind.

Way out: let each downgrade take back what its upgrade made, also where later scripts ran in between.",
    ),
    Message::fault(
        "temporary-object",
        "a section leaves something temporary behind",
        "\
A temporary table, view or trigger belongs to a connection. The next script may run on another one.

Way out: drop it at the end of the same section.",
    ),
    Message::fault(
        "broken-reference",
        "a view or a trigger refers to something that is not there",
        "\
SQLite takes it, and fails when it is next used: every query of the view, every write to the table of
the trigger.

Way out: correct it, or drop it before what it refers to, and create it anew after.",
    ),
    Message::fault(
        "scratch-database",
        "the scratch database failed",
        "\
This is not a fault of the scripts, but of Aludel or of the machine.

Way out: report it, with the words of the message.",
    ),
    Message::fault(
        "fails-alone",
        "an upgrade needs a script of another line",
        "\
Where a chain branches, a database can have one line and not the other. A script that leans on the
other line passes in canonical order, where that ran before by chance, and fails in such a database.

           ┌─ b2 (adds photos.rating) ─┐
      a1 ──┤                           ├── d4
           └─ c3 (indexes it) ─────────┘

Way out: say it (`-- Depends On: b2` in the header of `c3`), or move the statement below the merge
point.",
    ),
    Message::fault(
        "downgrade-fails-alone",
        "a downgrade needs a script of another line",
        "\
Each line of a branch is applied alone and taken back. This downgrade touches what another line made.

Way out: let it take back what its own upgrade made, and nothing else.",
    ),
    Message::fault(
        "not-reversed-beside",
        "a downgrade restores the schema beside some lines and not beside others",
        "\
Each line of a branch is applied alone and taken back, and all lines one after the other in every
order. This one leaves something behind where it meets others than in canonical order: often it makes
something only `IF NOT EXISTS`.

Way out: let the script do the same whatever other lines are applied.",
    ),
    Message::fault(
        "broken-reference-alone",
        "a view or a trigger needs a script of another line",
        "\
Where only its own line is applied, it refers to something that is not there; SQLite takes it, and
fails when it is next used.

Way out: `-- Depends On: <revision>`, with the one that makes it, or move the statement below the merge
point.",
    ),
    Message::fault(
        "fails-after-another-line",
        "a script fails where one of another line ran before it",
        "\
The lines of a branch can be applied in any order: a database may have had one of them for months when
the other is merged. Here the second one fails, since the first changed what it works on.

Way out: fix the order (`-- Depends On: …` in the one that has to come second), or move what the lines
share below the merge point.",
    ),
    Message::fault(
        "order-decides",
        "the lines of a branch, applied in another order, give another schema",
        "\
Two scripts of different lines change one object. Which of them runs first depends on when each was
merged, and so would the schema. The order of columns is not meant: it may differ.

Way out: fix the order with `-- Depends On: …`, or move what the lines share below the merge point.",
    ),
    Message::fault(
        "unknown-lint-revision",
        "a lint is allowed up to a revision that no script defines",
        "\
`[lints]` in `aludel.toml` and `allow` in the call of `embed_migrations!` can allow a lint up to a
revision: in that revision and in those that it needs. The revision is the last one of an old history.

    [lints]
    if-exists = { allow_up_to = \"3f2c9a1b7d10\" }

Help: write the whole id of a revision of the chain.",
    ),
    Message::note(
        "not-all-orders",
        "lines are so entangled that not all was tried",
        "\
Each line of a branch is tried alone, and all of them in every rotation; more than eight lines in the
reverse order. There is an end to it: six runs of a script for each script of the chain, on average,
and lines within lines 24 deep. What is beyond was tried in canonical order only.

Way out: merge lines that are done. What comes after a merge point is tried by itself.",
    ),
];
