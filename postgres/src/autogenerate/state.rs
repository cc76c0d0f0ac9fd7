//! A schema with the dependencies between its objects.

use std::collections::{BTreeMap, BTreeSet};

use super::dependencies::Dependencies;
use super::names::owning_column;
use crate::catalog::{Catalog, Column, Table};

/// A schema with the dependencies between its objects.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) catalog: Catalog,
    pub(super) dependencies: Dependencies,
}

impl State {
    /// Returns the table that its members refer to by this name, such as `table public.photos`.
    /// Returns `None` if there is none.
    pub(super) fn table(&self, owner: &str) -> Option<&Table> {
        let name = owner.strip_prefix("table ")?;
        self.catalog.tables.iter().find(|table| table.name == name)
    }

    /// Returns `true` if there is a domain with the name that its members refer to, such as
    /// `domain public.rating`.
    pub(super) fn has_domain(&self, owner: &str) -> bool {
        let name = owner.strip_prefix("domain ");
        self.catalog.domains.iter().any(|domain| Some(domain.name.as_str()) == name)
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
            let (table, column) = owning_column(sequence.owned_by.as_deref()?);
            columns
                .contains(&(table.as_str(), column))
                .then(|| (format!("{table}: column {column}"), sequence.name.clone()))
        });
        owned.collect()
    }
}

/// Returns `true` if statements are generated for a table. Partitions, children, typed tables and
/// foreign tables are left unchanged.
pub(super) fn is_handled(table: &Table) -> bool {
    let Table { kind, bound, parents, of_type, access_method, tablespace, server, .. } = table;
    let rare = [bound, parents, of_type, access_method, tablespace, server];
    kind != "foreign table" && rare.iter().all(|property| property.is_none())
}
