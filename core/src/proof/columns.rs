//! The order of columns, apart from all other changes.

use std::sync::Arc;

use crate::lint::Reordered;
use crate::schema::{Change, Changes, Kind};

/// Changes without those that are the order of columns and nothing else.
pub(super) fn but_for_column_order(changes: Changes) -> Changes {
    apart(changes).0
}

/// Changes, and apart from them those that are the order of columns and nothing else.
pub(super) fn apart(mut changes: Changes) -> (Changes, Vec<Reordered>) {
    let mut reordered = Vec::new();
    changes.objects.retain(|(kind, _), change| {
        let found = (*kind == Kind::Table).then(|| only_reordered(change)).flatten();
        let is_other = found.is_none();
        reordered.extend(found);
        is_other
    });
    (changes, reordered)
}

fn only_reordered(change: &Change) -> Option<Reordered> {
    let (was, is) = (change.was.as_ref()?, change.is.as_ref()?);
    let (before, after) = (was.as_table()?, is.as_table()?);
    let (mut sorted_before, mut sorted_after) = (before.clone(), after.clone());
    sorted_before.columns.sort_by(|left, right| left.name.cmp(&right.name));
    sorted_after.columns.sort_by(|left, right| left.name.cmp(&right.name));
    if sorted_before != sorted_after {
        return None;
    }
    Some(Reordered { was: Arc::clone(was), is: Arc::clone(is) })
}
