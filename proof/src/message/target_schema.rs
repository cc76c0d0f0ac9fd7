//! Errors in the target schema: models, a `schema.sql`, and the files in the `repeatable` folder.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "models-differ",
        "the schema at the head differs from the target schema",
        "\
Models or a `schema.sql` define the schema that the program works with. The scripts lead to a
different schema, so a migration is missing, or the target schema was changed by mistake.

To fix it, generate the migration (`aludel revision --autogenerate -m \"…\"`), or correct the target
schema.",
    ),
    Message::fault(
        "target-fails",
        "the target schema cannot be created",
        "\
The statements of the target schema run on an empty scratch database. SQLite stopped at the one that
the message shows.

To fix it, correct the statement. The output of `.dump` in the `sqlite3` shell contains statements
that only restore a dump. Use `.schema --nosys` instead, which prints only the schema.",
    ),
    Message::fault(
        "target-empty",
        "the target schema is empty",
        "\
An empty target schema would drop every table of the database. Usually the path is wrong, or the file
was not saved.

To fix it, write the schema that the database should have. To drop every table, write the script by
hand.",
    ),
    Message::fault(
        "target-without-models",
        "the files of the target schema contain no model",
        "\
A model is a struct with `#[derive(aludel::Table)]`. Structs that a macro generates are not found,
because the files are read without compiling them.

To fix it, name the files that contain the models.",
    ),
    Message::fault(
        "repeatable-differs",
        "a view or trigger at the head differs from its file",
        "\
As soon as there is a file in the folder `repeatable`, these files define the views and triggers at
the head. The scripts create the object in the message differently, or not at all.

To fix it, generate the migration (`aludel revision --autogenerate -m \"…\"`), or restore the file.",
    ),
    Message::fault(
        "repeatable-without-file",
        "a view or trigger at the head has no file",
        "\
As soon as there is a file in the folder `repeatable`, each view and each trigger at the head needs
one.

To fix it, write a file that creates it, or generate the migration that drops it
(`aludel revision --autogenerate -m \"…\"`).",
    ),
    Message::fault(
        "repeatable-statement",
        "a file in the folder `repeatable` does not consist of one view or trigger",
        "\
Each file in this folder defines one object, so that the history of the file is the history of the
object.

To fix it, move other statements into a migration script, and each view and trigger into its own
file.",
    ),
    Message::fault(
        "repeatable-used-twice",
        "two files in the folder `repeatable` define the same object",
        "\
Names are compared as SQLite compares them, without regard to the case of ASCII letters.

To fix it, remove one of the two files.",
    ),
    Message::fault(
        "repeatable-not-utf-8",
        "a file in the folder `repeatable` is not UTF-8",
        "\
SQLite stores text as Unicode. In another encoding, it would store different characters from those
that the editor shows.

To fix it, save the file as UTF-8.",
    ),
];
