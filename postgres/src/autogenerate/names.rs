//! Names of objects, as the catalog writes them.

use crate::names::split;

/// Returns the SQL name of the object that a column or constraint belongs to, such as
/// `public.photos` for `table public.photos`.
pub(super) fn sql_name(owner: &str) -> &str {
    let kinds = ["table ", "view ", "materialized view ", "domain "];
    kinds.iter().find_map(|kind| owner.strip_prefix(kind)).unwrap_or(owner)
}

/// Returns the schema of a qualified name.
pub(super) fn schema_of(name: &str) -> &str {
    split(name).0
}

/// Returns a name without the `public` schema, as in headers and messages.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("public.").unwrap_or(name)
}

/// Returns the name of the object that an object belongs to, or `None` if there is none.
pub(super) fn owner_of(object: &str) -> Option<&str> {
    object.split_once(": ").map(|(owner, _)| owner)
}

/// Splits a name such as `public.photos.id` into the table, in the form of a column's owner, and
/// the column.
pub(super) fn owning_column(owned_by: &str) -> (String, &str) {
    let (schema, rest) = split(owned_by);
    let (table, column) = split(rest);
    (format!("table {schema}.{table}"), column)
}
