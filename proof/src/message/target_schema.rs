//! Errors in the target schema: models, a `schema.sql`, and the files in the `repeatable` folder.

use super::Message;

pub(super) const ALL: &[Message] = &[
    Message::fault(
        "models-differ",
        "the schema at the head differs from the target schema",
        "\
Models or a `schema.sql` define the schema that the program works with. The scripts lead to a
different schema: either a migration is missing, or the target schema was changed by mistake.

To fix it, generate the migration (`aludel revision --autogenerate -m \"…\"`), or correct the target
schema.",
    ),
    Message::fault(
        "target-fails",
        "the target schema cannot be created",
        "\
The statements of the target schema run on an empty scratch database. The message shows the
statement at which SQLite stopped.

To fix it, correct the statement. The output of `.dump` in the `sqlite3` shell contains statements
that only restore a dump. Use `.schema --nosys` instead, which prints only the schema.",
    ),
    Message::fault(
        "target-empty",
        "the target schema is empty",
        "\
An empty target schema would drop every table in the database. Usually the path is wrong, or the
file was not saved.

To fix it, write the schema that the database should have. To drop every table, write the script by
hand.",
    ),
    Message::fault(
        "target-without-models",
        "the files of the target schema contain no model",
        "\
A model is a struct with `#[derive(aludel::Table)]`. Structs that a macro generates are not found,
because the files are read without compiling them.

To fix it, list the files that contain the models.",
    ),
    Message::fault(
        "repeatable-differs",
        "a view or trigger at the head differs from its file",
        "\
As soon as the `repeatable` folder contains a file, the files in it define the views and triggers at
the head. The scripts create the reported object differently, or not at all.

To fix it, generate the migration (`aludel revision --autogenerate -m \"…\"`), or restore the file.",
    ),
    Message::fault(
        "repeatable-without-file",
        "a view or trigger at the head has no file",
        "\
As soon as the `repeatable` folder contains a file, each view and trigger at the head needs its own
file.

To fix it, write a file that creates it, or generate the migration that drops it
(`aludel revision --autogenerate -m \"…\"`).",
    ),
    Message::fault(
        "repeatable-statement",
        "a file in the `repeatable` folder does not consist of one view or trigger",
        "\
Each file in this folder defines one object, so that the history of the file is the history of the
object.

To fix it, move other statements into a migration script, and each view and trigger into its own
file.",
    ),
    Message::fault(
        "repeatable-used-twice",
        "two files in the `repeatable` folder define the same object",
        "\
Like SQLite, the comparison ignores the case of ASCII letters.

To fix it, remove one of the two files.",
    ),
    Message::fault(
        "repeatable-not-utf-8",
        "a file in the `repeatable` folder is not UTF-8",
        "\
SQLite expects UTF-8. A file in a different encoding would create an object with different
characters from those that the editor shows.

To fix it, save the file as UTF-8.",
    ),
];
