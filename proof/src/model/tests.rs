//! Tests that read models from source text.

use aludel_core::problem::{Place, Problem, Style};

use super::{Read, read_models};
use crate::target_schema::TargetSchema;

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn reported(problems: &[Problem]) -> String {
    let reported: Vec<String> = problems.iter().map(|problem| problem.render(Style::Plain)).collect();
    reported.join("\n\n")
}

/// Returns the SQL of the models in a file, or its errors.
fn sql(text: &str) -> Result<String, String> {
    read_models([("src/models.rs", text)])
        .map(|models| models.to_sql())
        .map_err(|problems| reported(&problems))
}

/// Returns the errors in a file, each as `line:column: title`.
fn faults(text: &str) -> Vec<String> {
    let problems = read_models([("src/models.rs", text)]).err().unwrap_or_default();
    let place = |problem: &Problem| problem.place.as_ref().map_or((0, 0), Place::line_and_column);
    problems
        .iter()
        .map(|problem| {
            let (line, column) = place(problem);
            format!("{line}:{column}: {}", problem.title())
        })
        .collect()
}

#[test]
fn everything_that_can_be_said_is_written_as_a_careful_person_would() -> TestResult {
    let text = r#"
        #[derive(Debug, aludel::Table)]
        #[table(
            name = "photos", strict, renamed_from = "pictures",
            unique(title, library_id), unique(name = "uq_place", latitude, longitude),
            check("width > 0"), check(name = "ck_height", "height > 0"),
            foreign_key(name = "fk", columns(library_id, title), references = "libraries(id, name)", on_delete = "set null",
                on_update = "CASCADE", deferrable),
            index(columns("date DESC", id)),
            index(name = "ix_lower", columns("lower(title)"), where = "deleted_at IS NULL", unique),
        )]
        struct Photo {
            #[column(primary_key, autoincrement)]
            id: Option<i64>,
            #[column(collate = "NOCASE", default = "''", check = "length(title) < 100", unique)]
            title: String,
            #[column(default = "datetime('now')")]
            date: chrono::NaiveDateTime,
            deleted_at: Option<jiff::Timestamp>,
            #[column(default = "-1")]
            width: u32,
            height: u32,
            latitude: Option<f64>,
            longitude: Option<f32>,
            #[column(index, renamed_from = "collection")]
            library_id: Option<i64>,
            #[column(default = "0")]
            favourite: bool,
            exif: serde_json::Value,
            thumbnail: Option<Vec<u8>>,
            #[column(generated = "width * height", stored)]
            area: i64,
            #[column(name = "order", sql_type = "ANY")]
            order_by: Option<Anything>,
            #[column(skip)]
            loaded: bool,
            r#type: String,
        }

        #[derive(Table)]
        #[table(name = "libraries", without_rowid, primary_key(id, name))]
        struct Library { id: i64, #[column(sql_type = "VARCHAR(255)")] name: String, made: time::Date }
    "#;
    insta::assert_snapshot!(sql(text)?, @r#"
    CREATE TABLE photos (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL DEFAULT '' COLLATE NOCASE UNIQUE CHECK (length(title) < 100),
        date TEXT NOT NULL DEFAULT (datetime('now')),
        deleted_at TEXT,
        width INTEGER NOT NULL DEFAULT -1,
        height INTEGER NOT NULL,
        latitude REAL,
        longitude REAL,
        library_id INTEGER,
        favourite INTEGER NOT NULL DEFAULT 0,
        exif TEXT NOT NULL,
        thumbnail BLOB,
        area INTEGER NOT NULL GENERATED ALWAYS AS (width * height) STORED,
        "order" ANY,
        type TEXT NOT NULL,
        UNIQUE (title, library_id),
        CONSTRAINT uq_place UNIQUE (latitude, longitude),
        CONSTRAINT fk FOREIGN KEY (library_id, title) REFERENCES libraries (id, name) ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
        CHECK (width > 0),
        CONSTRAINT ck_height CHECK (height > 0)
    ) STRICT;

    CREATE INDEX ix_photos_library_id ON photos (library_id);
    CREATE INDEX ix_photos_date_id ON photos (date DESC, id);
    CREATE UNIQUE INDEX ix_lower ON photos (lower(title)) WHERE deleted_at IS NULL;

    CREATE TABLE libraries (
        id INTEGER NOT NULL,
        name VARCHAR(255) NOT NULL,
        made DATE NOT NULL,
        PRIMARY KEY (id, name)
    ) WITHOUT ROWID;
    "#);
    let models = read_models([("src/models.rs", text)]).map_err(|problems| reported(&problems))?;
    let target = TargetSchema::of_models(Vec::new(), &models).map_err(|problems| reported(&problems))?;
    insta::assert_debug_snapshot!(target.hints, @r#"
    [
        Table {
            was: "pictures",
            is: "photos",
        },
        Column {
            table: "photos",
            was: "collection",
            is: "library_id",
        },
    ]
    "#);
    Ok(())
}

#[test]
fn other_code_is_read_past_and_inline_modules_are_looked_into() -> TestResult {
    let text = "#!/usr/bin/env run\n#![allow(unused)]\nuse x::{y, Table};\nmod other;\nmacro_rules! m { () => { struct No; } }\n\
        fn main() { #[derive(Table)] struct InAFunction { id: i64 } }\nimpl X for Y { fn f(&self) -> &'static str { \"{\" } }\n\
        const N: usize = { 1 };\n#[derive(Clone)] struct Plain { id: i64 }\nmod a { pub(crate) mod b {\n\
        #[cfg_attr(feature = \"x\", derive(Table))] pub(super) struct HTTPServer2 { pub id: i64 } } }\n\
        #[cfg(test)] mod tests { #[derive(Table)] struct T { id: i64 } }\n#[cfg(test)] #[derive(Table)] struct U { id: i64 }\n\
        async unsafe extern \"C\" fn newer_syntax<const N: usize>() -> impl use<> Fn() {}\n";
    assert_eq!(sql(text)?, "CREATE TABLE http_server2 (\n    id INTEGER NOT NULL\n);\n");
    assert_eq!(sql("")?, "");
    Ok(())
}

#[test]
fn every_fault_of_a_struct_is_told_at_its_place() {
    let text = r#"
#[derive(Table)]
#[table(nme = "x", strict = true, primary_key, unique(titel), index(columns("lower(a)")), check("a; b"), name)]
struct Photo {
    #[column(primery_key, name = 3, default)]
    id: i64,
    #[column(unique, unique, sql_type = "TEXT NOT NULL")]
    title: String,
    #[column(references = "a b", on_delete = "CASCAD")]
    größe: Option<Size>,
    #[column(skip, index)]
    name: &'static str,
    #[column(stored, on_update = "CASCADE", default = "", check = "a -- b")]
    width: &'static str,
    #[column]
    twice: std::collections::HashMap<String, Vec<u8>>,
}

#[derive(Table)]
enum Either { A }

#[derive(Table)]
struct Unit;

#[derive(Table)]
struct Empty { #[column(skip)] id: i64 }

#[derive(Table)]
struct Borrowing<'a> { id: std::borrow::Cow<'a, str> }

#[derive(Table)]
#[table(index(columns(a, b DESC)), unique(a DESC), check(a > 0), foreign_key(columns(a = 1), references = "t"))]
struct SqlWithoutQuotes {
    a: i64,
    #[column(references(t, id), on_delete = "CASCADE")]
    b: i64,
}
"#;
    insta::assert_snapshot!(faults(text).join("\n"), @r#"
    3:9: unknown argument `nme` in `#[table(…)]`
    3:27: `strict` takes no value, found one
    3:35: missing value: expected `primary_key(…)`
    3:55: this struct has no field `titel` that is a column
    3:63: an index on an expression needs a name
    3:97: the value of `check` is not one SQL expression
    3:106: missing value: expected `name = "…"`
    5:14: unknown argument `primery_key` in `#[column(…)]`
    5:34: the value of `name` must be a string
    5:37: missing value: expected `default = "0"`
    7:22: duplicate argument `unique`
    7:30: `TEXT NOT NULL` is not a type: expected words, and at most two numbers, such as `VARCHAR(255)`
    9:14: `a b` does not name a parent: expected a table and its columns, such as `libraries(id)`
    9:34: `CASCAD` is not a foreign key action
    10:12: no SQL type is known for `Option<Size>`
    11:20: `index` and `skip` are mutually exclusive
    13:14: `stored` has no effect without `generated`
    13:22: `on_update` has no effect without `references`
    13:55: the value of `default` is empty
    13:67: the value of `check` is not one SQL expression
    14:12: `&'static str` is borrowed, but rows are read into owned values
    15:7: expected `#[column(…)]`
    16:12: no SQL type is known for `std::collections::HashMap<String, Vec<u8>>`
    20:6: expected a struct as a model, found an enum
    23:8: expected named fields, since columns have names
    26:8: this model has no columns, but a table in SQLite needs at least one
    29:17: a model cannot have generic parameters, because it describes one table, and its rows are read into owned values
    32:26: expected the name of a field, or SQL in quotes
    32:43: expected the name of a field
    32:58: expected an SQL expression in quotes
    32:86: expected the name of a field
    35:14: missing value: expected `references = "libraries(id)"`
    "#);
}

#[test]
fn sqlite_judges_what_is_left_and_the_part_at_fault_is_marked() {
    let text = r#"
#[derive(Table)]
#[table(strict, index(name = "a", columns("lower(nme)")))]
struct Users { #[column(primary_key)] id: i64, name: String }

#[derive(Table)]
#[table(check("widht > 0"))]
struct Photos { #[column(primary_key)] id: i64, width: i64, height: i64 }

#[derive(Table)]
struct Versions { #[column(primary_key, autoincrement)] id: String, #[column(check = "oops(")] size: i64 }

#[derive(Table)]
#[table(strict)]
struct Sizes { id: i64, #[column(sql_type = "VARCHAR")] size: String, #[column(check = "of_the_application(more) COLLATE mine")] more: i64 }

#[derive(Table)]
struct Sums { #[column(default = "id + 1")] id: i64, #[column(generated = "nothing + 1")] size: i64 }
"#;
    insta::assert_snapshot!(faults(text).join("\n"), @"11:86: the value of `check` is not one SQL expression");
    insta::assert_snapshot!(faults(&text.replace("\"oops(\"", "\"1\"")).join("\n"), @r#"
    3:17: SQLite rejects table `users`: no such column: nme
    7:9: SQLite rejects table `photos`: no such column: widht
    11:41: SQLite rejects table `versions`: AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY
    15:34: SQLite rejects table `sizes`: unknown datatype for sizes.size: "VARCHAR"
    18:24: SQLite rejects table `sums`: default value of column [id] is not constant
    "#);
}

#[test]
fn names_are_judged_between_all_models() {
    let text = r#"
#[derive(Table)]
struct Users { #[column(primary_key)] id: i64, name: String, #[column(name = "NAME")] other: String }
"#;
    insta::assert_snapshot!(faults(text).join("\n"), @"3:71: duplicate column `NAME`; SQLite ignores the case of names");
    let others = r#"
#[derive(Table)]
#[table(renamed_from = "users", index(name = "users", columns(name)), index(name = "same", columns(name)))]
struct Photos { #[column(primary_key)] id: i64, name: String }
#[derive(Table)]
#[table(name = "PHOTOS", foreign_key(columns(id, name), references = "photos(id)"))]
struct Again { id: i64, #[column(renamed_from = "id")] name: String }
#[derive(Table)]
struct Versions {
    #[column(references = "photo(id)")] a: i64,
    #[column(references = "photos(idd)")] b: i64,
    #[column(references = "photos(name)")] c: i64,
    #[column(references = "photos")] d: i64,
}
"#;
    insta::assert_snapshot!(faults(others).join("\n"), @r#"
    6:26: the column counts of this foreign key differ: 2 in this table, 1 in the parent
    7:34: `renamed_from = "id"`, but `id` is still in use
    "#);
    let others = others
        .replace("foreign_key(columns(id, name), references = \"photos(id)\")", "strict")
        .replace("renamed_from = \"id\"", "index");
    let users = "#[derive(Table)] #[table(index(name = \"same\", columns(id)))] struct Users { id: i64 }";
    let read = Read::files([("src/photos.rs", others.as_str()), ("src/users.rs", users)]);
    assert_eq!(read.of_structs, []);
    insta::assert_snapshot!(reported(&read.of_all), @r#"
    `renamed_from = "users"`, but `users` is still in use
     --> src/photos.rs:3:9
      |
    3 | #[table(renamed_from = "users", index(name = "users", columns(name)), index(name = "same", columns(name)))]
      |         ^^^^^^^^^^^^^^^^^^^^^^ this name
      |
      = help: `renamed_from` is the previous name; remove it if nothing was renamed

    `users` is already the name of another index or table
     --> src/photos.rs:3:33
      |
    3 | #[table(renamed_from = "users", index(name = "users", columns(name)), index(name = "same", columns(name)))]
      |                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the second one
      |
      = help: rename it: all indexes and tables of a database must have different names

    table `PHOTOS` has two models
     --> src/photos.rs:7:8
      |
    4 | struct Photos { #[column(primary_key)] id: i64, name: String }
      |        ------ the first one
    ...
    7 | struct Again { id: i64, #[column(index)] name: String }
      |        ^^^^^ the second one
      |
      = help: keep one of the two, or set a different `name` for one of them

    no model defines table `photo`, which this foreign key refers to
      --> src/photos.rs:10:14
       |
    10 |     #[column(references = "photo(id)")] a: i64,
       |              ^^^^^^^^^^^^^^^^^^^^^^^^ this parent
       |
       = help: did you mean `photos`?

    table `photos` has no column `idd`, which this foreign key refers to
      --> src/photos.rs:11:14
       |
    11 |     #[column(references = "photos(idd)")] b: i64,
       |              ^^^^^^^^^^^^^^^^^^^^^^^^^^ this parent
       |
       = help: did you mean `id`?

    `name` of `photos` is neither its primary key nor unique, as a foreign key requires
      --> src/photos.rs:12:14
       |
    12 |     #[column(references = "photos(name)")] c: i64,
       |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^ this parent
       |
       = help: refer to the primary key, or make the parent's columns unique

    `same` is already the name of another index or table
     --> src/users.rs:1:26
      |
    1 | #[derive(Table)] #[table(index(name = "same", columns(id)))] struct Users { id: i64 }
      |                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the second one
      |
      = help: rename it: all indexes and tables of a database must have different names
    "#);
}

#[test]
fn what_is_not_rust_is_told_at_its_place() {
    insta::assert_snapshot!(faults("struct A {\n    id: i64,\n").join("\n"), @"1:10: this file is not valid Rust: cannot parse string into token stream");
    insta::assert_snapshot!(faults("#[derive(Table)]\nstruct A { id i64 }").join("\n"), @"2:15: this file is not valid Rust: expected `:`");
}
