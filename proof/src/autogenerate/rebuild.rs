//! Rebuilds a table: fills its columns and keeps its indexes. The planner recreates triggers and
//! views.

use aludel_core::schema::{Column, Kind, Name, Schema, identifier};

use super::changed::Changed;
use super::operation::Operation;
use super::rows::fill::{fill, number_review, refuses_its_default, strict_review, type_review};
use super::rows::rekey::Rekeys;
use crate::schema::affinity::may_lose;
use crate::schema::rebuild::{Copy, rebuild, rowid_word};

/// Returns the statements that rebuild a table, including the indexes that stay.
pub(super) fn operation(changed: &Changed<'_>) -> Operation {
    let Changed { name, was, is, before, target, .. } = *changed;
    let mends = changed.mends();
    let (copy, reviews) = Copier { changed, rekeys: Rekeys { before, after: target } }.copy();
    let reviews = mends.iter().filter_map(|mend| mend.review.clone()).chain(reviews).collect();
    let mut statements: Vec<String> = mends.into_iter().filter_map(|mend| mend.statement).collect();
    statements.extend(rebuild(name, [was, is], &copy, &changed.schemas()));
    statements.extend(indexes_that_stay(name, changed.schemas()));
    let mut reasons: Vec<String> = changed.detected.iter().map(ToString::to_string).collect();
    if reasons.is_empty() {
        reasons.push(format!("`{name}` refers to a different key"));
    }
    reasons.push(format!("`{name}` is rebuilt, since ALTER TABLE cannot do this"));
    Operation { reasons, reviews, statements }
}

/// Returns the indexes of a table that do not change, with their original SQL.
pub(super) fn indexes_that_stay(table: &str, [was, is]: [&Schema; 2]) -> Vec<String> {
    let table = Name::new(table);
    let of_table = was.of_kind(Kind::Index).filter(|index| *index.table() == table);
    let stay = of_table.filter(|index| is.objects.get(&index.key()).is_some_and(|other| other == *index));
    stay.map(|index| format!("{};", index.sql())).collect()
}

/// Decides which values are copied into the new table.
struct Copier<'a> {
    changed: &'a Changed<'a>,
    rekeys: Rekeys<'a>,
}

impl Copier<'_> {
    /// Returns the columns to copy, and the questions about them.
    fn copy(&self) -> (Copy, Vec<String>) {
        let Changed { was, is, way, .. } = self.changed;
        let (mut copy, mut reviews) = (Copy::keeping_rowids([was, is]), Vec::new());
        let rekeys = self.rekeys.of(self.changed.name);
        for column in is.columns.iter().filter(|column| column.generated.is_none()) {
            let rekey = rekeys.iter().find(|rekey| rekey.column == column.name);
            let value = if let Some(rekey) = rekey {
                reviews.extend(way.asks(|| rekey.review.clone()));
                Some(rekey.value.clone())
            } else if let Some(before) = was.column(&column.name) {
                Some(self.converted(before, column, &mut reviews))
            } else {
                self.added(column, &mut reviews)
            };
            if let Some(value) = value {
                copy.add(identifier(&column.name), value);
            }
        }
        (copy, reviews)
    }

    /// Returns the value of a new column, or `None` if the column gets its default.
    fn added(&self, column: &Column, reviews: &mut Vec<String>) -> Option<String> {
        let Changed { was, is, .. } = self.changed;
        let must_differ = self.changed.must_differ(column);
        if is.rowid_alias().is_some_and(|alias| alias.name == column.name) {
            return rowid_word(was).map(str::to_owned);
        }
        let must_be_there = column.not_null.is_some() || is.is_in_primary_key(&column.name);
        let uses_default = column.default.is_some() && !must_differ;
        let refused = uses_default && refuses_its_default(self.changed, column);
        if (must_be_there && !uses_default) || refused {
            let number = rowid_word(was).unwrap_or("row_number() OVER ()");
            let fill = fill(self.changed, column, number);
            reviews.extend(fill.review);
            return Some(fill.value);
        }
        // A default would be the same for all rows.
        (column.default.is_some() && must_differ).then(|| "NULL".to_owned())
    }

    /// Returns the value of a column that stays. Adds a question if the value is converted.
    fn converted(&self, before: &Column, column: &Column, reviews: &mut Vec<String>) -> String {
        let Changed { name, was, is, way, .. } = self.changed;
        if let Some(number) = self.rekeys.number(name, &column.name) {
            reviews.extend(way.asks(|| number_review(name, column)));
            return number;
        }
        let own = identifier(&before.name);
        let cast = self.changed.cast(before, column);
        let mut ask = |review: String| {
            if !reviews.contains(&review) {
                reviews.extend(way.asks(|| review));
            }
        };
        if cast.is_some() {
            ask(strict_review(name));
        }
        if may_lose((before, was), (column, is)) {
            ask(type_review(name, before, column));
        }
        cast.map_or(own.clone(), |of| format!("CAST({own} AS {of})"))
    }
}
