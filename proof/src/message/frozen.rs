//! Errors in `frozen.lock`, the list of released scripts.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "frozen-script-edited",
        "a released script was edited",
        "\
Databases on which the original script ran will not run it again. If the script changes, these
databases end up with a different schema than new databases. Only the message, the date, comments,
`sample` sections and `Allow` may be edited.

To fix it, find the original with the command that the message shows, restore it, and write a new
revision for the change.",
    ),
    Message::fault(
        "frozen-script-reparented",
        "a released script has other parents or dependencies than when it was released",
        "\
Deployed databases are at revisions of the released chain. If a released script gets different
parents, the chain no longer contains the position of these databases, or they would run scripts in
an order that was never proved.

To fix it, restore `Revises` and `Depends On` to the values in the message. Scripts written since
then must come after it.",
    ),
    Message::fault(
        "frozen-script-missing",
        "a released script is missing",
        "\
Databases on which it ran are `ahead` of a program without it, and that program refuses to open
them.

To fix it, restore the file from version control. The message shows the command that finds it.",
    ),
    Message::fault(
        "frozen-line-edited",
        "a line of `frozen.lock` contradicts itself",
        "\
Two of the checksums in the line match the script and the third does not, so the line was edited.

To fix it, restore the line from version control. Only `aludel freeze` and `aludel squash` write the file.",
    ),
    Message::fault(
        "lock-conflict",
        "`frozen.lock` contains merge conflict markers",
        "\
Both sides of a merge froze scripts, and version control left both versions in the file.

To fix it, keep the lines of both sides and remove the markers. The order of lines does not matter.",
    ),
    Message::fault(
        "lock-line",
        "a line of `frozen.lock` is malformed",
        "\
A line is `revision revises depends-on sha256`, separated by spaces, with `-` for an empty field.
Two more fields, which `aludel freeze` writes, may follow. Empty lines and lines that begin with `#`
are ignored.

To fix it, restore the line from version control.",
    ),
    Message::fault(
        "lock-digest",
        "a checksum in `frozen.lock` is malformed",
        "\
A checksum is a SHA-256 of 64 hexadecimal digits. The line was truncated or edited.

To fix it, restore the line from version control.",
    ),
    Message::fault(
        "lock-revision",
        "a revision in `frozen.lock` is malformed",
        "\
An ID has 1 to 32 characters of `A-Z a-z 0-9 _ .`. Multiple IDs are separated by commas, and `-`
means none.

To fix it, restore the line from version control.",
    ),
    Message::fault(
        "lock-twice",
        "a revision is duplicated in `frozen.lock`",
        "\
After a merge, the file can contain the same line twice, or two lines that differ. There is then no
way to know which of the two was released.

To fix it, keep the line that was released first, according to version control.",
    ),
    Message::fault(
        "replaced-scripts-missing",
        "`frozen.lock` does not list as many replaced scripts as the base of a squash replaced",
        "\
These lines let the program recognize databases on which the replaced scripts ran. Without them, it
would refuse such a database, or mistake it for a different one.

To fix it, restore the lines from version control. Only `aludel squash` writes them.",
    ),
    Message::fault(
        "superseded-script-not-frozen",
        "`frozen.lock` lists a script as replaced or amended, but that script was never frozen",
        "\
A `replaced` or `amended` line contains the checksum of a released script. The line of that script
stays in the file.

To fix it, restore both lines from version control.",
    ),
    Message::fault(
        "lock-not-utf-8",
        "`frozen.lock` is not valid UTF-8",
        "\
Something other than `aludel freeze` wrote or changed the file.

To fix it, restore the file from version control.",
    ),
    Message::fault(
        "lock-unreadable",
        "`frozen.lock` cannot be read",
        "\
The file exists, but it cannot be opened, is not a regular file (a folder, a pipe, a device), or is
larger than the limit for a script.

To fix it, restore the file from version control, and make it readable for the user who compiles the
program.",
    ),
];
