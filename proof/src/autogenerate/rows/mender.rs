//! Says what rows get that one constraint refuses.

use std::collections::BTreeMap;

use aludel_core::schema::{
    Check, Column, Constraint, ForeignKey, Index, IndexTerm, Indexed, KeyColumn, Name, Schema, Table,
    identifier,
};

use super::choose::{Chooser, Others};
use super::fill::Affinity;
use super::mend::Mend;
use super::numbering::Numbering;
use super::substitute::substitute;
use crate::autogenerate::step::{Mending, Way};
use crate::schema::mention::mentions;

pub(super) struct Mender<'a> {
    pub(super) table: &'a str,
    pub(super) was: &'a Table,
    pub(super) is: &'a Table,
    pub(super) way: Way,
    pub(super) mending: Mending,
    pub(super) chooser: Chooser<'a>,
    /// What becomes of columns before constraints look at them.
    pub(super) casts: BTreeMap<Name, String>,
}

impl Mender<'_> {
    /// An expression of the table that comes, over the row as it was.
    fn cast(&self, sql: &str) -> String {
        substitute(sql, self.table, |name| self.casts.get(name).cloned())
    }

    pub(super) fn check(&self, check: &Check) -> Option<Mend> {
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

    pub(super) fn key(&self, columns: &[KeyColumn], constraint: &str) -> Option<Mend> {
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

    pub(super) fn index(&self, index: &Index, told: &str) -> Option<Mend> {
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
        let own = columns.iter().filter(|column| column.generated.is_none() && !self.refers(column));
        let (keys, others): (Vec<&&Column>, Vec<&&Column>) =
            own.partition(|column| self.was.is_in_primary_key(&column.name));
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
        let rows = format!("that {constraint} refuses (all but the first of equal rows)");
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

    pub(super) fn foreign_key(&self, key: &ForeignKey, [before, after]: [&Schema; 2]) -> Option<Mend> {
        let parent = key.parent.as_str();
        let there = before.table(parent).or_else(|| after.table(parent))?;
        let named: Vec<Name> = key.parent_key(there).into_iter().cloned().collect();
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
        let rows = format!("that `{}` refuses (they refer to nothing)", Constraint::ForeignKey(key.clone()));
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
            format!("rows {rows} get {}: is that right for your data?", told.join(" and "))
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
        let review = || format!("rows {rows} are left out of `{}`: is that intended?", self.table);
        let review = self.way.asks(review)?;
        Some(Mend { values: Vec::new(), condition, review: Some(review) })
    }

    fn may_be_null(&self, column: &Column) -> bool {
        column.not_null.is_none() && column.generated.is_none() && !self.is.is_in_primary_key(&column.name)
    }
}

/// A row of the parent, for a row that has to refer to one.
pub(in crate::autogenerate) fn any_parent(parent: &str, column: &Name) -> String {
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
