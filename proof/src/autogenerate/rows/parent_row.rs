//! Inserts a row into a table to which existing rows must now refer.

use aludel_core::schema::{Column, ForeignKey, Schema, Table, identifier};
use rusqlite::Connection;

use super::stand_in::StandIns;
use crate::schema::affinity::Affinity;

/// Returns the statement that inserts a row if the table is empty. Returns `None` if no existing
/// row must refer to the table, or if its own rows must refer to other tables.
pub(in crate::autogenerate) fn parent_row(
    parent: &str,
    [before, after]: [&Schema; 2],
    connection: &Connection,
) -> Option<String> {
    let table = after.table(parent)?;
    let must_refer = |child: &Table, key: &ForeignKey| {
        let is_not_null = |name: &str| child.column(name).is_some_and(|column| column.not_null.is_some());
        key.parent.is(parent) && key.columns.iter().all(|column| is_not_null(column.as_str()))
    };
    let must = |child: &Table| child.foreign_keys.iter().any(|key| must_refer(child, key));
    // Rows that already had to refer to the old table still do.
    let newly = |(name, child): &(&str, &Table)| {
        let had_to = |was: &Table| before.table(parent).is_some() && must(was);
        must(child)
            && before.table(name).is_some_and(|was| !had_to(was))
            && !name.eq_ignore_ascii_case(parent)
    };
    let children: Vec<String> = after
        .tables()
        .filter(newly)
        .map(|(name, _)| format!("EXISTS (SELECT 1 FROM {})", identifier(name)))
        .collect();
    let is_empty = format!("NOT EXISTS (SELECT 1 FROM {})", identifier(parent));
    let row = row(parent, table, connection).filter(|_| !children.is_empty())?;
    Some(match (before.table(parent), children.as_slice()) {
        (None, children) => format!("{row} WHERE {};", children.join(" OR ")),
        (Some(_), [only]) => format!("{row} WHERE {is_empty} AND {only};"),
        (Some(_), several) => format!("{row} WHERE {is_empty} AND ({});", several.join(" OR ")),
    })
}

/// Returns the beginning of a statement that inserts a row with only the required columns. Returns
/// `None` if no column is required, or if a required column refers to another table.
fn row(name: &str, table: &Table, connection: &Connection) -> Option<String> {
    let alias = table.rowid_alias().map(|column| &column.name);
    let stand_ins = StandIns { connection, name, tables: [table, table] };
    let is_required = |column: &&Column| {
        let has_no_value = column.not_null.is_some() && column.default.is_none();
        column.generated.is_none() && (table.is_in_primary_key(&column.name) || has_no_value)
    };
    let columns: Vec<&Column> = table.columns.iter().filter(is_required).collect();
    let refers = |column: &&Column| {
        table.foreign_keys.iter().flat_map(|key| &key.columns).any(|name| name.is(&column.name))
    };
    if columns.is_empty() || columns.iter().any(refers) {
        return None;
    }
    let value = |column: &&Column| {
        let first = || Affinity::of(column, table).literals().first().copied().unwrap_or("0").to_owned();
        if alias == Some(&column.name) {
            "1".to_owned()
        } else {
            stand_ins.value(column, false).unwrap_or_else(first)
        }
    };
    let names: Vec<String> = columns.iter().map(|column| identifier(&column.name)).collect();
    let values: Vec<String> = columns.iter().map(value).collect();
    Some(format!("INSERT INTO {} ({})\nSELECT {}", identifier(name), names.join(", "), values.join(", ")))
}
