//! What is compared, and how constraints without a name are called.

use crate::proof::ColumnOrder;

/// What is compared, and how constraints without a name are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Only tables and views with such a name, where any is given: `*` stands for any letters, `?` for one.
    pub include: Vec<String>,
    /// No tables and views with such a name.
    pub exclude: Vec<String>,
    /// What is compared of columns.
    pub compared: Compared,
    /// How constraints without a name are called.
    pub naming: Naming,
}

/// What is compared of columns; what is not is taken as it is at the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// Types.
    pub types: bool,
    /// Defaults.
    pub defaults: bool,
    /// The order of columns; else a new column comes last, which spares a rebuild.
    pub order: bool,
}

impl Default for Compared {
    fn default() -> Self {
        Self { types: true, defaults: true, order: false }
    }
}

/// How a constraint without a name is called, with `{table}`, `{columns}` (joined by `_`) and `{parent}`; not at all where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// A primary key.
    pub primary_key: Option<String>,
    /// A UNIQUE constraint.
    pub unique: Option<String>,
    /// A CHECK constraint; its columns are those that it names.
    pub check: Option<String>,
    /// A foreign key.
    pub foreign_key: Option<String>,
}

impl Settings {
    /// What the proof compares of the order of columns.
    #[must_use]
    pub fn column_order(&self) -> ColumnOrder {
        if self.compared.order { ColumnOrder::Compared } else { ColumnOrder::Free }
    }

    /// Whether a table or a view counts.
    #[must_use]
    pub fn takes(&self, table: &str) -> bool {
        let among = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, table));
        (self.include.is_empty() || among(&self.include)) && !among(&self.exclude)
    }
}

/// Whether a name fits a pattern. As everywhere in SQLite's names, the case of ASCII letters does not matter.
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
