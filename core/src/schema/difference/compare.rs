//! Finds the differences between schemas. They are sorted by object. Within a table, differences
//! between columns come first, in column order, followed by differences between constraints.

use std::sync::Arc;

use super::{Constraint, Difference, TableOption};
use crate::schema::{Change, Changes, Column, Definition, KeyColumn, Kind, Name, NotNull, Object, Table};

/// Returns the differences that the changes cause: at least one, unless there are no changes.
#[must_use]
pub fn differences(changes: &Changes) -> Vec<Difference> {
    let mut found = Vec::new();
    for Change { was, is } in changes.objects.values() {
        match (was, is) {
            (Some(was), None) if !goes_with_its_table(changes, was, |table| table.is.is_none()) => {
                found.push(Difference::Missing { kind: was.kind(), name: was.name().to_owned() });
            }
            (None, Some(is)) if !goes_with_its_table(changes, is, |table| table.was.is_none()) => {
                found.push(Difference::LeftBehind { kind: is.kind(), name: is.name().to_owned() });
            }
            (Some(was), Some(is)) => compare_objects(was, is, &mut found),
            (Some(_), None) | (None, Some(_) | None) => {}
        }
    }
    found
}

/// Returns `true` if an index or a trigger appears or disappears together with its table. Such an
/// object is not reported separately.
fn goes_with_its_table(changes: &Changes, object: &Object, condition: impl Fn(&Change) -> bool) -> bool {
    let table = |kind: Kind| changes.objects.get(&(kind, object.table().clone()));
    matches!(object.kind(), Kind::Index | Kind::Trigger)
        && [Kind::Table, Kind::View].into_iter().filter_map(table).any(condition)
}

fn compare_objects(was: &Arc<Object>, is: &Arc<Object>, found: &mut Vec<Difference>) {
    let (kind, name) = (was.kind(), was.name());
    if name != is.name() {
        found.push(Difference::Respelled { kind, was: name.to_owned(), is: is.name().to_owned() });
    }
    match (was.definition(), is.definition()) {
        (Definition::Table(was), Definition::Table(is)) => {
            Comparison { table: name.to_owned(), found }.tables(was, is);
        }
        (before, after) if before != after && (kind == Kind::Index || was.table() == is.table()) => {
            found.push(Difference::Definition { was: Arc::clone(was), is: Arc::clone(is) });
        }
        _ if was.table() != is.table() => {
            let (was, is) = (was.table().clone(), is.table().clone());
            found.push(Difference::Moved { kind, name: name.to_owned(), was, is });
        }
        _ => {}
    }
}

struct Comparison<'a> {
    table: String,
    found: &'a mut Vec<Difference>,
}

impl Comparison<'_> {
    fn tables(&mut self, was: &Table, is: &Table) {
        self.columns(was, is);
        self.order(was, is);
        self.constraints(was, is);
        for (option, was, is) in [
            (TableOption::Strict, was.strict, is.strict),
            (TableOption::WithoutRowid, was.without_rowid, is.without_rowid),
        ] {
            if was != is {
                self.found.push(Difference::TableOption { table: self.table.clone(), option, was });
            }
        }
    }

    fn columns(&mut self, was: &Table, is: &Table) {
        for column in &was.columns {
            let Some(other) = is.column(&column.name) else {
                self.column(Some(as_written(was, column)), None);
                continue;
            };
            let (before, after) = (as_compared(was, column, other), as_compared(is, other, column));
            if before != after {
                self.column(Some(before), Some(after));
            }
        }
        for column in is.columns.iter().filter(|column| was.column(&column.name).is_none()) {
            self.column(None, Some(as_written(is, column)));
        }
    }

    fn column(&mut self, was: Option<Column>, is: Option<Column>) {
        let (table, was, is) = (self.table.clone(), was.map(Box::new), is.map(Box::new));
        self.found.push(Difference::Column { table, was, is });
    }

    fn order(&mut self, was: &Table, is: &Table) {
        let names = |columns: &[Column], other: &Table| -> Vec<String> {
            let both = columns.iter().filter(|column| other.column(&column.name).is_some());
            both.map(|column| column.name.clone()).collect()
        };
        let (was, is) = (names(&was.columns, is), names(&is.columns, was));
        if was.iter().zip(&is).any(|(was, is)| !was.eq_ignore_ascii_case(is)) {
            self.found.push(Difference::ColumnOrder { table: self.table.clone(), was, is });
        }
    }

    fn constraints(&mut self, was: &Table, is: &Table) {
        let (before, after) = (Constraint::all(was), Constraint::all(is));
        let gone = before.iter().filter(|constraint| !after.contains(constraint));
        let mut new: Vec<&Constraint> = after.iter().filter(|item| !before.contains(item)).collect();
        for constraint in gone {
            let successor = new.iter().position(|other| is_the_same(constraint, other));
            let successor = successor.map(|position| new.remove(position).clone());
            if successor.is_some() || !lacks_a_column(constraint, |column| is.column(column).is_none()) {
                self.constraint(Some(constraint.clone()), successor);
            }
        }
        for constraint in new {
            if !lacks_a_column(constraint, |column| was.column(column).is_none()) {
                self.constraint(None, Some(constraint.clone()));
            }
        }
    }

    fn constraint(&mut self, was: Option<Constraint>, is: Option<Constraint>) {
        self.found.push(Difference::Constraint { table: self.table.clone(), was, is });
    }
}

/// Returns a column with NOT NULL as declared. For a rowid alias, a table stores NOT NULL in its
/// primary key, not in the column.
fn as_written(table: &Table, column: &Column) -> Column {
    let is_said =
        stands_for_rowid(table, column) && table.primary_key.as_ref().is_some_and(|key| key.not_null.0);
    Column { not_null: column.not_null.clone().or_else(|| is_said.then(NotNull::default)), ..column.clone() }
}

/// Returns a column in the form used to compare it with the other table's column. A rowid is never
/// NULL, with or without NOT NULL.
fn as_compared(table: &Table, column: &Column, other: &Column) -> Column {
    if stands_for_rowid(table, column) && other.not_null.is_some() {
        return Column { not_null: other.not_null.clone(), ..column.clone() };
    }
    as_written(table, column)
}

fn stands_for_rowid(table: &Table, column: &Column) -> bool {
    table.rowid_alias().is_some_and(|alias| alias.name == column.name)
}

/// Returns `true` if a constraint includes a column that does not exist on the other side.
fn lacks_a_column(constraint: &Constraint, is_absent: impl Fn(&str) -> bool) -> bool {
    let names = |columns: &[KeyColumn]| columns.iter().any(|key| is_absent(key.column.as_str()));
    match constraint {
        Constraint::PrimaryKey(key) => names(&key.columns),
        Constraint::Unique(unique) => names(&unique.columns),
        Constraint::ForeignKey(key) => key.columns.iter().any(|column| is_absent(column.as_str())),
        Constraint::Check(_) => false,
    }
}

/// Returns `true` if one constraint is a changed version of the other.
fn is_the_same(was: &Constraint, is: &Constraint) -> bool {
    let names =
        |columns: &[KeyColumn]| -> Vec<Name> { columns.iter().map(|key| key.column.clone()).collect() };
    match (was, is) {
        (Constraint::PrimaryKey(_), Constraint::PrimaryKey(_)) => true,
        (Constraint::Unique(was), Constraint::Unique(is)) => names(&was.columns) == names(&is.columns),
        (Constraint::ForeignKey(was), Constraint::ForeignKey(is)) => was.columns == is.columns,
        (Constraint::Check(was), Constraint::Check(is)) => {
            was.expression == is.expression || (was.name.is_some() && was.name == is.name)
        }
        _ => false,
    }
}
