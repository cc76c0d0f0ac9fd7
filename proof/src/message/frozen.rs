//! Of the list of released scripts.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "frozen-script-edited",
        "a released script was edited",
        "\
It has run as it was on databases that will not run it again; from now on they would be another schema
than new ones. Message, date, prose, `sample` and `Allow` may be edited.

Way out: find the script as it was with the command that the message shows, restore it, and write a new
revision for the change.",
    ),
    Message::fault(
        "frozen-script-reparented",
        "a released script has other parents or dependencies than when it was released",
        "\
Databases stand at revisions of the chain as it was. Where a released script moves, they are somewhere
that the chain does not know, or would run scripts in an order that nobody tried.

Way out: restore `Revises` and `Depends On` as the message names them. A script that was written
meanwhile comes after it.",
    ),
    Message::fault(
        "frozen-script-missing",
        "a released script is not there",
        "\
Databases that have run it are `ahead` of a program without it, which refuses them.

Way out: restore the file from version control; the message shows the command that finds it.",
    ),
    Message::fault(
        "frozen-line-edited",
        "a line of `frozen.lock` does not agree with itself",
        "\
The script is as it was frozen by two of its numbers and is not by the third: somebody edited the line.

Way out: restore the line from version control. Only `aludel freeze` writes the file.",
    ),
    Message::fault(
        "lock-conflict",
        "`frozen.lock` holds the marks of a merge",
        "\
Both sides of a merge have frozen something, and version control left both in the file.

Way out: keep the lines of both sides, and remove the marks. Order does not matter.",
    ),
    Message::fault(
        "lock-line",
        "a line of `frozen.lock` is none",
        "\
A line is `revision revises depends-on sha256`, separated by spaces, with `-` where there is nothing, and
possibly two further words that `aludel freeze` writes. Lines that begin with `#` and empty ones are free.

Way out: restore the line from version control.",
    ),
    Message::fault(
        "lock-digest",
        "a checksum in `frozen.lock` is none",
        "\
It is a SHA-256 in hexadecimal: 64 digits. Something cut or changed it.

Way out: restore the line from version control.",
    ),
    Message::fault(
        "lock-revision",
        "a word in `frozen.lock` cannot be a revision",
        "\
Ids are 1 to 32 of `A-Z a-z 0-9 _ .`; several stand with commas between them, none as `-`.

Way out: restore the line from version control.",
    ),
    Message::fault(
        "lock-twice",
        "a revision stands twice in `frozen.lock`",
        "\
After a merge the same line may stand twice, or two that differ; which of those was released cannot be known.

Way out: keep the line that was released first, as version control tells.",
    ),
    Message::fault(
        "lock-not-utf-8",
        "`frozen.lock` is not UTF-8",
        "\
Something other than `aludel freeze` wrote it, or changed it on the way.

Way out: restore the file from version control.",
    ),
    Message::fault(
        "lock-unreadable",
        "`frozen.lock` cannot be read",
        "\
It is there, but it cannot be opened, is no regular file (a folder, a pipe, a device), or is larger than a
script may be.

Way out: let whoever builds read it.",
    ),
];
