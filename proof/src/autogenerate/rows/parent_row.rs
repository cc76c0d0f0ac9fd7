//! A row for a new table to which rows that are there have to refer.

use aludel_core::schema::{Column, Name, Schema, Table, identifier};
use rusqlite::Connection;

use super::choose::Others;
use super::fill::candidate;

/// A row for a table that is there and may be empty, to which rows that are there have to refer from now on.
pub(in crate::autogenerate) fn row_of_an_empty_parent(
    name: &str,
    [before, after]: [&Schema; 2],
    connection: &Connection,
) -> Option<String> {
    let table = before.table(name)?;
    let must_refer = |of: &Table| {
        let not_null =
            |column: &Name| of.column(column.as_str()).is_some_and(|column| column.not_null.is_some());
        of.foreign_keys.iter().any(|key| key.parent.is(name) && key.columns.iter().all(not_null))
    };
    let refers_anew = |(child, of): &(&str, &Table)| {
        before.table(child).is_some_and(|was| !must_refer(was))
            && must_refer(of)
            && !name.eq_ignore_ascii_case(child)
    };
    let children: Vec<String> =
        after.tables().filter(refers_anew).map(|(child, _)| child.to_owned()).collect();
    let row = row(name, table, connection)?;
    let some: Vec<String> =
        children.iter().map(|child| format!("EXISTS (SELECT 1 FROM {})", identifier(child))).collect();
    let condition = match some.as_slice() {
        [] => return None,
        [only] => only.clone(),
        several => format!("({})", several.join(" OR ")),
    };
    Some(format!("{row} WHERE NOT EXISTS (SELECT 1 FROM {}) AND {condition};", identifier(name)))
}

/// A row for a new table to which rows that are there have to refer; nothing where none do, or where it would have to refer to others.
pub(in crate::autogenerate) fn parent_row(
    name: &str,
    table: &Table,
    [before, after]: [&Schema; 2],
    connection: &Connection,
) -> Option<String> {
    let has_to_refer = |child: &Table| {
        child.foreign_keys.iter().any(|key| {
            let is_not_null =
                |column: &Name| child.column(column.as_str()).is_some_and(|column| column.not_null.is_some());
            key.parent.is(name) && key.columns.iter().all(is_not_null)
        })
    };
    let children = after.tables().filter(|(child, of)| before.table(child).is_some() && has_to_refer(of));
    let some: Vec<String> =
        children.map(|(child, _)| format!("EXISTS (SELECT 1 FROM {})", identifier(child))).collect();
    if some.is_empty() {
        return None;
    }
    Some(format!("{} WHERE {};", row(name, table, connection)?, some.join(" OR ")))
}

/// The beginning of a statement that inserts one row of the least that a table needs; nothing where that would have to refer to others.
fn row(name: &str, table: &Table, connection: &Connection) -> Option<String> {
    let alias = table.rowid_alias().map(|column| &column.name);
    let needed = |column: &&Column| {
        column.generated.is_none()
            && (table.is_in_primary_key(&column.name)
                || (column.not_null.is_some() && column.default.is_none()))
    };
    let columns: Vec<&Column> = table.columns.iter().filter(needed).collect();
    let refers = |column: &Column| {
        table.foreign_keys.iter().flat_map(|key| &key.columns).any(|name| name.is(&column.name))
    };
    if columns.is_empty() || columns.iter().any(|column| refers(column)) {
        return None;
    }
    let value = |column: &&Column| {
        if alias == Some(&column.name) {
            "1".to_owned()
        } else {
            candidate(connection, (name, [table, table]), column, Others::Anything)
        }
    };
    let names: Vec<String> = columns.iter().map(|column| identifier(&column.name)).collect();
    let values: Vec<String> = columns.iter().map(value).collect();
    Some(format!("INSERT INTO {} ({})\nSELECT {}", identifier(name), names.join(", "), values.join(", ")))
}
