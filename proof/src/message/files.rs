//! Of the folder and the files in it.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "no-folder",
        "the folder of the scripts is not there",
        "\
`embed_migrations!(\"migrations\")` looks beside the crate's own `Cargo.toml`, then beside the manifest
above it that has `[workspace]`; `\"./migrations\"` beside the source file.

Way out: create the folder with its first script (`aludel init`), or correct the path.",
    ),
    Message::fault(
        "not-a-folder",
        "a file stands where the folder of the scripts was expected",
        "\
The path leads to a file. The scripts are not listed in one file: each stands in its own, in a folder.

Way out: name the folder that holds the scripts.",
    ),
    Message::fault(
        "unreadable",
        "a file or a folder cannot be read",
        "\
The system refuses it; its words stand in the message. A script that cannot be read cannot be passed
over, since the chain would look shorter than it is.

Way out: make it readable for whoever compiles.",
    ),
    Message::fault(
        "not-a-regular-file",
        "a script is no regular file",
        "\
A pipe or a device would keep the compiler waiting, and a folder holds no script. A link to a regular file
is followed.

Way out: replace it with the file, or move it out of the folder.",
    ),
    Message::fault(
        "file-too-large",
        "a script is larger than the limit of 8 MiB",
        "\
A script is read as a whole, by the compiler and by every editor that asks it. What is larger is mostly a
dump that came into the folder by mistake.

Way out: split it, or raise the limit in bytes: `max_file_size = 16777216` in `aludel.toml`, and
`embed_migrations!(\"migrations\", max_file_size = 16777216)`.",
    ),
    Message::fault(
        "empty-folder",
        "the folder holds no script",
        "\
A chain without a revision has no head that a program could ask for. Often the path is the wrong one.

Way out: write the first script (`aludel revision -m \"…\"`), or correct the path.",
    ),
    Message::fault(
        "not-a-script",
        "a file looks like a script, but its name does not end in `.sql`",
        "\
Only `*.sql` is read. A file that looks like a script and would be passed over in silence
(`b2_tags.SQL`, `b2_tags.sql.bak`) is a migration that somebody believes in.

Way out: rename it to `<revision id>_<slug>.sql`, or move it out of the folder.",
    ),
    Message::fault(
        "in-a-subfolder",
        "a script stands in a subfolder",
        "\
The folder is read without its subfolders, so such a script would be passed over in silence.

Way out: move it up, or elsewhere.",
    ),
    Message::fault(
        "name-not-utf-8",
        "the name of a file is not UTF-8",
        "\
Messages, the ledger and generated code name the file, which they cannot do.

Way out: rename it to `<revision id>_<slug>.sql`.",
    ),
    Message::fault(
        "not-utf-8",
        "a script is not UTF-8",
        "\
SQLite takes the text of statements as UTF-8. A script in another encoding would bring broken text
into every database.

Way out: save the file as UTF-8.",
    ),
    Message::fault(
        "nul-byte",
        "a script holds a NUL byte",
        "\
SQLite stops reading a statement at a NUL byte, and says nothing of what comes after it.

Way out: remove the byte. In SQL, write `char(0)`, or a blob literal such as `x'00'`.",
    ),
    Message::fault(
        "not-a-migration",
        "a `.sql` file in the folder is no script: it has no keys and no sections",
        "\
Everything that ends in `.sql` in the folder of the scripts is one of them, or a mistake.

Way out: give it a header and sections, or move it out of the folder.",
    ),
    Message::fault(
        "no-header",
        "a script has no header",
        "\
A script begins with comment lines: the message, and the keys that say where it stands in the chain.

    -- Add the favourite flag to photos
    --
    -- Revision ID: 3f2c9a1b7d10
    -- Revises: 49348f7a48f6

Way out: write them above the first section. `aludel revision -m \"…\"` writes a whole script.",
    ),
    Message::fault(
        "no-message",
        "a script has no message",
        "\
The first comment line says what the script does. `history`, `log` and the names of the types are
made of it.

Way out: write it above the keys: `-- Add the favourite flag to photos`.",
    ),
    Message::fault(
        "no-file",
        "a file that says which schema is wanted is not there",
        "\
`models = […]` and `schema = \"…\"` name files beside the crate's own `Cargo.toml`, or beside the workspace's.

Way out: correct the path.",
    ),
];
