//! What becomes of rows that a constraint refuses which was not there before.
//!
//! Such rows get a value that stands in, as rows do that have none in a column that becomes NOT NULL: NULL where the column takes it, else
//! something of its type. Where nothing can stand in (two rows that are the same in all columns of a new key, each of which refers to another table),
//! rows are left out of the upgrade, which the header then declares; a downgrade leaves none out. A person is asked.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::changed::Changed;
use super::choose::{Chooser, Others};
use super::fill::Affinity;
use super::numbering::Numbering;
use super::rekey::Rekeys;
use super::step::{Mending, Way};
use super::substitute::substitute;
use crate::schema::mention::mentions;
use crate::schema::{
    Check, Column, Constraint, ForeignKey, Index, IndexTerm, Indexed, KeyColumn, Name, Schema, Table,
    identifier,
};

/// What becomes of some rows of a table.
pub(super) struct Mend {
    /// What they get, by column; nothing where they are left out.
    pub(super) values: Vec<(String, String)>,
    /// Which rows.
    pub(super) condition: String,
    pub(super) review: Option<String>,
}

impl Mend {
    /// As a statement of its own.
    pub(super) fn statement(&self, table: &str) -> String {
        let Self { values, condition, .. } = self;
        let table = identifier(table);
        if self.leaves_out() {
            return format!("DELETE FROM {table}\nWHERE {condition};");
        }
        let sets = values.iter().map(|(column, value)| format!("{} = {value}", identifier(column)));
        format!("UPDATE {table} SET {}\nWHERE {condition};", sets.collect::<Vec<_>>().join(", "))
    }

    /// As part of a copy, in place of what would be copied into a column else.
    pub(super) fn instead_of(&self, value: &str, column: &str) -> Option<String> {
        let (_, stands_in) = self.values.iter().find(|(of, _)| of == column)?;
        Some(format!("CASE WHEN {} THEN {stands_in} ELSE {value} END", self.condition))
    }

    pub(super) fn leaves_out(&self) -> bool {
        self.values.is_empty()
    }
}

/// What becomes of the rows that the new constraints of a table refuse.
pub(super) fn mends(
    changed: &Changed<'_>,
    [before, after]: [&Schema; 2],
    connection: &Connection,
    way: Way,
) -> Vec<Mend> {
    if changed.mending == Mending::No {
        return Vec::new();
    }
    let Changed { name, was, is, .. } = changed;
    let mender = Mender {
        table: name,
        was,
        is,
        way,
        mending: changed.mending,
        chooser: Chooser { connection, name, table: is },
        casts: changed.casts(),
    };
    let holds_a_cast = |sql: &str| mentions(sql, &mender.casts.keys().cloned().collect());
    let checks = is.checks.iter();
    let checks = checks.filter(|check| is_new_check(check, was) || holds_a_cast(&check.expression.written));
    let keys = is.primary_key.iter().map(|key| (&key.columns, Constraint::PrimaryKey(key.clone())));
    let keys = keys.chain(is.unique.iter().map(|key| (&key.columns, Constraint::Unique(key.clone()))));
    let keys = keys.filter(|(columns, _)| {
        is_new_key(columns, was, is) || columns.iter().any(|key| mender.casts.contains_key(&key.column))
    });
    let foreign =
        is.foreign_keys.iter().filter(|key| !was.foreign_keys.iter().any(|other| refer_alike(key, other)));
    let rekeys = Rekeys { before, after }.of(name);
    let follows = |key: &&ForeignKey| {
        rekeys.iter().any(|rekey| key.columns.iter().any(|column| column.is(&rekey.column)))
    };
    let foreign = foreign.filter(|key| !follows(key));
    let checks = checks.filter_map(|check| mender.check(check));
    let keys = keys.filter_map(|(columns, constraint)| mender.key(columns, &format!("`{constraint}`")));
    let foreign = foreign.filter_map(|key| mender.foreign_key(key, [before, after]));
    checks.chain(keys).chain(foreign).collect()
}

/// What becomes of the rows that a new CHECK refuses.
pub(super) fn mend_for_check(
    changed: &Changed<'_>,
    check: &Check,
    connection: &Connection,
    way: Way,
) -> Option<Mend> {
    let Changed { name, was, is, .. } = changed;
    let mends = changed.mending != Mending::No && is_new_check(check, was);
    let chooser = Chooser { connection, name, table: is };
    mends
        .then(|| {
            Mender { table: name, was, is, way, mending: changed.mending, chooser, casts: BTreeMap::new() }
                .check(check)
        })
        .flatten()
}

/// What becomes of the rows that a new unique index of a table refuses.
pub(super) fn mend_for_index(
    (table_name, table): (&str, &Table),
    (name, index): (&str, &Index),
    connection: &Connection,
    (way, mending): (Way, Mending),
) -> Option<Mend> {
    let chooser = Chooser { connection, name: table_name, table };
    let mender =
        Mender { table: table_name, was: table, is: table, way, mending, chooser, casts: BTreeMap::new() };
    mender.index(index, &format!("the index `{name}`"))
}

fn is_new_check(check: &Check, was: &Table) -> bool {
    !was.checks.iter().any(|other| other.expression == check.expression)
}

/// Whether rows that were different may be the same now: other columns, or other collations.
fn is_new_key(columns: &[KeyColumn], was: &Table, is: &Table) -> bool {
    let collation = |key: &KeyColumn, table: &Table| {
        key.collation.clone().or_else(|| table.column(key.column.as_str())?.collation.clone())
    };
    let same = |before: &[KeyColumn]| {
        before.len() == columns.len()
            && before.iter().zip(columns).all(|(before, after)| {
                before.column == after.column && collation(before, was) == collation(after, is)
            })
    };
    let primary = was.primary_key.iter().map(|key| &key.columns);
    !primary.chain(was.unique.iter().map(|key| &key.columns)).any(|before| same(before))
}

fn refer_alike(key: &ForeignKey, other: &ForeignKey) -> bool {
    key.columns == other.columns && key.parent == other.parent && key.parent_columns == other.parent_columns
}

struct Mender<'a> {
    table: &'a str,
    was: &'a Table,
    is: &'a Table,
    way: Way,
    mending: Mending,
    chooser: Chooser<'a>,
    /// What becomes of columns before constraints look at them.
    casts: BTreeMap<Name, String>,
}

impl Mender<'_> {
    /// An expression of the table that comes, over the row as it was.
    fn cast(&self, sql: &str) -> String {
        substitute(sql, self.table, |name| self.casts.get(name).cloned())
    }

    fn check(&self, check: &Check) -> Option<Mend> {
        let columns = self.chooser.named(check);
        if columns.iter().any(|column| self.was.column(&column.name).is_none()) {
            return None;
        }
        let condition = format!("NOT ({})", self.cast(&check.expression.written));
        let rows = format!("that `{}` refuses", Constraint::Check(check.clone()));
        let of_one = || {
            let free = columns.iter().filter(|column| self.is_free(column));
            let (nullable, others): (Vec<&Column>, Vec<&Column>) =
                free.partition(|column| self.may_be_null(column));
            nullable.into_iter().chain(others).find_map(|column| {
                Some(vec![(column, self.chooser.value(column, self.may_be_null(column), Others::Anything)?)])
            })
        };
        let of_several = || {
            let values = self.chooser.together(check, |column| self.may_be_null(column))?;
            values.iter().all(|(column, _)| self.is_free(column)).then_some(values)
        };
        let of_a_key = || match columns.as_slice() {
            [only] if only.generated.is_none() && !self.refers(only) => Some(vec![(
                *only,
                self.chooser.distinct(only, &Numbering::of(self.table, self.was)?.place, None)?,
            )]),
            _ => None,
        };
        let alone = || match columns.as_slice() {
            [only] if self.is_free(only) => Some(vec![(*only, self.chooser.value_alone(only)?)]),
            _ => None,
        };
        match of_one().or_else(of_several).or_else(of_a_key).or_else(alone) {
            Some(values) => Some(self.mend(&values, condition, &rows)),
            None => self.leave_out(condition, &rows),
        }
    }

    /// Whether a column may get any value.
    fn is_free(&self, column: &Column) -> bool {
        let in_key = self.keys().any(|key| key.column.is(&column.name));
        column.generated.is_none() && !in_key && !self.refers(column)
    }

    fn refers(&self, column: &Column) -> bool {
        self.is.foreign_keys.iter().flat_map(|key| &key.columns).any(|name| name.is(&column.name))
    }

    fn keys(&self) -> impl Iterator<Item = &KeyColumn> {
        let primary = self.is.primary_key.iter().flat_map(|key| &key.columns);
        primary.chain(self.is.unique.iter().flat_map(|key| &key.columns))
    }

    fn key(&self, columns: &[KeyColumn], constraint: &str) -> Option<Mend> {
        let terms = columns.iter().map(|key| {
            let collation =
                key.collation.clone().or_else(|| self.is.column(key.column.as_str())?.collation.clone());
            (
                Some(&key.column),
                with_collation(&self.cast(&identifier(key.column.as_str())), collation.as_ref()),
            )
        });
        self.unique(&terms.collect::<Vec<_>>(), None, constraint)
    }

    fn index(&self, index: &Index, told: &str) -> Option<Mend> {
        let terms = index.terms.iter().map(|IndexTerm { what, collation, .. }| match what {
            Indexed::Column(column) => {
                (Some(column), with_collation(&identifier(column.as_str()), collation.as_ref()))
            }
            Indexed::Expression(expression) => {
                (None, with_collation(&expression.written, collation.as_ref()))
            }
        });
        let filter = index.filter.as_ref().map(|filter| filter.written.as_str());
        self.unique(&terms.collect::<Vec<_>>(), filter, told)
    }

    /// The first of several rows with the same values keeps them.
    fn unique(
        &self,
        terms: &[(Option<&Name>, String)],
        filter: Option<&str>,
        constraint: &str,
    ) -> Option<Mend> {
        let in_terms = |column: &&Column| {
            let name = Name::new(column.name.as_str());
            terms.iter().any(|(of, sql)| match of {
                Some(of) => **of == name,
                None => mentions(sql, &[name.clone()].into()),
            })
        };
        let columns: Vec<&Column> = self.is.columns.iter().filter(in_terms).collect();
        if columns.iter().any(|column| self.was.column(&column.name).is_none()) {
            return None;
        }
        let numbering = Numbering::of(self.table, self.was)?;
        let null = columns.iter().find(|column| self.may_be_null(column));
        let in_primary_key = |column: &Column| {
            self.was.primary_key.iter().flat_map(|key| &key.columns).any(|key| key.column.is(&column.name))
        };
        let own = columns.iter().filter(|column| column.generated.is_none() && !self.refers(column));
        let (keys, others): (Vec<&&Column>, Vec<&&Column>) = own.partition(|column| in_primary_key(column));
        // The numbers of rows are told by the key of a table WITHOUT ROWID: it stays.
        let mut own = others.into_iter().chain(keys.into_iter().filter(|_| !self.was.without_rowid));
        let values = match null {
            Some(column) => Some((*column, "NULL".to_owned())),
            None => own.find_map(|column| Some((*column, self.own_value(column, &numbering.number)?))),
        };
        let chosen = values.as_ref().map(|(column, _)| column.name.as_str());
        let differs =
            columns.iter().filter(|other| Some(other.name.as_str()) != chosen && self.may_be_null(other));
        let differs = differs.map(|other| format!("{} IS NOT NULL", identifier(&other.name)));
        let in_force = filter.iter().map(|sql| format!("({sql})"));
        let group = terms.iter().map(|(_, sql)| sql.as_str()).collect::<Vec<_>>().join(", ");
        let condition: Vec<String> =
            in_force.chain(differs).chain([numbering.all_but_the_first(&group, filter)]).collect();
        let condition = condition.join(" AND ");
        let rows =
            format!("that {constraint} refuses, all but the first of several that are the same there,");
        match values {
            Some(set) => Some(self.mend(&[set], condition, &rows)),
            None => self.leave_out(condition, &rows),
        }
    }

    /// A value that no other row has.
    fn own_value(&self, column: &Column, number: &str) -> Option<String> {
        let own = identifier(&column.name);
        let column = self.is.column(&column.name)?;
        match Affinity::of(column, self.is) {
            Affinity::Text | Affinity::Blob => self.chooser.distinct(column, number, Some(&own)),
            Affinity::Integer | Affinity::Real | Affinity::Numeric => {
                let largest = format!("(SELECT max({own}) FROM {})", identifier(self.table));
                self.chooser.distinct(column, number, None).map(|number| format!("{largest} + {number}"))
            }
        }
    }

    fn foreign_key(&self, key: &ForeignKey, [before, after]: [&Schema; 2]) -> Option<Mend> {
        let parent = key.parent.as_str();
        let there = before.table(parent).or_else(|| after.table(parent))?;
        let named = if key.parent_columns.is_empty() {
            there.primary_key.iter().flat_map(|key| &key.columns).map(|key| key.column.clone()).collect()
        } else {
            key.parent_columns.clone()
        };
        let is_there = |column: &Name| there.column(column.as_str()).is_some();
        let columns: Option<Vec<&Column>> =
            key.columns.iter().map(|name| self.is.column(name.as_str())).collect();
        let columns = columns?;
        if named.is_empty()
            || !named.iter().all(is_there)
            || columns.iter().any(|column| self.was.column(&column.name).is_none())
        {
            return None;
        }
        let null = columns.iter().find(|column| self.may_be_null(column));
        let in_key = |column: &Column| self.keys().any(|key| key.column.is(&column.name));
        let values = match (null, columns.as_slice(), named.as_slice()) {
            (Some(column), _, _) => Some((*column, "NULL".to_owned())),
            (None, [only], [parent_column]) if !in_key(only) => {
                Some((*only, any_parent(parent, parent_column)))
            }
            _ => None,
        };
        let list = |names: Vec<String>| {
            if names.len() == 1 { names.concat() } else { format!("({})", names.join(", ")) }
        };
        let child = list(columns.iter().map(|column| identifier(&column.name)).collect());
        let parents: Vec<String> = named.iter().map(|name| identifier(name.as_str())).collect();
        let condition = format!(
            "{child} NOT IN (SELECT {} FROM {}{})",
            parents.join(", "),
            identifier(parent),
            without_nulls(&named, there)
        );
        let rows =
            format!("that `{}` refuses, since they refer to nothing,", Constraint::ForeignKey(key.clone()));
        match values {
            Some(set) => Some(self.mend(&[set], condition, &rows)),
            None => self.leave_out(condition, &rows),
        }
    }

    fn mend(&self, values: &[(&Column, String)], condition: String, rows: &str) -> Mend {
        let told =
            |(column, value): &(&Column, String)| format!("`{value}` as `{}.{}`", self.table, column.name);
        let review = || {
            let told: Vec<String> = values.iter().map(told).collect();
            format!("rows {rows} get {}; is that right for yours?", told.join(" and "))
        };
        let review = self.way.asks(review);
        let values = values.iter().map(|(column, value)| (column.name.clone(), self.cast(value))).collect();
        Mend { values, condition, review }
    }

    /// Only where such rows are known, and a person is asked.
    fn leave_out(&self, condition: String, rows: &str) -> Option<Mend> {
        if self.mending != Mending::Yes {
            return None;
        }
        let review =
            || format!("rows {rows} are left out of `{}`; is there nothing to be done for them?", self.table);
        let review = self.way.asks(review)?;
        Some(Mend { values: Vec::new(), condition, review: Some(review) })
    }

    fn may_be_null(&self, column: &Column) -> bool {
        let in_key =
            self.is.primary_key.iter().flat_map(|key| &key.columns).any(|key| key.column.is(&column.name));
        column.not_null.is_none() && column.generated.is_none() && !in_key
    }
}

/// A row of the parent, for a row that has to refer to one.
pub(super) fn any_parent(parent: &str, column: &Name) -> String {
    format!("(SELECT min({}) FROM {})", identifier(column.as_str()), identifier(parent))
}

/// Leaves NULLs out, to which nothing refers, and with which nothing would be `NOT IN`.
fn without_nulls(columns: &[Name], table: &Table) -> String {
    let may_be_null = |name: &&Name| {
        let is_alias = table.rowid_alias().is_some_and(|alias| name.is(&alias.name));
        !is_alias && table.column(name.as_str()).is_some_and(|column| column.not_null.is_none())
    };
    let nulls = columns.iter().filter(may_be_null);
    let words: Vec<String> = nulls.map(|name| format!("{} IS NOT NULL", identifier(name.as_str()))).collect();
    if words.is_empty() { String::new() } else { format!(" WHERE {}", words.join(" AND ")) }
}

fn with_collation(sql: &str, collation: Option<&Name>) -> String {
    collation.map_or(sql.to_owned(), |collation| format!("{sql} COLLATE {}", identifier(collation.as_str())))
}
