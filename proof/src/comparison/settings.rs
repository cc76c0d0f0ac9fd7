//! The comparison settings, and naming patterns for unnamed constraints.

use crate::proof::ColumnOrder;

/// The comparison settings, and naming patterns for unnamed constraints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Names of the tables and views to compare. An empty list means all of them. `*` matches any
    /// text, and `?` matches one character.
    pub include: Vec<String>,
    /// Names of tables and views to exclude.
    pub exclude: Vec<String>,
    /// The column properties that are compared.
    pub compared: Compared,
    /// Naming patterns for unnamed constraints.
    pub naming: Naming,
}

/// The column properties that are compared. Other properties are copied from the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// `true` if types are compared.
    pub types: bool,
    /// `true` if defaults are compared.
    pub defaults: bool,
    /// `true` if the order of columns is compared. If it is not, new columns are added last, which
    /// avoids rebuilds.
    pub order: bool,
}

impl Default for Compared {
    fn default() -> Self {
        Self { types: true, defaults: true, order: false }
    }
}

/// Naming patterns for unnamed constraints, with the placeholders `{table}`, `{columns}` (joined by
/// `_`) and `{parent}`. A constraint without a pattern stays unnamed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// The pattern for a primary key.
    pub primary_key: Option<String>,
    /// The pattern for a UNIQUE constraint.
    pub unique: Option<String>,
    /// The pattern for a CHECK constraint. Its columns are those that the expression mentions.
    pub check: Option<String>,
    /// The pattern for a foreign key.
    pub foreign_key: Option<String>,
}

impl Settings {
    /// Returns how the proof treats the order of columns.
    #[must_use]
    pub fn column_order(&self) -> ColumnOrder {
        if self.compared.order { ColumnOrder::Compared } else { ColumnOrder::Free }
    }

    /// Returns `true` if a table or view is compared.
    #[must_use]
    pub fn takes(&self, table: &str) -> bool {
        let among = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, table));
        (self.include.is_empty() || among(&self.include)) && !among(&self.exclude)
    }
}

/// Returns `true` if a name matches a pattern. As in SQLite, the case of ASCII letters does not
/// matter.
fn matches(pattern: &str, name: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            let ends = name.char_indices().map(|(place, _)| place).chain([name.len()]);
            ends.filter_map(|place| name.get(place..)).any(|name| matches(rest, name))
        }
        Some(letter) => {
            let mut of_name = name.chars();
            let fits =
                of_name.next().is_some_and(|other| letter == '?' || letter.eq_ignore_ascii_case(&other));
            fits && matches(letters.as_str(), of_name.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, matches};

    #[test]
    fn patterns_take_any_letters_or_one() {
        for (pattern, name, fits) in [
            ("photos", "Photos", true),
            ("photo", "photos", false),
            ("photo?", "photos", true),
            ("tmp_*", "tmp_", true),
            ("*_log_*", "a_log_b", true),
            ("*", "", true),
            ("?", "ä", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_excluded_does_not_count_though_it_is_included() {
        let settings = Settings {
            include: vec!["a*".to_owned()],
            exclude: vec!["*_old".to_owned()],
            ..Settings::default()
        };
        let taken: Vec<&str> = ["a1", "a_old", "b"].into_iter().filter(|name| settings.takes(name)).collect();
        assert_eq!(taken, ["a1"]);
    }
}
