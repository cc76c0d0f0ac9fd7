//! Errors in `proved.lock`, the list of proofs that ran on a server.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "no-proved-lock",
        "PostgreSQL scripts were never proved",
        "\
A compiler cannot run a PostgreSQL server. `aludel prove` runs the scripts on one, up and down, and
records the proved scripts in `proved.lock`.

To fix it, run `aludel prove`, and commit the file with the scripts.",
    ),
    Message::fault(
        "not-proved",
        "a script has no line in `proved.lock`",
        "\
The script is new. It may fail on a server, or its downgrade may not revert its upgrade.

To fix it, run `aludel prove`, and commit `proved.lock` with the script.",
    ),
    Message::fault(
        "proof-stale",
        "a script changed after it was proved",
        "\
The proof of a script covers its SQL, its sample rows, what its header declares, and all scripts
before it in canonical order. The message shows the edited script, and a note lists the scripts
after it. If no script was edited, two branches were merged, so a proof covers different earlier
scripts.

To fix it, run `aludel prove`. It proves only the scripts that changed and those after them.",
    ),
    Message::fault(
        "proved-lock-conflict",
        "`proved.lock` contains merge conflict markers",
        "\
Both sides of a merge proved scripts, and version control left both versions in the file.

To fix it, keep the lines of both sides and remove the markers. The order of lines does not matter.
Then run `aludel prove`, because scripts that now follow others must be proved after them.",
    ),
    Message::fault(
        "proved-lock-version",
        "`proved.lock` has an unknown format",
        "\
The first line of the file that is not a comment is its version. Either a different version of
Aludel wrote the file, or another program changed it.

To fix it, use the same version of the command and the library, and run `aludel prove`.",
    ),
    Message::fault(
        "proved-lock-line",
        "a line of `proved.lock` is malformed",
        "\
A line is `revision sha256 sha256 fingerprint server extensions`, separated by spaces, with `-` for no
extensions. Empty lines and lines that begin with `#` are ignored.

To fix it, restore the line from version control, or run `aludel prove`.",
    ),
    Message::fault(
        "proved-lock-not-utf-8",
        "`proved.lock` is not UTF-8",
        "\
`aludel prove` writes the file, and it contains only ASCII characters.

To fix it, restore the file from version control, or run `aludel prove`.",
    ),
];
