//! Completes a target schema from the current schema.

use std::sync::Arc;

use aludel_core::schema::{
    Changes, Check, Column, Constraint, ForeignKey, Kind, Name, Object, PrimaryKey, Schema, Table, Unique,
};

use super::compared::{completed_from, naming_constraints_as, naming_parents_as, replace_table};
use super::settings::{Compared, Naming, Settings};
use crate::schema::mention::mentions;

/// A target schema and how it is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// The schema.
    pub(crate) schema: &'a Schema,
    /// The kinds of objects that the schema does not define.
    pub(crate) left_open: LeftOpen,
    /// The comparison settings.
    pub(crate) settings: &'a Settings,
}

/// The kinds of objects that a target schema does not define. Such objects at the head stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOpen {
    /// The target schema defines all objects.
    Nothing,
    /// Virtual tables.
    VirtualTables,
    /// Virtual tables, views and triggers.
    BeyondTables,
}

/// Returns the changes that lead from a schema to the target schema.
pub(crate) fn changes(current: &Schema, wish: Wish<'_>) -> Changes {
    Changes::between(&taken(current, wish.settings), &expected(current, wish))
}

/// Returns the objects that the settings include.
pub(crate) fn taken(schema: &Schema, settings: &Settings) -> Schema {
    let mut taken = schema.clone();
    taken.retain_tables(|table| settings.takes(table));
    taken
}

/// Returns the target schema, completed from the current schema. The renames have already been
/// applied to the current schema.
pub(crate) fn expected(current: &Schema, Wish { schema, left_open, settings }: Wish<'_>) -> Schema {
    let mut expected = taken(&schema.without_neighbours(current), settings);
    let current = taken(current, settings);
    expected = completed_from(&expected, &current, left_open);
    expected = naming_constraints_as(&naming_parents_as(&expected, &current), &current);
    // Only tables that differ are completed, so a thousand equal tables cost nothing.
    let differs = |object: &&Arc<Object>| current.objects.get(&object.key()) != Some(*object);
    let differing = expected.of_kind(Kind::Table).filter(differs);
    let tables: Vec<(String, Table)> =
        differing.filter_map(|object| Some((object.name().to_owned(), object.as_table()?.clone()))).collect();
    for (name, table) in tables {
        let was = current.table(&name);
        let new = settle_table(&name, table.clone(), was, settings);
        if new != table {
            replace_table(&mut expected, &name, &new);
        }
    }
    expected
}

/// Returns the schema with the columns of its tables in the order of another schema, and new
/// columns last. Returns it unchanged if the order of columns is compared.
pub(crate) fn in_order_of(current: &Schema, schema: &Schema, settings: &Settings) -> Schema {
    let mut ordered = schema.clone();
    if settings.compared.order {
        return ordered;
    }
    for (name, table) in schema.tables() {
        let Some(was) = current.table(name).filter(|was| *was != table) else { continue };
        let mut new = table.clone();
        order_as(&mut new, was);
        if new != *table {
            replace_table(&mut ordered, name, &new);
        }
    }
    ordered
}

fn order_as(table: &mut Table, was: &Table) {
    let place =
        |column: &Column| was.columns.iter().position(|other| other.name.eq_ignore_ascii_case(&column.name));
    table.columns.sort_by_key(|column| place(column).unwrap_or(usize::MAX));
}

fn settle_table(name: &str, mut table: Table, was: Option<&Table>, settings: &Settings) -> Table {
    let Compared { types, defaults, order } = settings.compared;
    for column in &mut table.columns {
        let Some(before) = was.and_then(|was| was.column(&column.name)) else { continue };
        if !types {
            column.declared_type.clone_from(&before.declared_type);
        }
        if !defaults {
            column.default.clone_from(&before.default);
        }
    }
    if let Some(was) = was.filter(|_| !order) {
        order_as(&mut table, was);
    }
    name_constraints(name, &mut table, was, &settings.naming);
    table.normalised()
}

/// Names unnamed constraints, as in the current schema or else by the pattern.
fn name_constraints(name: &str, table: &mut Table, was: Option<&Table>, naming: &Naming) {
    let before = was.map(Constraint::all).unwrap_or_default();
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let named = |pattern: &Option<String>, constraint: &Constraint, columns: &str, parent: &str| {
        let pattern = pattern.as_ref()?;
        let same = before.iter().find(|other| without_name(other) == *constraint);
        match same {
            Some(same) => name_of(same).cloned(),
            None => Some(
                pattern.replace("{table}", name).replace("{columns}", columns).replace("{parent}", parent),
            ),
        }
    };
    if let Some(key) = table.primary_key.as_mut().filter(|key| key.name.is_none()) {
        let columns = joined(key.columns.iter().map(|key| &key.column));
        key.name = named(&naming.primary_key, &Constraint::PrimaryKey(key.clone()), &columns, "");
    }
    for unique in table.unique.iter_mut().filter(|unique| unique.name.is_none()) {
        let columns = joined(unique.columns.iter().map(|key| &key.column));
        unique.name = named(&naming.unique, &Constraint::Unique(unique.clone()), &columns, "");
    }
    for check in table.checks.iter_mut().filter(|check| check.name.is_none()) {
        let is_named =
            |column: &&String| mentions(&check.expression.written, &[Name::new(column.as_str())].into());
        let columns: Vec<&str> = columns.iter().filter(is_named).map(String::as_str).collect();
        check.name = named(&naming.check, &Constraint::Check(check.clone()), &columns.join("_"), "");
    }
    for key in table.foreign_keys.iter_mut().filter(|key| key.name.is_none()) {
        let columns = joined(key.columns.iter());
        let parent = key.parent.as_str().to_owned();
        key.name = named(&naming.foreign_key, &Constraint::ForeignKey(key.clone()), &columns, &parent);
    }
}

fn joined<'n>(names: impl Iterator<Item = &'n Name>) -> String {
    names.map(Name::as_str).collect::<Vec<_>>().join("_")
}

fn name_of(constraint: &Constraint) -> Option<&String> {
    match constraint {
        Constraint::PrimaryKey(PrimaryKey { name, .. })
        | Constraint::Unique(Unique { name, .. })
        | Constraint::Check(Check { name, .. })
        | Constraint::ForeignKey(ForeignKey { name, .. }) => name.as_ref(),
    }
}

fn without_name(constraint: &Constraint) -> Constraint {
    match constraint.clone() {
        Constraint::PrimaryKey(key) => Constraint::PrimaryKey(PrimaryKey { name: None, ..key }),
        Constraint::Unique(unique) => Constraint::Unique(Unique { name: None, ..unique }),
        Constraint::Check(check) => Constraint::Check(Check { name: None, ..check }),
        Constraint::ForeignKey(key) => Constraint::ForeignKey(ForeignKey { name: None, ..key }),
    }
}
