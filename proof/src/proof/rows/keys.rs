//! Rows that refer to missing rows.
//!
//! Checks only the tables that statements may have broken: those that they wrote to, and those that
//! refer to them.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::schema::ROWID;
use aludel_core::schema::{Action, Changes, Kind, Name};
use aludel_core::script::sqlite::quoted;
use rusqlite::{Connection, Result};

use super::cell::Cell;

/// The tables that refer to each other, and the dangling rows that are already known.
#[derive(Debug, Default)]
pub(super) struct Keys {
    children: BTreeMap<Name, BTreeSet<Name>>,
    referring: BTreeSet<Name>,
    actions: BTreeMap<(Name, Name), Action>,
    pub(super) known: BTreeMap<Key, usize>,
}

/// A foreign key: the child table, the parent table, and SQLite's number for the key.
type Key = (Name, Name, i64);

/// The rows that dangle because of one foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::proof) struct Dangling {
    pub(super) child: String,
    pub(super) parent: String,
    /// The columns and values of one of these rows.
    pub(super) example: String,
    pub(super) count: usize,
    /// The effect of deleting the parent if foreign keys were enforced.
    pub(super) on_delete: Action,
    /// The name that the parent had before the script renamed it and then dropped it.
    pub(super) renamed_from: Option<String>,
}

impl Keys {
    /// Adds the foreign keys of new tables.
    pub(super) fn learn(&mut self, changes: &Changes) {
        let made = changes.objects.iter().filter(|((kind, _), _)| *kind == Kind::Table);
        for object in made.filter_map(|(_, change)| change.is.as_ref()) {
            for key in object.as_table().iter().flat_map(|table| &table.foreign_keys) {
                let child = Name::new(object.name());
                self.actions.insert((child.clone(), key.parent.clone()), key.on_delete);
                self.children.entry(key.parent.clone()).or_default().insert(child.clone());
                self.referring.insert(child);
            }
        }
    }

    /// Returns the tables that may have dangling rows after statements wrote to these tables.
    pub(super) fn affected(&self, written: &BTreeSet<Name>) -> BTreeSet<Name> {
        let children = written.iter().filter_map(|table| self.children.get(table)).flatten();
        written.iter().filter(|table| self.referring.contains(table)).chain(children).cloned().collect()
    }

    /// Returns the dangling rows in these tables that are not yet known.
    pub(super) fn dangling(&self, connection: &Connection, tables: &BTreeSet<Name>) -> Result<Vec<Dangling>> {
        let mut all = Vec::new();
        for table in tables {
            for (key, rowids) in violations(connection, table) {
                let count = rowids.len().saturating_sub(self.known.get(&key).copied().unwrap_or_default());
                if count > 0 {
                    let action =
                        self.actions.get(&(key.0.clone(), key.1.clone())).copied().unwrap_or_default();
                    all.push(describe(connection, &key, action, rowids.last().copied().flatten(), count)?);
                }
            }
        }
        Ok(all)
    }

    /// Marks the rows that currently dangle as known.
    pub(super) fn accept(&mut self, connection: &Connection, tables: &BTreeSet<Name>) {
        for table in tables {
            self.known.retain(|(child, _, _), _| child != table);
            let found = violations(connection, table);
            self.known.extend(found.into_iter().map(|(key, rowids)| (key, rowids.len())));
        }
    }
}

/// Returns the rowids of the rows that violate each foreign key of a table. Ignores keys that
/// cannot be checked.
fn violations(connection: &Connection, table: &Name) -> BTreeMap<Key, Vec<Option<i64>>> {
    let mut found: BTreeMap<Key, Vec<Option<i64>>> = BTreeMap::new();
    let check = format!("PRAGMA main.foreign_key_check({})", quoted(table.as_str()));
    let Ok(mut statement) = connection.prepare_cached(&check) else { return found };
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, Option<i64>>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
    });
    let Ok(rows) = rows else { return found };
    for (rowid, parent, number) in rows.filter_map(Result::ok) {
        found.entry((table.clone(), Name::new(parent), number)).or_default().push(rowid);
    }
    found
}

fn describe(
    connection: &Connection,
    (child, parent, number): &Key,
    on_delete: Action,
    rowid: Option<i64>,
    count: usize,
) -> Result<Dangling> {
    let mut columns: Vec<String> = Vec::new();
    let mut statement = connection
        .prepare("SELECT \"from\" FROM pragma_foreign_key_list(?1, 'main') WHERE id = ?2 ORDER BY seq")?;
    let mut rows = statement.query((child.as_str(), number))?;
    while let Some(row) = rows.next()? {
        columns.push(row.get(0)?);
    }
    let names: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let own = rowid_word(connection, child)?;
    let sql = format!("SELECT {} FROM main.{} WHERE {own} = ?1", names.join(", "), quoted(child.as_str()));
    let values = rowid.map(|rowid| {
        connection.query_row(&sql, [rowid], |row| {
            (0..columns.len()).map(|place| row.get_ref(place).map(Cell::from)).collect::<Result<Vec<Cell>>>()
        })
    });
    let values = values.transpose()?.unwrap_or_default();
    let pairs = columns.iter().zip(&values).map(|(column, value)| format!("{column} = {value}"));
    let example = if values.is_empty() { columns.join(", ") } else { pairs.collect::<Vec<_>>().join(", ") };
    Ok(Dangling {
        child: child.to_string(),
        parent: parent.to_string(),
        example,
        count,
        on_delete,
        renamed_from: None,
    })
}

/// Returns a name for the rowid that is not the name of a column, if there is one.
pub(super) fn rowid_word(connection: &Connection, table: &Name) -> Result<&'static str> {
    let mut statement =
        connection.prepare("SELECT 1 FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE")?;
    for word in ROWID {
        if !statement.exists((table.as_str(), word))? {
            return Ok(word);
        }
    }
    Ok("rowid")
}
