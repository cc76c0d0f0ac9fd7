//! Errors and notes about running scripts.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "script-fails",
        "a statement fails",
        "\
The chain is executed on an empty database in memory: each script at its place, upgraded, downgraded
and upgraded again. The message contains SQLite's error.

To fix it, correct the statement. If it calls a function of the program, declare the function with its
number of arguments, `functions = [\"slug/1\"]`, in `aludel.toml` and in the macro call. If it needs
collations or modules of the program, declare that in the header: `-- Unproved: <reason>`.",
    ),
    Message::fault(
        "irreversible-script",
        "a script is irreversible and not part of an old history",
        "\
`Irreversible: <reason>` is for scripts from before Aludel that cannot be reverted, or lose data.
The proof runs their upgrades only, and no database can be downgraded past them. To keep this an
exception, the setting `irreversible_until` names the last revision of the old history: only that
revision and those that it needs may be irreversible.

To fix it, write a downgrade. If the script is part of an old history, set `irreversible_until` in
`aludel.toml` and in the call of `embed_migrations!`.",
    ),
    Message::fault(
        "unknown-irreversible-until",
        "the old history ends at a revision that does not exist",
        "\
The setting `irreversible_until` names the last revision of an old history, in which scripts may be
irreversible.

To fix it, write the full ID of a revision of this chain.",
    ),
    Message::fault(
        "upgrade-fails-again",
        "an upgrade fails after its own downgrade",
        "\
The upgrade ran and was downgraded, but the downgrade left something behind that conflicts with
running the upgrade again. Most often, these are rows.

To fix it, make the downgrade undo everything that the upgrade did.",
    ),
    Message::fault(
        "fails-from-head",
        "a downgrade fails when the whole chain is downgraded",
        "\
Each script passed at its own place in the chain. When the whole chain is downgraded, this downgrade
fails on rows or objects that later scripts left behind.

To fix it, make each downgrade undo what its upgrade did, even if later scripts ran in between.",
    ),
    Message::fault(
        "too-many-steps",
        "a statement takes too long",
        "\
A statement may take 50 million steps of SQLite's virtual machine, so that the compiler and the
editor never hang. The usual cause is a recursive query that does not end.

To fix it, limit the query, for example with LIMIT. Do long work on many rows in the program
instead.",
    ),
    Message::fault(
        "chain-too-many-steps",
        "the scripts together take too long",
        "\
A proof may take 500 million steps of SQLite's virtual machine, over all statements.

To fix it, limit the recursive queries. Do long work on many rows in the program instead.",
    ),
    Message::fault(
        "proof-too-long",
        "the proof takes too long",
        "\
The limits on steps, pages and memory are the same on every machine. The time limit is the last
resort for work that they do not stop, such as a single long call of a function. It is 60 seconds,
plus a tenth of a second for each script.

To fix it, make the statement do less work. On a slow machine, set a longer limit with
`ALUDEL_PROOF_SECONDS`.",
    ),
    Message::fault(
        "too-much-memory",
        "a statement needs too much memory",
        "\
In the compiler and in the program `aludel`, SQLite may use 1 GiB in total.

To fix it, write shorter texts and blobs, and sort fewer rows.",
    ),
    Message::fault(
        "too-many-pages",
        "a statement fills the scratch database",
        "\
The scratch database is in memory and limited to 64 MiB.

To fix it, insert large amounts of data from the program. A script should insert only the few rows
that belong to the schema.",
    ),
    Message::fault(
        "own-table",
        "a script changes a table that belongs to Aludel",
        "\
The version table holds the revision of a database, and the ledger holds what ran on it. Only the
runner writes them.

To fix it, remove the statement. `aludel stamp` records a revision without running it.",
    ),
    Message::fault(
        "not-authorized",
        "a statement is not allowed in a script",
        "\
It controls the transaction, the file or the connection, or loads an extension. None of these can be
rolled back.

To fix it, remove the statement.",
    ),
    Message::fault(
        "not-reversed",
        "a downgrade does not restore the schema",
        "\
The schema before the upgrade is compared with the schema after the downgrade. Both are compared as
SQLite parses them, not as text. The message lists the differences. If the downgrade drops something
that the upgrade did not create, it shows that statement too.

To fix it, make the downgrade undo every change of the upgrade.",
    ),
    Message::fault(
        "not-repeated",
        "an upgrade leads to a different schema the second time",
        "\
The script was upgraded, downgraded and upgraded again, and the second upgrade led to a different
schema than the first.

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
A temporary table, view or trigger belongs to a connection, and the next script may run on another
connection.

To fix it, drop it at the end of the same section.",
    ),
    Message::fault(
        "broken-reference",
        "a view or trigger refers to something that does not exist",
        "\
SQLite accepts it, but then every query of the view and every write to the trigger's table fails.

To fix it, correct the view or trigger. Or drop it before the object that it refers to, and recreate
it afterwards.",
    ),
    Message::fault(
        "scratch-database",
        "the scratch database failed",
        "\
This is an error of Aludel or of the machine, not of the scripts.

Please report it with the text of the message.",
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
Each branch is upgraded and downgraded alone. This downgrade changes something that another branch
created.

To fix it, make it undo what its own upgrade did, and nothing else.",
    ),
    Message::fault(
        "not-reversed-beside",
        "a downgrade restores the schema with some branches applied and not with others",
        "\
Each branch is upgraded and downgraded alone, and then all branches one after the other in every
order. In an order other than the canonical one, this script leaves something behind. Often it
creates something with `IF NOT EXISTS`.

To fix it, make the script do the same whichever branches are applied.",
    ),
    Message::fault(
        "broken-reference-alone",
        "a view or trigger needs a script of another branch",
        "\
If only its own branch is applied, it refers to something that does not exist. SQLite accepts it and
fails when it is used.

To fix it, add `-- Depends On: <revision>`, with the revision that creates it, or move the statement
below the merge point.",
    ),
    Message::fault(
        "fails-after-another-branch",
        "a script fails if a script of another branch ran before it",
        "\
The branches of a chain can be applied in any order: a database may have had one of them for months
when the other is merged. Here, the second one fails, because the first changed something that it
depends on.

To fix it, declare the order (`-- Depends On: …` in the script that must come second), or move what the
branches share below the merge point.",
    ),
    Message::fault(
        "order-decides",
        "branches, applied in a different order, lead to a different schema",
        "\
Two scripts of different branches change the same object. Which of them runs first depends on when
each was merged, and so does the schema. The order of columns is ignored.

To fix it, declare the order with `-- Depends On: …`, or move what the branches share below the merge
point.",
    ),
    Message::fault(
        "unknown-lint-revision",
        "a lint is allowed up to a revision that no script defines",
        "\
`[lints]` in `aludel.toml` and `allow` in the call of `embed_migrations!` can allow a lint up to a
revision, that is, in that revision and its ancestors. Use this for old scripts, and name the last
of them.

    [lints]
    if-exists = { allow_up_to = \"3f2c9a1b7d10\" }

To fix it, write the full ID of a revision of the chain.",
    ),
    Message::note(
        "not-all-orders",
        "there are too many branches to try every order",
        "\
Each branch is tried alone, and all of them in every rotation, or in reverse order if there are more
than eight. The proof stops after an average of six runs for each script of the chain, and at 24
levels of branches within branches. Everything beyond these limits was tried only in canonical
order.

To fix it, merge branches that are finished. What comes after a merge point is tried separately.",
    ),
];
