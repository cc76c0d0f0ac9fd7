//! Aludel's macros. Users reach them through the crate `aludel`.
//!
//! A macro parses its call, asks `aludel-core`, and emits tokens: one file a stage. It never panics on what a user wrote, and on a fault
//! it emits, beside every message, types to fall back on, so that one fault does not cause a second error elsewhere.

mod embed;

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
/// - `version_table = "name"`: the version table, where it is not `alembic_version`;
/// - `crate = path`: the crate `aludel`, where it goes by another name.
///
/// Where `frozen.lock` stands in the folder, the scripts that it lists have to be there as they were released.
///
/// It makes the items `CHAIN`, `revision` (one type a revision), `Heads`, and `Head` where there is one head.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    embed::embed_migrations(input.into()).into()
}
