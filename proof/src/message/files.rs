//! Errors in the folder and its files.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "no-folder",
        "the folder of the scripts does not exist",
        "\
`embed_migrations!(\"migrations\")` looks next to the crate's own `Cargo.toml`, then next to the
workspace manifest above it. `\"./migrations\"` is relative to the source file.

To fix it, create the folder with its first script (`aludel init`), or correct the path.",
    ),
    Message::fault(
        "not-a-folder",
        "the path of the scripts is a file, not a folder",
        "\
The path leads to a file. Scripts are separate files in one folder.

To fix it, use the path of the folder that contains the scripts.",
    ),
    Message::fault(
        "unreadable",
        "a file or folder cannot be read",
        "\
The message shows the operating system's error. A script that cannot be read cannot be skipped
either, because the chain would look shorter than it is.

To fix it, restore the file from version control, and make it readable for the user who compiles the
program.",
    ),
    Message::fault(
        "not-a-regular-file",
        "a script is not a regular file",
        "\
A pipe or a device would block the compiler, and a folder contains no SQL. A link to a regular file
is followed.

To fix it, replace it with a regular file, or move it out of the folder.",
    ),
    Message::fault(
        "file-too-large",
        "a script is larger than the limit of 8 MiB",
        "\
The compiler and the editor read each script as a whole. A larger file is usually a dump that was
put into the folder by mistake.

To fix it, split the script, or raise the limit in bytes: set `max_file_size = 16777216` in
`aludel.toml`, and call `embed_migrations!(\"migrations\", max_file_size = 16777216)`.",
    ),
    Message::fault(
        "unavailable-dialect",
        "this build cannot read the dialect of the scripts",
        "\
`dialect = \"postgresql\"` needs the `postgres` feature of the crate that reads the scripts. A build
without it contains no code for PostgreSQL.

To fix it, enable the feature, or correct `dialect`.",
    ),
    Message::fault(
        "empty-folder",
        "the folder contains no script",
        "\
A chain without revisions has no head that a program could require. Often, the path is wrong.

To fix it, write the first script (`aludel revision -m \"…\"`), or correct the path.",
    ),
    Message::fault(
        "not-a-script",
        "a file looks like a script, but its name does not end in `.sql`",
        "\
Only `*.sql` files are read. Without this error, a file such as `b2_tags.SQL` or `b2_tags.sql.bak`
would be silently skipped, although it was meant to run.

To fix it, rename the file to `<revision id>_<slug>.sql`, or move it out of the folder.",
    ),
    Message::fault(
        "in-a-subfolder",
        "a script is in a subfolder",
        "\
Subfolders are not read, so this script would be silently skipped. `frozen.lock` is only read in the
folder itself.

To fix it, move the file into the folder itself, or out of the folder. To keep scripts in subfolders,
set `recursive = true` in `aludel.toml`, and call `embed_migrations!(\"migrations\", recursive = true)`.",
    ),
    Message::fault(
        "name-not-utf-8",
        "a file name is not valid UTF-8",
        "\
Messages, the ledger and generated code contain the file name, so it must be UTF-8.

To fix it, rename the file to `<revision id>_<slug>.sql`.",
    ),
    Message::fault(
        "not-utf-8",
        "a script is not valid UTF-8",
        "\
SQLite expects the text of statements in UTF-8. A script in a different encoding would write broken
text into every database.

To fix it, save the file as UTF-8.",
    ),
    Message::fault(
        "nul-byte",
        "a script contains a NUL byte",
        "\
SQLite stops reading a statement at a NUL byte and silently ignores the rest. PostgreSQL cannot store
the byte in text.

To fix it, remove the byte. On SQLite, write `char(0)` or a blob literal such as `x'00'`.",
    ),
    Message::fault(
        "not-a-migration",
        "a `.sql` file in the folder is not a script: it has no keys and no sections",
        "\
Every `.sql` file in the folder must be a script.

To fix it, add a header and sections, or move the file out of the folder.",
    ),
    Message::fault(
        "no-header",
        "a script has no header",
        "\
A script begins with comment lines: the message, and the keys that define its place in the chain.

    -- Add the favourite flag to photos
    --
    -- Revision ID: 3f2c9a1b7d10
    -- Revises: 49348f7a48f6

To fix it, add the message and the keys above the first section. `aludel revision -m \"…\"` writes a
complete script.",
    ),
    Message::fault(
        "no-message",
        "a script has no message",
        "\
The first comment line describes what the script does. `history` and `log` show it, and the
generated type alias is named after it.

To fix it, write the message above the keys: `-- Add the favourite flag to photos`.",
    ),
    Message::fault(
        "no-file",
        "a file that defines the target schema does not exist",
        "\
The paths in `models = […]` and `schema = \"…\"` are relative to the crate's own `Cargo.toml`, or to
the workspace's.

To fix it, correct the path.",
    ),
];
