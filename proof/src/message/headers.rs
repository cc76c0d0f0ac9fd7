//! Of the keys in a header.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "no-keys",
        "a header has neither `Revision ID` nor `Revises`",
        "\
Without them the script is nowhere in the chain.

Way out: add `-- Revision ID: <id>`, with the id that the file's name holds, and `-- Revises: <down
revision>`; a base says `-- Revises:` with nothing after it.",
    ),
    Message::fault(
        "no-revision-id",
        "a header has no `Revision ID`",
        "\
Other scripts and every database know a script by its id; the name of the file may change.

Way out: add `-- Revision ID: <id>`, with the id that the file's name holds.",
    ),
    Message::fault(
        "no-revises",
        "a header has no `Revises`",
        "\
A script without a parent is a base: the beginning of a chain. That is too much to be assumed of a
line that somebody forgot.

Way out: add `-- Revises: <down revision>`; a base says `-- Revises:` with nothing after it.",
    ),
    Message::fault(
        "nearly-a-key",
        "a line of a header is nearly a key",
        "\
`Revise: 49348f7a48f6` would be prose, and the script a base. So a line whose first words are within
two letters of a key is told.

Way out: write the key. If it is prose, word it differently or leave out the colon.",
    ),
    Message::fault(
        "key-twice",
        "a key stands twice in one header",
        "\
Which of the two is meant cannot be known.

Way out: keep one line. Several values are separated by commas: `-- Revises: a, b`.",
    ),
    Message::fault(
        "empty-key",
        "a key says nothing",
        "\
`Unproved`, `Loses` and `Allow` mean something by their value.

Way out: give it one, or remove the line.",
    ),
    Message::fault(
        "illegal-id",
        "an id cannot be the id of a revision",
        "\
Ids are typed on command lines, beside the words for places in the chain, and become names of types.

Way out: 1 to 32 of `A-Z a-z 0-9 _ .`, and none of `head`, `heads`, `base`, `current`.",
    ),
    Message::fault(
        "illegal-label",
        "a branch label cannot be one",
        "\
Labels are typed on command lines, as in `label@head`.

Way out: letters, digits, `_`, `.` and `-`, beginning with a letter, and none of `head`, `heads`,
`base`, `current`.",
    ),
    Message::fault(
        "named-twice",
        "a key names one thing twice",
        "\
`Revises: a, a` is a slip: most often another revision was meant.

Way out: name it once, or name the other one.",
    ),
    Message::fault(
        "file-name-without-id",
        "the name of a file does not hold its revision id",
        "\
A file that was copied or renamed, and a header that says something else: whoever looks for a
revision would open the wrong file.

Way out: name it `<id>_<slug>.sql` or `YYYY_MM_DD_HHMM-<id>_<slug>.sql`, or correct the id.",
    ),
    Message::fault(
        "same-type-name",
        "two ids would give one type",
        "\
Each revision is a type in the program, `R<id>`, in which `.` is written `__`; so `a.b` and `a__b`
are the same.

Way out: give one of the two another id.",
    ),
    Message::fault(
        "unknown-lint",
        "`Allow` names something that is no lint",
        "\
`Allow: <lint>` in a header switches a lint off for one script. A name that is none switches nothing
off, and hides that it does not.

Way out: name a lint. `aludel explain` lists them.",
    ),
];
