//! The columns of keys, and the leading columns of indexes.

use aludel_core::schema::{Definition, Index, Indexed, Kind, Name, Schema, Table};

/// Returns the indexes of a table that contain all of its rows.
pub(super) fn indexes<'s>(schema: &'s Schema, table: &'s str) -> impl Iterator<Item = &'s Index> {
    let on_the_table = schema.of_kind(Kind::Index).filter(move |object| object.table().is(table));
    on_the_table.filter_map(|object| match object.definition() {
        Definition::Index(index) if index.filter.is_none() => Some(index),
        _ => None,
    })
}

/// Returns the leading columns of an index, up to the first expression.
pub(super) fn of_index(index: &Index) -> Vec<Name> {
    let columns = index.terms.iter().map_while(|term| match &term.what {
        Indexed::Column(column) => Some(column.clone()),
        Indexed::Expression(_) => None,
    });
    columns.collect()
}

pub(super) fn primary_key(table: &Table) -> Vec<Name> {
    let columns = table.primary_key.iter().flat_map(|key| &key.columns);
    columns.map(|column| column.column.clone()).collect()
}

pub(super) fn unique_constraints(table: &Table) -> impl Iterator<Item = Vec<Name>> {
    table.unique.iter().map(|unique| unique.columns.iter().map(|column| column.column.clone()).collect())
}

pub(super) fn written(names: &[Name]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
