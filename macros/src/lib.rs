//! Aludel's macros. Users access them through the `aludel` crate.
//!
//! Each macro parses its call, calls `aludel-core` and `aludel-proof`, and emits tokens. Each stage
//! is in a separate file. A macro never panics on user input. On an error, it emits fallback types
//! along with the messages, so that one error does not cause others elsewhere.

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("expected the `sqlite` or `postgres` feature");

mod embed;
#[cfg(feature = "sqlite")]
mod table;

mod span_lock;

use proc_macro::TokenStream;

/// Embeds a folder of migration scripts as a typed chain, after proving it.
///
/// ```text
/// mod migrations {
///     aludel::embed_migrations!("migrations");
/// }
/// ```
///
/// `"migrations"` is relative to the crate's own `Cargo.toml`, or else to the nearest manifest
/// above it that has `[workspace]`. `"./migrations"` is relative to the source file that calls the
/// macro. The following arguments are optional and can be in any order:
///
/// - `multiple_heads`: allows multiple heads;
/// - `models = ["src/models.rs"]`: source files with models that must define the schema at the
///   head;
/// - `schema = "schema.sql"`: an SQL file that must define the schema at the head, instead of
///   models;
/// - `compare_column_order = true`, `compare_type = false`, `compare_server_default = false`,
///   `include = ["…"]`, `exclude = ["…"]`: the comparison settings, as in `[autogenerate]` of
///   `aludel.toml`;
/// - `version_table = "name"`: the version table, if it is not `alembic_version`;
/// - `functions = ["slug/1"]`: the program's functions that scripts call, each with its number of
///   arguments; the proof replaces them with substitutes;
/// - `allow = ["if-exists up to 3f2c9a1b7d10"]`: lints that are allowed, either in all scripts or
///   up to a revision, as in `[lints]` of `aludel.toml`;
/// - `irreversible_until = "3f2c9a1b7d10"`: the last revision of an old history, in which scripts
///   may be irreversible;
/// - `max_file_size = 16777216`: the size limit for a script in bytes, instead of 8 MiB;
/// - `recursive = true`: also reads scripts in subfolders;
/// - `dialect = "postgresql"`: the dialect of the scripts, if it is not SQLite's (requires the
///   `postgres` feature);
/// - `crate = path`: the path of the `aludel` crate, if it has another name.
///
/// The compiler proves SQLite scripts by running them. `aludel prove` proves PostgreSQL scripts on
/// a server, and the compiler checks that `proved.lock` covers them.
///
/// If the folder contains `frozen.lock`, the scripts that it lists must not have changed since
/// their release.
///
/// The macro generates the items `CHAIN`, `revision` (with one type per revision), `Heads`, and
/// `Head` if there is one head.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    let _turn = span_lock::turn();
    embed::embed_migrations(input.into()).into()
}

/// Makes a struct the model of a table, with one field per column.
///
/// ```text
/// #[derive(aludel::Table)]
/// #[table(name = "photos", index(columns("date DESC", uuid)))]
/// struct Photo {
///     #[column(primary_key)]
///     uuid: String,
///     date: NaiveDateTime,
///     title: Option<String>,
///     #[column(default = "0")]
///     favourite: bool,
///     #[column(references = "libraries(id)", on_delete = "SET NULL", index)]
///     library_id: Option<i64>,
/// }
/// ```
///
/// These are the attributes of a table. Fields are written as in Rust, and SQL is in quotes. Keys,
/// constraints and indexes accept `name = "…"`.
///
/// - `name = "…"`: the table's name, by default the struct's name in snake case.
/// - `strict`, `without_rowid`
/// - `primary_key(a, b)`, `unique(a, b)`, `check("width > 0")`
/// - `foreign_key(columns(a, b), references = "parent(x, y)")`
/// - `index(columns(a, "lower(b)", "c DESC"), where = "…", unique)`
/// - `renamed_from = "…"`
/// - `crate = path`: the path of the `aludel` crate, if it has another name.
///
/// These are the attributes of a column:
///
/// - `name`, `sql_type`: the name and the type, by default derived from the field.
/// - `nullable`, `not_null`: by default, a column is nullable if its field is an `Option`.
/// - `primary_key`, `autoincrement`, `unique`, `index`: `unique` with `index` creates a unique
///   index.
/// - `default`, `check`, `collate`, `generated` and `stored`
/// - `references` with `on_delete`, `on_update` and `deferrable`
/// - `renamed_from`
/// - `skip`: the field is not a column.
///
/// | type | column |
/// |---|---|
/// | integers | `INTEGER` |
/// | `f32`, `f64` | `REAL` |
/// | `String` | `TEXT` |
/// | `Vec<u8>`, `[u8; N]` | `BLOB` |
/// | `bool` | `BOOLEAN` |
/// | date and time types of chrono, jiff and time | `DATETIME`, `DATE`, `TIME` |
/// | `serde_json::Value` | `TEXT` |
/// | `Uuid` | `BLOB` |
///
/// A `STRICT` table supports only SQLite's own types. In such a table, a `bool` is `INTEGER`, and
/// date and time types are `TEXT`. Any other type needs `sql_type`. rusqlite reads and writes
/// another crate's types if its feature for that crate is enabled.
///
/// An `INTEGER PRIMARY KEY` is SQLite's rowid. If its field is an `Option<i64>`, inserting `None`
/// assigns the next number. The column is never NULL, and is declared `NOT NULL` only with the
/// `not_null` attribute.
#[cfg(feature = "sqlite")]
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    let _turn = span_lock::turn();
    table::derive(input.into()).into()
}
