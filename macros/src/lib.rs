//! Aludel's macros. Users reach them through the crate `aludel`.
//!
//! Each macro parses its call, calls `aludel-core` and `aludel-proof`, and emits tokens, with one file per stage. It
//! never panics on user input. On an error it emits fallback types next to the messages, so that
//! one error does not cause another elsewhere.

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("expected the feature `sqlite` or `postgres`");

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
/// `"migrations"` is resolved relative to the crate's own `Cargo.toml`, or else to the nearest
/// manifest above it that has `[workspace]`. `"./migrations"` is relative to the source file that
/// calls the macro. Optional arguments, in any order:
///
/// - `multiple_heads`: allows several heads;
/// - `models = ["src/models.rs"]`: source files with models that must define the schema at the
///   head;
/// - `schema = "schema.sql"`: the same as SQL;
/// - `compare_column_order = true`, `compare_type = false`, `compare_server_default = false`,
///   `include = ["…"]`, `exclude = ["…"]`: the comparison settings, as in `[autogenerate]` of
///   `aludel.toml`;
/// - `version_table = "name"`: the version table, if it is not `alembic_version`;
/// - `max_file_size = 16777216`: the size limit for a script in bytes, instead of 8 MiB;
/// - `recursive = true`: lets scripts be in subfolders;
/// - `dialect = "postgresql"`: the dialect of the scripts, if it is not SQLite's (feature `postgres`);
/// - `crate = path`: the crate `aludel`, if it has another name.
///
/// The compiler runs scripts of SQLite. Scripts of PostgreSQL are proved on a server by `aludel prove`,
/// and the compiler checks that `proved.lock` covers them.
///
/// If the folder contains `frozen.lock`, the scripts that it lists must be unchanged since they
/// were released.
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
/// Attributes of the table. Fields are written as in Rust, and SQL in quotes. Keys, constraints
/// and indexes accept a `name = "…"`.
///
/// - `name = "…"`: the name; by default the struct's name in snake case.
/// - `strict`, `without_rowid`
/// - `primary_key(a, b)`, `unique(a, b)`, `check("width > 0")`
/// - `foreign_key(columns(a, b), references = "parent(x, y)")`
/// - `index(columns(a, "lower(b)", "c DESC"), where = "…", unique)`
/// - `renamed_from = "…"`
/// - `crate = path`: the crate `aludel`, if it has another name.
///
/// Attributes of a column:
///
/// - `name`, `sql_type`: the name and the type; by default derived from the field.
/// - `nullable`, `not_null`: by default, a column is nullable if its type is an `Option`.
/// - `primary_key`, `autoincrement`, `unique`, `index`; `unique` with `index` is a unique index.
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
/// A `STRICT` table supports only SQLite's own types: there a `bool` is `INTEGER`, and date and
/// time types are `TEXT`. Any other type needs `sql_type`. rusqlite reads and writes the types of
/// other crates if its feature for them is on.
///
/// An `INTEGER PRIMARY KEY` is SQLite's rowid: an `Option<i64>` that is `None` gets the next number
/// when it is inserted. It is never null, and is declared `NOT NULL` only with the attribute
/// `not_null`.
#[cfg(feature = "sqlite")]
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    let _turn = span_lock::turn();
    table::derive(input.into()).into()
}
