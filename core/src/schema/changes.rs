//! The changes from one schema to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Key, Kind, Object, Schema, Table};

/// An object before and after the change. `None` means that it did not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The object before the change.
    pub was: Option<Arc<Object>>,
    /// The object after the change.
    pub is: Option<Arc<Object>>,
}

impl Change {
    /// Returns `true` if only the order of a table's columns differs.
    fn is_only_column_order(&self) -> bool {
        let table =
            |object: &Option<Arc<Object>>| object.as_ref().and_then(|object| object.as_table()).cloned();
        let sorted = |mut table: Table| {
            table.columns.sort_by(|left, right| left.name.cmp(&right.name));
            table
        };
        let same_name = |was: &Object, is: &Object| was.name() == is.name();
        let are_named_alike =
            self.was.as_ref().zip(self.is.as_ref()).is_some_and(|(was, is)| same_name(was, is));
        are_named_alike
            && table(&self.was).zip(table(&self.is)).is_some_and(|(was, is)| sorted(was) == sorted(is))
    }
}

/// The changes from one schema to another.
///
/// Comparing the changes of an upgrade with those of its downgrade takes time proportional to the
/// number of changes, regardless of how many other objects there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The objects that changed.
    pub objects: BTreeMap<Key, Change>,
}

impl Changes {
    /// Returns the changes from one schema to another.
    #[must_use]
    pub fn between(was: &Schema, is: &Schema) -> Self {
        let mut changes = Self::default();
        for (key, object) in &was.objects {
            changes.add(key.clone(), Some(Arc::clone(object)), is.objects.get(key).map(Arc::clone));
        }
        for (key, object) in is.objects.iter().filter(|(key, _)| !was.objects.contains_key(*key)) {
            changes.add(key.clone(), None, Some(Arc::clone(object)));
        }
        changes
    }

    /// Returns these changes followed by others. An object that is changed back does not count as a
    /// change.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        for (key, change) in later.objects {
            let was = self.objects.remove(&key).map_or(change.was, |earlier| earlier.was);
            self.add(key, was, change.is);
        }
        self
    }

    /// Rewrites the changes so that they start from the schema after the earlier changes and still
    /// lead to the same schema.
    pub fn begin_after(&mut self, earlier: &Self, end: &Schema) {
        for (key, Change { is, .. }) in &earlier.objects {
            self.objects.remove(key);
            self.add(key.clone(), is.clone(), end.objects.get(key).map(Arc::clone));
        }
    }

    /// Returns these changes without tables whose foreign keys differ only in spelling.
    /// `REFERENCES p` and `REFERENCES p (id)` are the same if `id` is the primary key of `p`.
    #[must_use]
    pub fn naming_parents(mut self, schema: &Schema) -> Self {
        for change in self.objects.values_mut() {
            let Change { was: Some(was), is: Some(is) } = change else { continue };
            let (Some(before), Some(after)) = (was.as_table(), is.as_table()) else { continue };
            if before.foreign_keys != after.foreign_keys {
                let [before, after] = [before, after].map(|table| naming_parents(table, schema));
                if before.foreign_keys == after.foreign_keys {
                    let named = |object: &Object, table: &Table| {
                        let sql = table.ddl(object.name()).trim_end_matches(';').to_owned();
                        Arc::new(Object::new(Kind::Table, object.name().to_owned(), object.name(), sql))
                    };
                    (*was, *is) = (named(was, &before), named(is, &after));
                }
            }
        }
        self.objects.retain(|_, change| change.was != change.is);
        self
    }

    /// Returns these changes without tables in which only the order of columns changed.
    #[must_use]
    pub fn without_column_order(self) -> Self {
        self.apart_from_column_order().0
    }

    /// Returns these changes, and separately the tables in which only the order of columns changed.
    #[must_use]
    pub fn apart_from_column_order(mut self) -> (Self, Vec<Change>) {
        let mut reordered = Vec::new();
        self.objects.retain(|(kind, _), change| {
            let is_other = *kind != Kind::Table || !change.is_only_column_order();
            if !is_other {
                reordered.push(change.clone());
            }
            is_other
        });
        (self, reordered)
    }

    /// Returns `true` if nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    fn add(&mut self, key: Key, was: Option<Arc<Object>>, is: Option<Arc<Object>>) {
        let same = match (&was, &is) {
            (Some(was), Some(is)) => Arc::ptr_eq(was, is) || was == is,
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.objects.insert(key, Change { was, is });
        }
    }
}

/// Returns the table, with the parent columns of every foreign key written out.
fn naming_parents(table: &Table, schema: &Schema) -> Table {
    let mut named = table.clone();
    for key in &mut named.foreign_keys {
        if let Some(parent) = schema.table(key.parent.as_str()) {
            key.parent_columns = key.parent_key(parent).into_iter().cloned().collect();
        }
    }
    named.normalised()
}
