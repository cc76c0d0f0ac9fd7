//! The checksum of a script, which covers only its SQL and its parents.

use sha2::{Digest as _, Sha256};

/// Returns the SHA-256 of a script's SQL and parents, in lowercase hexadecimal.
///
/// The hashed bytes are the upgrade, the downgrade, the down revisions and the dependencies. Each
/// is followed by a NUL byte, which no script can contain. Sections are trimmed at both ends.
/// Revisions are sorted and joined by commas. The message, the date, prose, the sample section and
/// `Allow` are not hashed, so they can be edited.
#[must_use]
pub fn checksum(upgrade: &str, downgrade: &str, revises: &[&str], depends_on: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in [upgrade.trim(), downgrade.trim(), &sorted(revises), &sorted(depends_on)] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hexadecimal(&hasher.finalize())
}

/// Returns the bytes in lowercase hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

fn sorted(names: &[&str]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn checksum_ignores_the_order_of_parents_and_space_at_the_ends() {
        let one = checksum("CREATE TABLE t (a);\n", "\nDROP TABLE t;", &["b", "a"], &[]);
        let other = checksum("\n CREATE TABLE t (a);", "DROP TABLE t;", &["a", "b"], &[]);
        assert_eq!(one, other);
        assert_eq!(one.len(), 64);
    }

    #[test]
    fn checksum_tells_sections_parents_and_dependencies_apart() {
        let sums = [
            checksum("SELECT 1;", "", &["a"], &[]),
            checksum("", "SELECT 1;", &["a"], &[]),
            checksum("SELECT 1;", "", &[], &["a"]),
            checksum("SELECT 1;", "", &["a", "b"], &[]),
            checksum("SELECT  1;", "", &["a"], &[]),
        ];
        for (position, sum) in sums.iter().enumerate() {
            assert!(!sums.iter().skip(position + 1).any(|other| other == sum));
        }
    }
}
