//! Errors in the keys of a header.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "no-keys",
        "a header has neither `Revision ID` nor `Revises`",
        "\
Without them, the script has no place in the chain.

To fix it, add `-- Revision ID: <id>`, with the ID from the file name, and
`-- Revises: <down revision>`. A base has `-- Revises:` with nothing after it.",
    ),
    Message::fault(
        "no-revision-id",
        "a header has no `Revision ID`",
        "\
Other scripts and databases refer to a script by its ID. The file name may change.

To fix it, add `-- Revision ID: <id>`, with the ID from the file name.",
    ),
    Message::fault(
        "no-revises",
        "a header has no `Revises`",
        "\
A script without a parent is a base, the beginning of a chain. A script without the line does not
count as a base, because the line may have been forgotten.

To fix it, add `-- Revises: <down revision>`. A base has `-- Revises:` with nothing after it.",
    ),
    Message::fault(
        "nearly-a-key",
        "a line of a header looks like a misspelled key",
        "\
A line is an error if its first words differ from a key by at most two letters. Otherwise,
`Revise: 49348f7a48f6` would be a comment, and the script would be a base.

To fix it, correct the key. If the line is a comment, reword it or remove the colon.",
    ),
    Message::fault(
        "key-twice",
        "a key is duplicated in a header",
        "\
There is no way to know which of the two lines is correct.

To fix it, keep one line. Separate multiple values with commas: `-- Revises: a, b`.",
    ),
    Message::fault(
        "empty-key",
        "a key has no value",
        "\
`Unproved`, `Irreversible`, `Outside Transaction`, `Imported From`, `Replaces`, `Loses` and `Allow`
need a value.

To fix it, add a value, or remove the line.",
    ),
    Message::fault(
        "no-origin",
        "the origin of an imported script is incomplete",
        "\
`aludel import` writes the tool, the version in the tool's table, and the checksums of the original
file. `aludel adopt` compares them with a database that the tool migrated.

To fix it, write at least the tool and the version, or remove the line.",
    ),
    Message::fault(
        "no-count",
        "`Replaces` is not a number of revisions",
        "\
`aludel squash` writes this key into the base. It is the number of released scripts that the base
replaced. Their checksums are in `frozen.lock`.

To fix it, restore the line from version control.",
    ),
    Message::fault(
        "illegal-id",
        "a revision ID is invalid",
        "\
IDs are typed on command lines next to keywords such as `head`, and become type names.

To fix it, use 1 to 32 characters of `A-Z a-z 0-9 _ .`, but not `head`, `heads`, `base` or `current`.",
    ),
    Message::fault(
        "illegal-label",
        "a branch label is invalid",
        "\
Labels are typed on command lines, as in `label@head`.

To fix it, use letters, digits, `_`, `.` and `-`, beginning with a letter, but not `head`, `heads`,
`base` or `current`.",
    ),
    Message::fault(
        "named-twice",
        "a key has a duplicate value",
        "\
`Revises: a, a` is a mistake. Most often, a different revision was intended.

To fix it, remove the duplicate, or replace it with the intended revision.",
    ),
    Message::fault(
        "file-name-without-id",
        "a file name does not contain the revision ID",
        "\
The file was copied or renamed, or the ID in its header was changed. Anyone who looks for a revision
by file name would open the wrong file.

To fix it, rename the file to `<id>_<slug>.sql` or `YYYY_MM_DD_HHMM-<id>_<slug>.sql`, or correct the
ID.",
    ),
    Message::fault(
        "same-type-name",
        "two IDs result in the same type name",
        "\
Each revision becomes a type `R<id>` in the program, with `.` replaced by `__`. So `a.b` and `a__b`
have the same type name.

To fix it, change one of the two IDs.",
    ),
    Message::fault(
        "unknown-lint",
        "`Allow` names an unknown lint",
        "\
`Allow: <lint>` in a header disables a lint for one script. A misspelled name disables nothing.

To fix it, correct the name. `aludel explain` lists the lints.",
    ),
];
