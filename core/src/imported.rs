//! Revision ids of migrations that another tool has run.
//!
//! `aludel import` gives a migration this id, and `adopt` finds it again by the version that the
//! other tool recorded in the database.

/// The number of digits that a short version is padded to.
const DIGITS: usize = 4;

/// Returns the revision id of a version such as `7`, `20240131` or `2024-01-31-120000`, or `None` if
/// it is no number.
///
/// Rule: the digits without leading zeros, padded to four.
#[must_use]
pub fn id_of_version(version: &str) -> Option<String> {
    let digits: String = version.chars().filter(char::is_ascii_digit).collect();
    let is_number = version.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '-' | '_'));
    (is_number && !digits.is_empty()).then(|| format!("{:0>DIGITS$}", digits.trim_start_matches('0')))
}

#[cfg(test)]
mod tests {
    use super::id_of_version;

    #[test]
    fn a_version_has_one_id_however_it_is_written() {
        for (version, id) in [
            ("1", Some("0001")),
            ("0001", Some("0001")),
            ("0", Some("0000")),
            ("00000000000000", Some("0000")),
            ("20240131120000", Some("20240131120000")),
            ("2024-01-31-120000", Some("20240131120000")),
            ("", None),
            ("-", None),
            ("1a", None),
        ] {
            assert_eq!(id_of_version(version).as_deref(), id, "{version}");
        }
    }
}
