//! Compares two schemas, and plans the operations that lead from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use super::affected::Affected;
use super::cast::Casts;
use super::dependencies::Dependencies;
use super::names::owner_of;
use super::operation::{Operation, Operations};
use super::{column, comment, constraint, enums, function, index, schema, sequence, table, trigger, view};
use crate::catalog::{Catalog, Column, Table};

/// A schema with the dependencies between its objects.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) catalog: Catalog,
    pub(super) dependencies: Dependencies,
}

/// How values are added to enums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewValues {
    /// By `ALTER TYPE … ADD VALUE`.
    Added,
    /// With a new type, so that the same transaction can use them.
    Rebuilt,
}

/// Plans the way from one schema to another.
pub(super) struct Planner<'a> {
    pub(super) was: &'a State,
    pub(super) is: &'a State,
    pub(super) casts: &'a Casts,
    pub(super) new_values: NewValues,
    pub(super) affected: Affected,
}

impl<'a> Planner<'a> {
    pub(super) fn new(was: &'a State, is: &'a State, casts: &'a Casts, new_values: NewValues) -> Self {
        let mut planner = Self { was, is, casts, new_values, affected: Affected::default() };
        planner.affected = Affected::find(&planner);
        planner
    }

    /// Returns the sorted operations.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let (was, is, planner) = (self.was, self.is, self);
        let mut operations = Operations::default();
        schema::plan(planner, &mut operations);
        enums::plan(planner, &mut operations);
        sequence::plan(planner, &mut operations);
        table::plan(planner, &mut operations);
        column::plan(planner, &mut operations);
        constraint::plan(planner, &mut operations);
        index::plan(planner, &mut operations);
        function::plan(planner, &mut operations);
        view::plan(planner, &mut operations);
        trigger::plan(planner, &mut operations);
        comment::plan(planner, &mut operations);
        operations.sorted(&was.dependencies, &is.dependencies)
    }

    /// Returns `true` if an object, or the object that it belongs to, is dropped before others are
    /// created.
    pub(super) fn is_gone(&self, object: &str) -> bool {
        self.affected.gone.contains(object)
            || owner_of(object).is_some_and(|owner| self.affected.gone.contains(owner))
            || object.strip_suffix(": default").is_some_and(|column| self.affected.gone.contains(column))
    }

    /// Returns `true` if the object that another one belongs to is dropped, so that it goes too.
    pub(super) fn goes_with_owner(&self, owner: &str) -> bool {
        self.affected.gone.contains(owner)
    }

    /// Returns `true` if statements for this table are generated, on both sides.
    pub(super) fn is_handled(&self, owner: &str) -> bool {
        let Some(name) = owner.strip_prefix("table ") else { return true };
        let is_plain = |state: &State| {
            state.catalog.tables.iter().find(|table| table.name == name).is_none_or(table::is_handled)
        };
        is_plain(self.was) && is_plain(self.is)
    }

    /// Returns `true` if a table exists before, and is not recreated.
    pub(super) fn is_existing_table(&self, owner: &str) -> bool {
        self.was.table(owner).is_some() && !self.is_gone(owner)
    }
}

impl State {
    /// Returns a table by its name as the owner of others, such as `table public.photos`.
    pub(super) fn table(&self, owner: &str) -> Option<&Table> {
        let name = owner.strip_prefix("table ")?;
        self.catalog.tables.iter().find(|table| table.name == name)
    }

    /// Returns the columns of a table in order.
    pub(super) fn columns(&self, owner: &str) -> Vec<&Column> {
        let names = self.catalog.column_order.get(owner).map(Vec::as_slice).unwrap_or_default();
        names.iter().filter_map(|name| self.column(owner, name)).collect()
    }

    pub(super) fn column(&self, owner: &str, name: &str) -> Option<&Column> {
        self.catalog.columns.iter().find(|column| column.parent == owner && column.name == name)
    }

    /// Returns the names of the sequences of identity columns.
    pub(super) fn identity_sequences(&self) -> BTreeMap<String, String> {
        let columns: BTreeSet<(&str, &str)> = self
            .catalog
            .columns
            .iter()
            .filter(|column| column.identity.is_some())
            .map(|column| (column.parent.as_str(), column.name.as_str()))
            .collect();
        let owned = self.catalog.sequences.iter().filter_map(|sequence| {
            let (table, column) = sequence::owner(sequence.owned_by.as_deref()?);
            columns
                .contains(&(table.as_str(), column))
                .then(|| (format!("{table}: column {column}"), sequence.name.clone()))
        });
        owned.collect()
    }
}
