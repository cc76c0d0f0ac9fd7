//! The differences between two catalogs.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use super::object::Object;

/// A difference between an expected schema and the actual one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// An object is missing.
    Missing {
        /// The object, such as `table public.photos: column title`.
        object: String,
        /// The object that it belongs to, or an empty string if there is none.
        parent: String,
    },
    /// An object is not expected.
    LeftBehind {
        /// The object.
        object: String,
        /// The object that it belongs to, or an empty string if there is none.
        parent: String,
    },
    /// A property differs.
    Changed {
        /// The object.
        object: String,
        /// The name of the property.
        property: &'static str,
        /// The expected value, or `None` if the property should be absent.
        expected: Option<String>,
        /// The actual value, or `None` if the property is absent.
        found: Option<String>,
    },
}

/// The number of characters to show of a long value, around the first difference.
const SHOWN: usize = 80;

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { object, .. } => write!(formatter, "{object} is missing"),
            Self::LeftBehind { object, .. } => write!(formatter, "{object} is left behind"),
            Self::Changed { object, property, expected, found } => {
                let (expected, found) = shortened(expected.as_deref(), found.as_deref());
                write!(formatter, "{object}: {property} {found}, expected {expected}")
            }
        }
    }
}

impl Difference {
    /// Describes a difference between the schema of the scripts and the schema of a database.
    #[must_use]
    pub fn of_a_database(&self) -> String {
        match self {
            Self::LeftBehind { object, .. } => format!("{object} is not created by the scripts"),
            difference => difference.to_string(),
        }
    }

    /// Returns the object that differs, such as `table public.photos: column title`.
    #[must_use]
    pub fn object(&self) -> &str {
        let (Self::Missing { object, .. } | Self::LeftBehind { object, .. } | Self::Changed { object, .. }) =
            self;
        object
    }
}

/// Returns both values, or the parts around their first difference if they are long.
fn shortened(expected: Option<&str>, found: Option<&str>) -> (String, String) {
    let pair = [expected, found].map(|value| value.unwrap_or_default().chars().collect::<Vec<char>>());
    let [one, other] = &pair;
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let start = if one.len().max(other.len()) > SHOWN { same.saturating_sub(SHOWN / 4) } else { 0 };
    let [expected, found] = [(expected, one), (found, other)].map(|(value, characters)| match value {
        None => "none".to_owned(),
        Some("") => "empty".to_owned(),
        Some(_) => {
            let shown: String = characters.iter().skip(start).take(SHOWN).collect();
            let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            let begin = if start > 0 { "…" } else { "" };
            let end = if characters.len() > start + SHOWN { "…" } else { "" };
            format!("{begin}{shown}{end}")
        }
    });
    (expected, found)
}

fn named<O: Object>(object: &O) -> String {
    let own = format!("{} {}", O::KIND, object.name());
    if object.parent().is_empty() { own } else { format!("{}: {own}", object.parent()) }
}

/// Compares the objects of one kind. Both lists must be sorted by parent and name.
pub(super) fn compare<O: Object + PartialEq>(expected: &[O], found: &[O], differences: &mut Vec<Difference>) {
    if expected == found {
        return;
    }
    let (mut expected, mut found) = (expected.iter().peekable(), found.iter().peekable());
    loop {
        let order = match (expected.peek(), found.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => (one.parent(), one.name()).cmp(&(other.parent(), other.name())),
        };
        let was = if order.is_le() { expected.next() } else { None };
        let is = if order.is_ge() { found.next() } else { None };
        match (was, is) {
            (Some(was), Some(is)) => properties(was, is, differences),
            (Some(was), None) => {
                differences.push(Difference::Missing { object: named(was), parent: was.parent().to_owned() });
            }
            (None, Some(is)) => {
                differences
                    .push(Difference::LeftBehind { object: named(is), parent: is.parent().to_owned() });
            }
            (None, None) => {}
        }
    }
}

fn properties<O: Object>(was: &O, is: &O, differences: &mut Vec<Difference>) {
    for ((property, expected), (_, found)) in was.properties().into_iter().zip(is.properties()) {
        if expected != found {
            differences.push(Difference::Changed {
                object: named(is),
                property,
                expected: expected.map(str::to_owned),
                found: found.map(str::to_owned),
            });
        }
    }
}

/// Removes the objects whose owner is also missing or left behind.
pub(super) fn without_members(differences: Vec<Difference>) -> Vec<Difference> {
    let whole: BTreeSet<String> = differences
        .iter()
        .filter(|difference| !matches!(difference, Difference::Changed { .. }))
        .map(|difference| difference.object().to_owned())
        .collect();
    let is_member = |difference: &Difference| match difference {
        Difference::Missing { parent, .. } | Difference::LeftBehind { parent, .. } => whole.contains(parent),
        Difference::Changed { .. } => false,
    };
    differences.into_iter().filter(|difference| !is_member(difference)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Difference, without_members};

    #[test]
    fn a_difference_is_shown_with_both_values() {
        let changed = Difference::Changed {
            object: "table public.photos: column title".to_owned(),
            property: "type",
            expected: Some("varchar(20)".to_owned()),
            found: Some("text".to_owned()),
        };
        assert_eq!(changed.to_string(), "table public.photos: column title: type text, expected varchar(20)");
    }

    #[test]
    fn long_values_are_shown_around_their_first_difference() {
        let value = |end: &str| Some(format!("{}{end}", "a".repeat(300)));
        let changed = Difference::Changed {
            object: "view v".to_owned(),
            property: "definition",
            expected: value("one"),
            found: value("other"),
        };
        let shown = changed.to_string();
        assert!(shown.contains("aaother, expected …") && shown.len() < 150, "{shown}");
    }

    #[test]
    fn what_belongs_to_a_missing_table_is_not_listed() {
        let missing = |object: &str, parent: &str| Difference::Missing {
            object: object.to_owned(),
            parent: parent.to_owned(),
        };
        let table = missing("table public.a", "");
        let listed =
            without_members(vec![table.clone(), missing("table public.a: column b", "table public.a")]);
        assert_eq!(listed, [table]);
    }
}
