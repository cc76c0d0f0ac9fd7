//! Errors in the edges between revisions.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "id-twice",
        "two scripts have the same ID",
        "\
Most often, a script was copied and kept its ID.

To fix it, change the ID of the script that has not run on any database yet, in its header and in
its file name.",
    ),
    Message::fault(
        "label-twice",
        "two revisions have the same branch label",
        "\
A label names exactly one branch on the command line.

To fix it, choose a different label for one of the two.",
    ),
    Message::fault(
        "label-is-an-id",
        "a branch label is also the ID of a revision",
        "\
On the command line, a name must refer to exactly one revision.

To fix it, choose a different label.",
    ),
    Message::fault(
        "unknown-down-revision",
        "a script revises a revision that no script defines",
        "\
The parent's script was deleted or renamed, or it is on a branch of your version control that is not
merged yet.

To fix it, restore the parent, or set `Revises` to the revision that comes before this one. A base
has `-- Revises:` with nothing after it.",
    ),
    Message::fault(
        "unknown-dependency",
        "a script depends on a revision that no script defines",
        "\
`Depends On` names the revisions that must be applied before this one, by ID or by label.

To fix it, restore the script, or use an existing revision.",
    ),
    Message::fault(
        "revises-itself",
        "a revision revises itself",
        "\
Most often, the ID of a new script was copied into both keys.

To fix it, set `Revises` to the revision that comes before this one.",
    ),
    Message::fault(
        "depends-on-itself",
        "a revision depends on itself",
        "\
It could never be applied, because it must be applied before itself.

To fix it, remove the name, or replace it with the intended revision.",
    ),
    Message::fault(
        "cycle",
        "revisions depend on each other in a cycle",
        "\
Each of them must be applied before the others.

To fix it, remove one of the edges. The message shows all of them.",
    ),
    Message::fault(
        "several-heads",
        "the chain has multiple heads",
        "\
Most often, two people wrote revisions with the same parent. `upgrade head` would be ambiguous, and
the schema that the program needs would be undefined.

To fix it, make one revise the other, or merge them (`aludel merge heads -m \"…\"`). If multiple heads
are intended, set `multiple_heads` in `embed_migrations!`, or pass `--multiple-heads`.",
    ),
];
