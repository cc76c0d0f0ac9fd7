//! Details of the written SQL that make no difference to SQLite, but are preserved.

use std::cmp::Ordering;

use super::Name;

/// The column next to which a CHECK is written, if any.
///
/// It makes no difference to a row, so values always compare as equal. However, SQLite drops a
/// column together with a CHECK next to it, but refuses to drop a column that a CHECK after all
/// columns names.
#[derive(Debug, Clone, Default)]
pub struct Beside(pub Option<Name>);

impl PartialEq for Beside {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Beside {}

impl PartialOrd for Beside {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Beside {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

/// `true` if the written SQL contains words that make no difference to SQLite. Generated text
/// contains them, too. Values always compare as equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said(pub bool);

impl PartialEq for Said {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Said {}

impl PartialOrd for Said {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Said {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}
