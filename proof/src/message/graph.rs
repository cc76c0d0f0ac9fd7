//! Of the edges between revisions.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "id-twice",
        "two scripts have one id",
        "\
Most often a script was copied, and kept its id.

Way out: give one of them another id, in its header and in its file name: the one that no database
knows yet.",
    ),
    Message::fault(
        "label-twice",
        "two revisions have one branch label",
        "\
A label stands for one branch, and names it on the command line.

Way out: choose another label for one of the two.",
    ),
    Message::fault(
        "label-is-an-id",
        "a branch label is the id of a revision",
        "\
A name stands for one revision wherever it is typed.

Way out: choose another label.",
    ),
    Message::fault(
        "unknown-down-revision",
        "a script revises a revision that no script defines",
        "\
The script of the parent was deleted, renamed, or is on a branch that is not merged yet.

Way out: restore it, or name the revision that comes before this one. A base says `-- Revises:` with
nothing after it.",
    ),
    Message::fault(
        "unknown-dependency",
        "a script depends on a revision that no script defines",
        "\
`Depends On` names what has to be applied before, by id or by label.

Way out: restore the script, or name one that exists.",
    ),
    Message::fault(
        "revises-itself",
        "a revision revises itself",
        "\
Most often the id of a new script was copied into both keys.

Way out: name the revision that comes before it.",
    ),
    Message::fault(
        "depends-on-itself",
        "a revision depends on itself",
        "\
It could never be applied, since it would have to be applied before itself.

Way out: remove the name, or name the revision that is meant.",
    ),
    Message::fault(
        "cycle",
        "revisions need each other in a circle",
        "\
Each of them would have to be applied before the others.

Way out: take one of the edges out. The message shows all of them.",
    ),
    Message::fault(
        "several-heads",
        "the chain has more heads than one",
        "\
Two people wrote a revision upon the same parent. `upgrade head` would not know which is meant, and a
program could not say which schema it serves.

Way out: let one revise the other, or merge them (`aludel merge heads -m \"…\"`). If several heads are
meant, say `multiple_heads` in `embed_migrations!`, or `--multiple-heads`.",
    ),
];
