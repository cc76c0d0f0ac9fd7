//! Names of objects, as the catalog writes them.

/// Returns the SQL name of the object that a column or constraint belongs to, such as
/// `public.photos` for `table public.photos`.
pub(super) fn sql_name(owner: &str) -> &str {
    let kinds = ["table ", "view ", "materialized view "];
    kinds.iter().find_map(|kind| owner.strip_prefix(kind)).unwrap_or(owner)
}

/// Returns the schema of a qualified name.
pub(super) fn schema_of(name: &str) -> &str {
    split(name).0
}

/// Splits a qualified name at the first dot that is not quoted.
pub(super) fn split(name: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let dot = name.char_indices().find(|(_, letter)| {
        is_quoted ^= *letter == '"';
        *letter == '.' && !is_quoted
    });
    dot.and_then(|(dot, _)| Some((name.get(..dot)?, name.get(dot + 1..)?))).unwrap_or(("", name))
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

/// Quotes text as an SQL literal.
pub(super) fn literal(text: &str) -> String {
    let quoted = format!("'{}'", text.replace('\'', "''").replace('\\', "\\\\"));
    if text.contains('\\') { format!("E{quoted}") } else { quoted }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_dot_in_quotes_does_not_split_a_name() {
        assert_eq!(split("public.photos"), ("public", "photos"));
        assert_eq!(split("\"a.b\".\"c.d\""), ("\"a.b\"", "\"c.d\""));
    }
}
