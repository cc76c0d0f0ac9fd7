//! Words that change nothing, and that are kept all the same.

use std::cmp::Ordering;

use super::Name;

/// The column beside which a CHECK is written, if any. It makes no difference to a row, so two that differ in it are equal; but SQLite drops a column
/// with the CHECK beside it, and refuses to drop one that a CHECK after all columns names.
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

/// Whether words stand in a text that make no difference to SQLite: what is written anew has them too, and two texts with and without them are equal.
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
