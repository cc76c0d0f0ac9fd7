//! Aludel's macros. Users reach them through the crate `aludel`.
//!
//! A macro parses its call, asks `aludel-core` and `aludel-proof`, and emits tokens: one file a stage. It never panics on what a user wrote,
//! and on a fault it emits, beside every message, types to fall back on, so that one fault does not cause a second error elsewhere.

mod embed;
mod table;

mod alone;

use proc_macro::TokenStream;

/// Embeds a folder of migration scripts as a typed chain, after proving it.
///
/// ```text
/// mod migrations {
///     aludel::embed_migrations!("migrations");
/// }
/// ```
///
/// `"migrations"` is looked up beside the crate's own `Cargo.toml`, then beside the nearest manifest above it that has `[workspace]`;
/// `"./migrations"` beside the source file that calls the macro. Further arguments, in any order:
///
/// - `multiple_heads`: more than one head is meant;
/// - `models = ["src/models.rs"]`: source files with models, which have to say what the schema at the head is;
/// - `schema = "schema.sql"`: the same as SQL;
/// - `compare_column_order = true`, `compare_type = false`, `compare_server_default = false`, `include = ["…"]`, `exclude = ["…"]`: what is
///   compared, as `[autogenerate]` in `aludel.toml` says it;
/// - `version_table = "name"`: the version table, where it is not `alembic_version`;
/// - `max_file_size = 16777216`: the largest script that is read, in bytes, instead of 8 MiB;
/// - `crate = path`: the crate `aludel`, where it goes by another name.
///
/// Where `frozen.lock` stands in the folder, the scripts that it lists have to be there as they were released.
///
/// It makes the items `CHAIN`, `revision` (one type a revision), `Heads`, and `Head` where there is one head.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    let _turn = alone::turn();
    embed::embed_migrations(input.into()).into()
}

/// Makes a struct the model of a table, one field a column.
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
/// Of the table: `name` (else the struct's, in snake case), `strict`, `without_rowid`, `primary_key(a, b)`, `unique(a, b)`,
/// `check("width > 0")`, `foreign_key(columns(a, b), references = "parent(x, y)")`, `index(columns(a, "lower(b)", "c DESC"), where = "…",
/// unique)`, `renamed_from = "…"`, and `crate = path`, where the crate `aludel` goes by another name. Fields are named as in Rust, SQL stands
/// in quotes; keys, constraints and indexes take a `name = "…"`.
///
/// Of a column: `name` (else the field's), `sql_type` (else the type's), `nullable` and `not_null` (else whether the type is an `Option`),
/// `primary_key`, `autoincrement`, `unique`, `index` (with `unique`: a unique index), `default`, `check`, `collate`, `generated` and `stored`,
/// `references` with `on_delete`, `on_update` and `deferrable`, `renamed_from`, and `skip` for a field that is no column.
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
/// In a `STRICT` table, which knows only SQLite's own types, a `bool` is `INTEGER`, and date and time types are `TEXT`. Any other type needs
/// `sql_type`. The types of other crates are read and written by rusqlite where its feature for them is on.
///
/// An `INTEGER PRIMARY KEY` is SQLite's own row number: an `Option<i64>` that is `None` gets the next one when it is inserted. It is never
/// null, and is declared `NOT NULL` only where `not_null` asks for it.
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    let _turn = alone::turn();
    table::derive(input.into()).into()
}
