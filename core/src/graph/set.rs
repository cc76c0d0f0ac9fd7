//! A set of revisions.

use super::Index;

/// A set of revisions of one graph, in canonical order.
#[derive(Debug, Clone, Default)]
pub struct Set {
    members: Vec<bool>,
    count: usize,
}

impl Set {
    /// Adds a revision. Returns `true` if it was not in the set.
    pub fn insert(&mut self, index: Index) -> bool {
        if self.members.len() <= index {
            self.members.resize(index + 1, false);
        }
        self.replace(index, true)
    }

    /// Removes a revision. Returns `true` if it was in the set.
    pub fn remove(&mut self, index: Index) -> bool {
        self.replace(index, false)
    }

    /// Returns `true` if the revision is in the set.
    #[must_use]
    pub fn contains(&self, index: Index) -> bool {
        self.members.get(index).copied().unwrap_or(false)
    }

    /// Returns the number of revisions in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns `true` if the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the revisions in canonical order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Index> + '_ {
        self.members.iter().enumerate().filter_map(|(index, member)| member.then_some(index))
    }

    fn replace(&mut self, index: Index, member: bool) -> bool {
        let Some(place) = self.members.get_mut(index) else { return false };
        let changed = *place != member;
        *place = member;
        if changed {
            if member { self.count += 1 } else { self.count -= 1 }
        }
        changed
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

impl Eq for Set {}

impl Extend<Index> for Set {
    fn extend<T: IntoIterator<Item = Index>>(&mut self, indexes: T) {
        for index in indexes {
            self.insert(index);
        }
    }
}

impl FromIterator<Index> for Set {
    fn from_iter<T: IntoIterator<Item = Index>>(indexes: T) -> Self {
        let mut set = Self::default();
        for index in indexes {
            set.insert(index);
        }
        set
    }
}
