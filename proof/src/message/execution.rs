//! Errors and notes about running scripts.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "script-fails",
        "a statement fails",
        "\
The chain runs on an empty database in memory. Each script is upgraded, downgraded and upgraded
again at its place in the chain. The message shows SQLite's error.

To fix it, correct the statement. If it calls a function that your program defines, declare the
function's name and number of arguments in `aludel.toml` and in the macro call:
`functions = [\"slug/1\"]`. If it needs your program's collations or modules, add
`-- Unproved: <reason>` to the header.",
    ),
    Message::fault(
        "irreversible-script",
        "a script is irreversible and not part of an old history",
        "\
`Irreversible: <reason>` is for scripts from before Aludel that cannot be reverted, or that lose
data. The proof only runs their upgrades, and no database can be downgraded past them. To keep this
an exception, the `irreversible_until` setting names the last revision of the old history. Only that
revision and those that it needs may be irreversible.

To fix it, write a downgrade. If the script is part of an old history, set `irreversible_until` in
`aludel.toml` and in the call to `embed_migrations!`.",
    ),
    Message::fault(
        "unknown-irreversible-until",
        "the old history ends at a revision that does not exist",
        "\
The `irreversible_until` setting names the last revision of an old history, in which scripts may be
irreversible.

To fix it, set `irreversible_until` to the full ID of a revision in this chain.",
    ),
    Message::fault(
        "upgrade-fails-again",
        "an upgrade fails after its own downgrade",
        "\
The upgrade and its downgrade ran, but the downgrade left something behind, most often rows, so the
upgrade cannot run a second time.

To fix it, make the downgrade undo everything that the upgrade did.",
    ),
    Message::fault(
        "fails-from-head",
        "a downgrade fails when the whole chain is downgraded",
        "\
Each script passed at its own place in the chain. But when the whole chain is downgraded, this
downgrade fails on rows or objects that later scripts left behind.

To fix it, make each downgrade undo what its upgrade did, even if later scripts ran in between.",
    ),
    Message::fault(
        "too-many-steps",
        "a statement takes too long",
        "\
A statement may take 50 million steps of SQLite's virtual machine, so that the compiler and the
editor never hang. The usual cause is a recursive query that does not end.

To fix it, limit the query, for example with LIMIT. Do long-running work on many rows in the program
instead.",
    ),
    Message::fault(
        "chain-too-many-steps",
        "the scripts together take too long",
        "\
All statements of a proof together may take 500 million steps of SQLite's virtual machine.

To fix it, limit the recursive queries. Do long-running work on many rows in the program instead.",
    ),
    Message::fault(
        "proof-too-long",
        "the proof takes too long",
        "\
The limits on steps, pages and memory are the same on every machine. The time limit is a last resort
for work that they do not stop, such as a single long function call. It is 60 seconds, plus a tenth
of a second for each script.

To fix it, make the statement do less work. On a slow machine, set a longer limit with
`ALUDEL_PROOF_SECONDS`.",
    ),
    Message::fault(
        "too-much-memory",
        "a statement needs too much memory",
        "\
In the compiler and in the `aludel` command, SQLite may use 1 GiB in total.

To fix it, use shorter text and blobs, and sort fewer rows.",
    ),
    Message::fault(
        "too-many-pages",
        "a statement fills the scratch database",
        "\
The scratch database is in memory, and its size is limited to 64 MiB.

To fix it, insert large amounts of data from the program. A script should insert only the few rows
that belong to the schema.",
    ),
    Message::fault(
        "own-table",
        "a script changes a table that belongs to Aludel",
        "\
The version table contains the revision of a database, and the ledger records the scripts that ran
on it. Only the runner may write to them.

To fix it, remove the statement. `aludel stamp` records a revision without running it.",
    ),
    Message::fault(
        "not-authorized",
        "a statement is not allowed in a script",
        "\
The statement controls the transaction, changes the database file or the connection, or loads an
extension. None of these can be rolled back.

To fix it, remove the statement.",
    ),
    Message::fault(
        "not-reversed",
        "a downgrade does not restore the schema",
        "\
The proof compares the schema before the upgrade with the schema after the downgrade, as SQLite
parses them, not as text. The message lists the differences. If the downgrade drops something that
the upgrade did not create, the message shows that statement too.

To fix it, make the downgrade undo every change of the upgrade.",
    ),
    Message::fault(
        "not-repeated",
        "an upgrade leads to a different schema the second time",
        "\
The script was upgraded, downgraded and upgraded again. The second upgrade led to a different schema
than the first.

To fix it, make the downgrade restore what the upgrade found.",
    ),
    Message::fault(
        "left-at-base",
        "downgrading the whole chain leaves something behind",
        "\
Each script passed at its own place in the chain, but downgrading all of them leaves something
behind.

To fix it, make each downgrade undo what its upgrade did, even if later scripts ran in between.",
    ),
    Message::fault(
        "temporary-object",
        "a section leaves a temporary object behind",
        "\
A temporary table, view or trigger belongs to its connection, and the next script may run on a
different one.

To fix it, drop it at the end of the same section.",
    ),
    Message::fault(
        "broken-reference",
        "a view or trigger refers to something that does not exist",
        "\
SQLite accepts it, but then every query on the view and every write to the trigger's table fails.

To fix it, correct the view or trigger, or drop it before the object that it refers to, and recreate
it afterwards.",
    ),
    Message::fault(
        "scratch-database",
        "the scratch database failed",
        "\
This is an error of Aludel or of the machine, not of the scripts.

Please report it, and include the text of the message.",
    ),
    Message::fault(
        "fails-alone",
        "an upgrade needs a script of another branch",
        "\
If a chain has branches, a database can have one of them without the other. In canonical order, this
script runs after the other branch only by chance. It fails on a database to which the other branch
was not applied.

           ┌─ b2 (adds photos.rating) ─┐
      a1 ──┤                           ├── d4
           └─ c3 (indexes it) ─────────┘

To fix it, declare the dependency (`-- Depends On: b2` in the header of `c3`), or move the statement
below the merge point.",
    ),
    Message::fault(
        "downgrade-fails-alone",
        "a downgrade needs a script of another branch",
        "\
The proof upgrades and downgrades each branch alone. This downgrade changes something that another
branch created.

To fix it, make the downgrade undo what its own upgrade did, and nothing else.",
    ),
    Message::fault(
        "not-reversed-beside",
        "a downgrade restores the schema with some branches applied, but not with others",
        "\
The proof upgrades and downgrades each branch alone, and then all branches one after another, in
every order. In an order other than the canonical one, this script leaves something behind. Often,
it creates something with `IF NOT EXISTS`.

To fix it, make the script do the same thing whichever branches are applied.",
    ),
    Message::fault(
        "broken-reference-alone",
        "a view or trigger needs a script of another branch",
        "\
If only its own branch is applied, the view or trigger refers to something that does not exist.
SQLite accepts that, but every use fails.

To fix it, add `-- Depends On: <revision>`, with the revision that creates the missing object, or
move the statement below the merge point.",
    ),
    Message::fault(
        "fails-after-another-branch",
        "a script fails if a script of another branch ran before it",
        "\
The branches of a chain can be applied in any order: one may have been applied months before the
other is merged. Here, the second one fails because the first changed something that it depends on.

To fix it, declare the order (`-- Depends On: …` in the script that must come second), or move what the
branches share below the merge point.",
    ),
    Message::fault(
        "order-decides",
        "the schema depends on the order in which branches are applied",
        "\
Two scripts of different branches change the same object. Which script runs first, and therefore the
schema, depends on when each was merged. The order of columns is ignored.

To fix it, declare the order with `-- Depends On: …`, or move what the branches share below the merge
point.",
    ),
    Message::fault(
        "unknown-lint-revision",
        "a lint is allowed up to a revision that no script defines",
        "\
`[lints]` in `aludel.toml` and `allow` in `embed_migrations!` can allow a lint up to a revision,
that is, in that revision and its ancestors. Use this for old scripts, with the last of them as the
revision.

    [lints]
    if-exists = { allow_up_to = \"3f2c9a1b7d10\" }

To fix it, use the full ID of a revision in this chain.",
    ),
    Message::note(
        "not-all-orders",
        "there are too many branches to try every order",
        "\
The proof tries each branch alone, and all of them in every rotation, or in reverse order if there
are more than eight. It stops after an average of six runs per script, and at 24 levels of nested
branches. Everything beyond these limits was only tried in canonical order.

To fix it, merge branches that are finished. Scripts after a merge point are tried separately.",
    ),
];
