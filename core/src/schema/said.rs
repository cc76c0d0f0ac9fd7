//! Words that change nothing, and that are kept all the same.

use std::cmp::Ordering;

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
