//! The difference between the rows of a table at two points in time.
//!
//! Rows are matched by their primary key. Without a key, they are compared as a multiset of whole
//! rows, and rowids that no column exposes are ignored. The remaining rows on the two sides are
//! paired by similarity, so that a changed value is reported as a change.

use std::collections::BTreeMap;

use super::image::{Row, TableImage};

/// The maximum number of rows that are paired by similarity.
const MOST_COMPARED: usize = 200;

/// The difference between the rows of a table at two points in time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RowDifference {
    /// Rows that are missing.
    pub(super) lost: Vec<Row>,
    /// Rows that are new.
    pub(super) left: Vec<Row>,
    /// Rows with different values, before and after.
    pub(super) changed: Vec<(Row, Row)>,
}

impl RowDifference {
    /// Compares two images of the same table.
    pub(super) fn between(before: &TableImage, after: &TableImage) -> Self {
        if before.rows == after.rows {
            return Self::default();
        }
        let (mut lost, mut left) = unmatched(&before.rows, &after.rows);
        let mut changed = pair_by_key(before, &mut lost, &mut left);
        changed.extend(pair_by_likeness(before, &mut lost, &mut left));
        Self { lost, left, changed }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.left.is_empty() && self.changed.is_empty()
    }

    /// Returns the columns whose values differ, in table order. Each comes with the first pair of
    /// rows that differ in it.
    pub(super) fn columns(&self, table: &TableImage) -> Vec<(String, (&Row, &Row))> {
        let columns = table.columns.iter().enumerate();
        let shown = columns.filter_map(|(place, column)| {
            let (before, after) =
                self.changed.iter().find(|(before, after)| before.get(place) != after.get(place))?;
            Some((column.clone(), (before, after)))
        });
        shown.collect()
    }
}

/// Returns the rows that only one side has. Duplicates are counted.
pub(super) fn unmatched(before: &[Row], after: &[Row]) -> (Vec<Row>, Vec<Row>) {
    // Most rows are equal and in the same position, which is faster to detect without a map.
    let differs = |place: &usize| before.get(*place) != after.get(*place);
    let places: Vec<usize> = (0..before.len().max(after.len())).filter(differs).collect();
    let before = || places.iter().filter_map(|place| before.get(*place));
    let after = || places.iter().filter_map(|place| after.get(*place));
    let mut counts: BTreeMap<&Row, usize> = BTreeMap::new();
    after().for_each(|row| *counts.entry(row).or_default() += 1);
    let mut take = |row: &Row| match counts.get_mut(row).filter(|count| **count > 0) {
        Some(count) => {
            *count -= 1;
            true
        }
        None => false,
    };
    let lost = before().filter(|row| !take(row)).cloned().collect();
    let left = after().filter(|row| take(row)).cloned().collect();
    (lost, left)
}

fn pair_by_key(table: &TableImage, lost: &mut Vec<Row>, left: &mut Vec<Row>) -> Vec<(Row, Row)> {
    let mut by_key: BTreeMap<Vec<_>, Row> = BTreeMap::new();
    let mut without = Vec::new();
    for row in left.drain(..) {
        match table.key_of(&row).map(|key| key.into_iter().cloned().collect::<Vec<_>>()) {
            Some(key) if !by_key.contains_key(&key) => {
                by_key.insert(key, row);
            }
            _ => without.push(row),
        }
    }
    let mut changed = Vec::new();
    lost.retain(|row| {
        let key = table.key_of(row).map(|key| key.into_iter().cloned().collect::<Vec<_>>());
        let Some(after) = key.and_then(|key| by_key.remove(&key)) else { return true };
        changed.push((row.clone(), after));
        false
    });
    left.extend(by_key.into_values().chain(without));
    changed
}

/// Pairs rows by similarity. With a key, pairs rows that are equal except for the key. Without a
/// key, pairs the most similar rows. If there are as many rows as before, pairs all of them.
fn pair_by_likeness(table: &TableImage, lost: &mut Vec<Row>, left: &mut Vec<Row>) -> Vec<(Row, Row)> {
    if lost.len().max(left.len()) > MOST_COMPARED {
        return Vec::new();
    }
    let width = table.columns.len();
    let enough = match (table.key.len(), lost.len() == left.len()) {
        (0, true) => 0,
        (0, false) => width.div_ceil(2),
        (key, _) => (width - key).max(1),
    };
    let mut changed = Vec::new();
    lost.retain(|row| {
        let alike = |other: &Row| row.iter().zip(other).filter(|(one, two)| one == two).count();
        let best = left.iter().enumerate().map(|(place, other)| (alike(other), place));
        let best = best.max_by_key(|(alike, place)| (*alike, usize::MAX - place));
        let Some((_, place)) = best.filter(|(alike, _)| *alike >= enough) else { return true };
        changed.push((row.clone(), left.remove(place)));
        false
    });
    changed
}

#[cfg(test)]
mod tests {
    use super::RowDifference;
    use crate::proof::rows::cell::Cell;
    use crate::proof::rows::image::{Row, TableImage};

    fn table(key: &[usize], rows: &[&[i64]]) -> TableImage {
        let row = |cells: &&[i64]| -> Row { cells.iter().copied().map(Cell::Integer).collect() };
        let columns = ["a", "b", "c"].iter().take(rows.first().map_or(0, |row| row.len()));
        TableImage {
            name: "t".to_owned(),
            columns: columns.map(ToString::to_string).collect(),
            key: key.to_vec(),
            rows: rows.iter().map(row).collect(),
        }
    }

    fn check(key: &[usize], before: &[&[i64]], after: &[&[i64]], lost: usize, left: usize, columns: &[&str]) {
        let before = table(key, before);
        let difference = RowDifference::between(&before, &table(key, after));
        let changed: Vec<String> =
            difference.columns(&before).into_iter().map(|(column, _)| column).collect();
        assert_eq!((difference.lost.len(), difference.left.len()), (lost, left), "{difference:?}");
        assert_eq!(changed, columns, "{difference:?}");
    }

    #[test]
    fn the_order_of_rows_does_not_count() {
        check(&[], &[&[1, 2], &[3, 4]], &[&[3, 4], &[1, 2]], 0, 0, &[]);
    }

    #[test]
    fn equal_rows_are_counted() {
        check(&[], &[&[1, 2], &[1, 2]], &[&[1, 2]], 1, 0, &[]);
        check(&[], &[&[1, 2]], &[&[1, 2], &[1, 2]], 0, 1, &[]);
    }

    #[test]
    fn rows_with_a_key_are_matched_by_it() {
        check(&[0], &[&[1, 2, 3], &[2, 5, 6]], &[&[2, 5, 7], &[1, 2, 3]], 0, 0, &["c"]);
        check(&[0], &[&[1, 2, 3], &[2, 5, 6]], &[&[2, 5, 6]], 1, 0, &[]);
    }

    #[test]
    fn a_key_that_changed_alone_is_a_changed_column() {
        check(&[0], &[&[1, 2, 3]], &[&[9, 2, 3]], 0, 0, &["a"]);
        check(&[0], &[&[1, 2, 3]], &[&[9, 8, 3]], 1, 1, &[]);
    }

    #[test]
    fn rows_without_a_key_are_paired_by_likeness() {
        check(&[], &[&[1, 2, 3], &[4, 5, 6]], &[&[4, 5, 0], &[1, 2, 0]], 0, 0, &["c"]);
        check(&[], &[&[1]], &[&[2]], 0, 0, &["a"]);
        check(&[], &[&[1, 2, 3], &[4, 5, 6]], &[&[4, 5, 0]], 1, 0, &["c"]);
    }
}
