//! Names of objects, as the server writes them.

use aludel_core::script::postgres::unquoted;

/// Splits a qualified name at the first dot that is not quoted. The schema may be empty.
pub(crate) fn split(name: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let dot = name.char_indices().find(|(_, letter)| {
        is_quoted ^= *letter == '"';
        *letter == '.' && !is_quoted
    });
    dot.and_then(|(dot, _)| Some((name.get(..dot)?, name.get(dot + 1..)?))).unwrap_or(("", name))
}

/// Returns a name without its schema and quotes.
pub(crate) fn bare(name: &str) -> String {
    unquoted(split(name).1)
}

/// Returns `true` if two qualified names are equal, although one may be quoted.
pub(crate) fn are_equal(one: &str, other: &str) -> bool {
    unquoted(split(one).0) == unquoted(split(other).0) && bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::{are_equal, bare, split};

    #[test]
    fn a_dot_in_quotes_does_not_split_a_name() {
        assert_eq!(split("public.photos"), ("public", "photos"));
        assert_eq!(split("\"a.b\".\"c.d\""), ("\"a.b\"", "\"c.d\""));
    }

    #[test]
    fn quotes_are_not_part_of_a_name() {
        assert_eq!(bare("public.\"a \"\"b\"\"\""), "a \"b\"");
        assert_eq!(bare("photos"), "photos");
        assert!(are_equal("public.photos", "\"public\".\"photos\""));
        assert!(!are_equal("public.photos", "\"Public\".photos"));
    }
}
