//! The `state` of a database: one hash over all that is applied to it.

use sha2::{Digest as _, Sha256};

use crate::script::hexadecimal;

/// SHA-256, in lowercase hexadecimal, over the sorted lines `<revision> <checksum>`, each with its line end.
///
/// The ledger keeps it with every step, so that a start at head asks one question: is this still the number that the program knows?
#[must_use]
pub fn state<'a>(applied: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut lines: Vec<(&str, &str)> = applied.into_iter().collect();
    lines.sort_unstable();
    let mut hasher = Sha256::new();
    for (revision, checksum) in lines {
        for part in [revision, " ", checksum, "\n"] {
            hasher.update(part.as_bytes());
        }
    }
    hexadecimal(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::state;

    #[test]
    fn state_does_not_depend_on_the_order_and_tells_every_revision() {
        assert_eq!(state([("a", "1"), ("b", "2")]), state([("b", "2"), ("a", "1")]));
        assert_ne!(state([("a", "1"), ("b", "2")]), state([("a", "1")]));
        assert_ne!(state([("a", "1"), ("b", "2")]), state([("a", "2"), ("b", "1")]));
        // printf '' | sha256sum
        assert_eq!(state([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
