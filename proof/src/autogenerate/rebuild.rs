//! Rebuilds a table: fills its columns and keeps its indexes. The planner recreates triggers and
//! views.

use aludel_core::schema::{Column, Kind, Name, Schema, identifier};
use rusqlite::Connection;

use super::changed::{Changed, is_alias};
use super::rows::fill::{fill, may_lose, number_review, refuses_its_default, strict_review, type_review};
use super::rows::mend::{Mend, mends};
use super::rows::orphans::let_go;
use super::rows::rekey::Rekeys;
use super::step::{Step, Way};
use crate::schema::rebuild::{Copy, rebuild, rowid_word};

/// Returns the statements that rebuild a table, with the indexes that stay.
pub(super) fn step(changed: &Changed<'_>, schemas: [&Schema; 2], connection: &Connection, way: Way) -> Step {
    let Changed { name, was, is, .. } = changed;
    let mends = mends(changed, schemas, connection, way);
    let leaves_out = mends.iter().any(Mend::leaves_out);
    let [before, target] = schemas;
    let rekeys = Rekeys { before, after: target };
    let (copy, reviews) = Copier { changed, target, mends, rekeys, connection, way }.copy();
    let mut statements = rebuild(name, [was, is], &copy, &schemas);
    statements.extend(indexes_that_stay(name, schemas));
    let mut reasons: Vec<String> = changed.detected.iter().map(ToString::to_string).collect();
    if reasons.is_empty() {
        reasons.push(format!("`{name}` refers to a different key"));
    }
    reasons.push(format!("`{name}` is rebuilt, since ALTER TABLE cannot do this"));
    let mut step = Step { reasons, reviews, statements };
    if leaves_out {
        let_go(&mut step, name, schemas);
    }
    step
}

/// Returns the indexes of a table that are the same before and after, with their original SQL.
pub(super) fn indexes_that_stay(table: &str, [was, is]: [&Schema; 2]) -> Vec<String> {
    let table = Name::new(table);
    let of_table = was.of_kind(Kind::Index).filter(|index| *index.table() == table);
    let stay = of_table.filter(|index| is.objects.get(&index.key()).is_some_and(|other| other == *index));
    stay.map(|index| format!("{};", index.sql())).collect()
}

/// Decides which values are copied.
struct Copier<'a> {
    changed: &'a Changed<'a>,
    target: &'a Schema,
    mends: Vec<Mend>,
    rekeys: Rekeys<'a>,
    connection: &'a Connection,
    way: Way,
}

impl Copier<'_> {
    /// Returns what is copied, and the questions about it.
    fn copy(&self) -> (Copy, Vec<String>) {
        let Changed { was, is, .. } = self.changed;
        let (mut copy, mut reviews) = (Copy::keeping_rowids([was, is]), Vec::new());
        let rekeys = self.rekeys.of(self.changed.name);
        for column in is.columns.iter().filter(|column| column.generated.is_none()) {
            if let Some(rekey) = rekeys.iter().find(|rekey| rekey.column == column.name) {
                copy.add(identifier(&column.name), rekey.value.clone());
                reviews.extend(self.way.asks(|| rekey.review.clone()));
            } else if let Some(value) = self.value(column, &mut reviews) {
                copy.add(identifier(&column.name), value);
            }
        }
        for mend in self.mends.iter().filter(|mend| mend.leaves_out()) {
            copy.only(format!("({}) IS NOT TRUE", mend.condition));
            reviews.extend(mend.review.clone());
        }
        (copy, reviews)
    }

    /// Returns the value of a column, or `None` if its default is used.
    fn value(&self, column: &Column, reviews: &mut Vec<String>) -> Option<String> {
        let Changed { name, was, is, .. } = self.changed;
        let is_rowid = is.rowid_alias().is_some_and(|alias| alias.name == column.name);
        let must_be_there = column.not_null.is_some() || (is.is_in_primary_key(&column.name) && !is_rowid);
        let mut filled = || {
            let known = (rowid_word(was), self.target);
            let fill = fill(self.connection, self.changed, column, known, self.way);
            reviews.extend(fill.review);
            fill.value
        };
        let Some(before) = was.column(&column.name) else {
            return match (is_rowid, &column.default) {
                (true, _) => rowid_word(was).map(str::to_owned),
                (false, default)
                    if must_be_there && (default.is_none() || self.changed.must_differ(column)) =>
                {
                    Some(filled())
                }
                (false, Some(_)) if self.changed.must_differ(column) => Some("NULL".to_owned()),
                (false, Some(_)) if refuses_its_default(self.connection, self.changed, column) => {
                    Some(filled())
                }
                (false, _) => None,
            };
        };
        let own = identifier(&before.name);
        let mut value = if column.not_null.is_some() && before.not_null.is_none() && !is_alias(was, before) {
            format!("coalesce({own}, {})", filled())
        } else {
            own
        };
        if let Some(number) = self.rekeys.number(name, &column.name) {
            reviews.extend(self.way.asks(|| number_review(name, column)));
            return Some(number);
        }
        if let Some(of) = self.changed.cast(before, column) {
            value = format!("CAST({value} AS {of})");
            reviews.extend(self.way.asks(|| strict_review(name, column, of)));
        }
        if may_lose((before, was), (column, is)) {
            reviews.extend(self.way.asks(|| type_review(name, before, column)));
        }
        for mend in &self.mends {
            let Some(mended) = mend.instead_of(&value, &column.name) else { continue };
            value = mended;
            // Several columns of one row lead to one question.
            reviews.extend(mend.review.clone().filter(|review| !reviews.contains(review)));
        }
        Some(value)
    }
}
