//! Migrations that another tool has run: their revision IDs, and their origin in a header.
//!
//! `aludel import` writes a migration with this ID and header. Later, `aludel adopt` matches it
//! with the version and checksum that the other tool recorded in the database.

/// The minimum number of digits. Shorter versions are padded.
const DIGITS: usize = 4;

/// Returns the revision ID for a version such as `7`, `20240131` or `2024-01-31-120000`. Returns
/// `None` if the version is not a number.
///
/// Rule: the ID consists of the digits without leading zeros, padded to four digits.
#[must_use]
pub fn id_of_version(version: &str) -> Option<String> {
    let digits: String = version.chars().filter(char::is_ascii_digit).collect();
    let is_number = version.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '-' | '_'));
    (is_number && !digits.is_empty()).then(|| format!("{:0>DIGITS$}", digits.trim_start_matches('0')))
}

/// The minimum length at which a checksum in a header matches as a prefix of the recorded one.
const ABBREVIATED: usize = 32;

/// The origin of an imported script, as declared by the `Imported From` key: the tool, the version,
/// and the file's checksums, computed by that tool's rules.
///
/// There is more than one checksum if the tool's checksum depends on line endings or on how the
/// tool was built. Each is shortened to 32 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'h> {
    /// The name of the tool, as `aludel import` spells it.
    pub tool: &'h str,
    /// The version of the migration in that tool.
    pub version: &'h str,
    checksums: &'h str,
}

impl<'h> Origin<'h> {
    /// Parses the value of the key. Returns `None` if the value lacks a tool or a version.
    #[must_use]
    pub fn parse(value: &'h str) -> Option<Self> {
        let (tool, rest) = value.trim().split_once(char::is_whitespace)?;
        let rest = rest.trim_start();
        let (version, checksums) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Some(Self { tool, version, checksums })
    }

    /// Returns `true` if a file with the recorded checksum may be the original of the script. A
    /// header without checksums accepts any checksum.
    #[must_use]
    pub fn accepts(&self, recorded: &str) -> bool {
        let is_same = |known: &str| {
            known.eq_ignore_ascii_case(recorded)
                || (known.len() >= ABBREVIATED
                    && recorded.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known)))
        };
        let mut known = self.checksums.split_whitespace().peekable();
        known.peek().is_none() || known.any(is_same)
    }

    /// Shortens a checksum to the length used in headers.
    #[must_use]
    pub fn abbreviated(checksum: &str) -> &str {
        checksum.get(..ABBREVIATED).unwrap_or(checksum)
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, id_of_version};

    #[test]
    fn an_origin_has_a_tool_a_version_and_any_number_of_checksums() {
        for incomplete in ["", "sqlx", "  sqlx  "] {
            assert_eq!(Origin::parse(incomplete), None, "{incomplete}");
        }
        let parsed = Origin::parse("sqlx  20240101 ");
        assert_eq!(parsed.map(|origin| (origin.tool, origin.version)), Some(("sqlx", "20240101")));
    }

    #[test]
    fn a_checksum_is_accepted_if_the_header_has_it_or_has_none() {
        let long = "0123456789abcdef0123456789abcdef0123";
        let value = format!("sqlx 1 7 {}", Origin::abbreviated(long));
        for (header, recorded, is_accepted) in [
            ("sqlx 1", "7", true),
            ("sqlx 1 7 8", "8", true),
            ("sqlx 1 7 8", "78", false),
            ("sqlx 1 7 8", "", false),
            (value.as_str(), long, true),
            (value.as_str(), &long.to_uppercase(), true),
            (value.as_str(), "0123456789abcdef", false),
        ] {
            assert_eq!(
                Origin::parse(header).map(|origin| origin.accepts(recorded)),
                Some(is_accepted),
                "{header}"
            );
        }
    }

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
