//! Names in scripts: revision IDs, branch labels, file names.

/// Words that are reserved for targets, and therefore cannot be names.
const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

/// The length of the `alembic_version.version_num` column, in characters.
const LONGEST_ID: usize = 32;

/// Returns the reason why a revision ID is invalid, or `None` if it is valid.
///
/// Rule: an ID has 1 to 32 characters of `A-Z a-z 0-9 _ .` and is not reserved.
pub(crate) fn fault_of_id(id: &str) -> Option<&'static str> {
    if id.is_empty() {
        Some("it is empty")
    } else if RESERVED.contains(&id) {
        Some("it is a reserved word")
    } else if id.chars().any(|letter| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '.')) {
        Some("it contains characters other than letters, digits, `_` and `.`")
    } else if id.len() > LONGEST_ID {
        Some("it is longer than 32 characters")
    } else {
        None
    }
}

/// Returns `true` if a string can be a revision ID.
#[must_use]
pub fn is_revision_id(text: &str) -> bool {
    fault_of_id(text).is_none()
}

/// Returns the reason why a branch label is invalid, or `None` if it is valid.
///
/// Rule: a label consists of letters, digits and `_ . -`, begins with a letter, and is not
/// reserved.
pub(super) fn fault_of_label(label: &str) -> Option<&'static str> {
    if RESERVED.contains(&label) {
        Some("it is a reserved word")
    } else if !label.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        Some("it does not begin with a letter")
    } else if label.chars().any(|letter| !(letter.is_ascii_alphanumeric() || "_.-".contains(letter))) {
        Some("it contains characters other than letters, digits, `_`, `.` and `-`")
    } else {
        None
    }
}

/// Returns `true` if a file name contains a revision ID.
///
/// Rule: a file is named `[YYYY_MM_DD_HHMM-]<revision id>_<slug>.sql`. The slug is optional.
#[must_use]
pub fn file_name_holds(file_name: &str, id: &str) -> bool {
    let stem = file_name.strip_suffix(".sql").unwrap_or(file_name);
    [Some(stem), without_date(stem)]
        .into_iter()
        .flatten()
        .filter_map(|name| name.strip_prefix(id))
        .any(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Returns the name after its date prefix, or `None` if it has no such prefix.
fn without_date(stem: &str) -> Option<&str> {
    let (date, rest) = stem.split_once('-')?;
    let shape: String =
        date.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    (shape == "0000_00_00_0000").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{fault_of_id, fault_of_label, file_name_holds};

    #[test]
    fn ids_are_opaque() {
        for id in ["49348f7a48f6", "b2c3d4e5f6g7", "A", "a.b_c", "0", &"x".repeat(32)] {
            assert_eq!(fault_of_id(id), None, "{id}");
        }
        for id in ["", "a-b", "a+1", "a@b", "a:b", "é", "head", "heads", "base", "current", &"x".repeat(33)]
        {
            assert!(fault_of_id(id).is_some(), "{id}");
        }
    }

    #[test]
    fn labels_begin_with_a_letter() {
        for label in ["shopping-cart", "rel-1", "a.b", "Z"] {
            assert_eq!(fault_of_label(label), None, "{label}");
        }
        for label in ["", "1st", "-a", "head", "a b", "a@b"] {
            assert!(fault_of_label(label).is_some(), "{label}");
        }
    }

    #[test]
    fn a_file_name_holds_its_id_with_or_without_a_date_and_a_slug() {
        assert!(file_name_holds("49348f7a48f6_initial.sql", "49348f7a48f6"));
        assert!(file_name_holds("2026_01_15_1030-3f2c_add.sql", "3f2c"));
        assert!(file_name_holds("3f2c.sql", "3f2c"));
        assert!(file_name_holds("a_b_slug.sql", "a_b"));
        assert!(!file_name_holds("3f2c9_add.sql", "3f2c"));
        assert!(!file_name_holds("add_3f2c.sql", "3f2c"));
        assert!(!file_name_holds("2026-3f2c_add.sql", "3f2c"));
    }
}
