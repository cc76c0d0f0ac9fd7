//! Compares the rows of a table before an upgrade with its rows after the downgrade.

use std::collections::{BTreeMap, BTreeSet};

use super::image::{Row, TableImage};

/// The differences of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RowDifference {
    /// The number of rows that are missing.
    pub(super) lost: usize,
    /// The number of rows that did not exist before.
    pub(super) left: usize,
    /// The columns whose values differ in the remaining rows.
    pub(super) columns: BTreeSet<String>,
}

/// Compares the columns that are in both tables, byte for byte.
pub(super) fn difference(before: &TableImage, after: &TableImage) -> RowDifference {
    let common: Vec<&String> = before.columns.iter().filter(|column| after.place(column).is_some()).collect();
    let one = projected(before, &common);
    let other = projected(after, &common);
    if one == other {
        return RowDifference::default();
    }
    let key: Vec<usize> =
        before.key.iter().filter_map(|name| common.iter().position(|column| *column == name)).collect();
    if !key.is_empty() && key.len() == before.key.len() {
        return by_key(&one, &other, &key, &common);
    }
    by_column(&one, &other, &common)
}

/// Returns the rows, sorted, with only these columns.
fn projected(table: &TableImage, columns: &[&String]) -> Vec<Row> {
    let places: Vec<Option<usize>> = columns.iter().map(|column| table.place(column)).collect();
    let project = |row: &Row| places.iter().map(|place| row.get((*place)?)?.clone()).collect();
    let mut rows: Vec<Row> = table.rows.iter().map(project).collect();
    rows.sort();
    rows
}

fn by_key(one: &[Row], other: &[Row], key: &[usize], columns: &[&String]) -> RowDifference {
    let keyed = |rows: &[Row]| -> BTreeMap<Row, Row> {
        rows.iter()
            .map(|row| (key.iter().map(|place| row.get(*place).cloned().flatten()).collect(), row.clone()))
            .collect()
    };
    let (one, other) = (keyed(one), keyed(other));
    let mut difference = RowDifference {
        lost: one.keys().filter(|key| !other.contains_key(*key)).count(),
        left: other.keys().filter(|key| !one.contains_key(*key)).count(),
        columns: BTreeSet::new(),
    };
    for (key, row) in &one {
        let Some(found) = other.get(key) else { continue };
        for ((was, is), column) in row.iter().zip(found).zip(columns) {
            if was != is {
                difference.columns.insert((*column).clone());
            }
        }
    }
    difference
}

/// Compares the values of each column separately, because rows cannot be identified without a key.
fn by_column(one: &[Row], other: &[Row], columns: &[&String]) -> RowDifference {
    let (lost, left) = (one.len().saturating_sub(other.len()), other.len().saturating_sub(one.len()));
    let mut difference = RowDifference { lost, left, columns: BTreeSet::new() };
    if lost > 0 || left > 0 {
        return difference;
    }
    for (place, column) in columns.iter().enumerate() {
        let values = |rows: &[Row]| {
            let mut values: Vec<Option<String>> =
                rows.iter().map(|row| row.get(place).cloned().flatten()).collect();
            values.sort();
            values
        };
        if values(one) != values(other) {
            difference.columns.insert((*column).clone());
        }
    }
    if difference.columns.is_empty() {
        difference.columns = columns.iter().map(|column| (*column).clone()).collect();
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::{RowDifference, difference};
    use crate::proof::rows::image::TableImage;

    fn table(key: &[&str], rows: &[[&str; 2]]) -> TableImage {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let row = |row: &[&str; 2]| row.iter().map(|value| Some((*value).to_owned())).collect();
        TableImage {
            columns: owned(&["id", "title"]),
            key: owned(key),
            rows: rows.iter().map(row).collect(),
            ..TableImage::default()
        }
    }

    #[test]
    fn rows_are_matched_by_key() {
        let found = difference(
            &table(&["id"], &[["1", "a"], ["2", "b"]]),
            &table(&["id"], &[["1", "c"], ["3", "b"]]),
        );
        let columns = ["title".to_owned()].into();
        assert_eq!(found, RowDifference { lost: 1, left: 1, columns });
    }

    #[test]
    fn without_a_key_the_order_of_rows_is_nothing() {
        let found =
            difference(&table(&[], &[["1", "a"], ["2", "b"]]), &table(&[], &[["2", "b"], ["1", "a"]]));
        assert_eq!(found, RowDifference::default());
        let found =
            difference(&table(&[], &[["1", "a"], ["2", "b"]]), &table(&[], &[["1", "b"], ["2", "a"]]));
        assert_eq!(found.columns.len(), 2);
    }
}
