//! The migrations of the database and its schema, for its owner.

use aludel::rusqlite::{self, Connection};
use aludel::{LedgerEntry, RevisionStatus, Status};
use serde::Serialize;

use crate::error::Error;
use crate::migrations::CHAIN;

use super::read::Reader;

/// The database compared with the chain.
#[derive(Debug)]
pub(crate) struct MigrationState {
    pub(crate) status: Status,
    /// The revisions of the chain, newest first.
    pub(crate) revisions: Vec<RevisionStatus>,
    /// The ledger, oldest row first.
    pub(crate) ledger: Vec<LedgerEntry>,
    /// The differences from the schema that the migrations produce, in words.
    pub(crate) drift: Vec<String>,
    pub(crate) schema: Schema,
}

/// The tables of the database.
#[derive(Debug, Serialize)]
pub(crate) struct Schema {
    tables: Vec<SchemaTable>,
}

#[derive(Debug, Serialize)]
struct SchemaTable {
    name: String,
    columns: Vec<SchemaColumn>,
    references: Vec<Reference>,
}

#[derive(Debug, Serialize)]
struct SchemaColumn {
    name: String,
    r#type: String,
    not_null: bool,
    primary_key: bool,
}

#[derive(Debug, Serialize)]
struct Reference {
    columns: Vec<String>,
    table: String,
}

impl Reader<'_> {
    /// Compares the database with the chain of this program.
    pub(crate) fn migrations(self) -> Result<MigrationState, Error> {
        let (connection, migrator) = (self.connection(), CHAIN.migrator());
        let status = migrator.status(Some(connection))?;
        let is_comparable = matches!(status, Status::AtHead | Status::Behind { .. });
        let drift = if is_comparable { migrator.drift(connection)? } else { Vec::new() };
        Ok(MigrationState {
            status,
            revisions: migrator.revisions(Some(connection))?,
            ledger: migrator.ledger(connection)?,
            drift: drift.iter().map(ToString::to_string).collect(),
            schema: Schema { tables: tables(connection)? },
        })
    }
}

/// Reads all tables, except those of SQLite (<https://sqlite.org/pragma.html#pragma_table_list>).
fn tables(connection: &Connection) -> Result<Vec<SchemaTable>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
         ORDER BY name",
    )?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names.into_iter().map(|name| table(connection, name)).collect()
}

fn table(connection: &Connection, name: String) -> Result<SchemaTable, rusqlite::Error> {
    let columns = connection
        .prepare_cached("SELECT name, type, \"notnull\", pk > 0 FROM pragma_table_info(?1)")?
        .query_map([&name], |row| {
            Ok(SchemaColumn {
                name: row.get(0)?,
                r#type: row.get(1)?,
                not_null: row.get(2)?,
                primary_key: row.get(3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let mut references: Vec<(i64, Reference)> = Vec::new();
    let mut statement = connection
        .prepare_cached("SELECT id, \"from\", \"table\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq")?;
    let mut rows = statement.query([&name])?;
    while let Some(row) = rows.next()? {
        let (id, column) = (row.get(0)?, row.get(1)?);
        match references.last_mut() {
            Some((last, reference)) if *last == id => reference.columns.push(column),
            _ => references.push((id, Reference { columns: vec![column], table: row.get(2)? })),
        }
    }
    let references = references.into_iter().map(|(_, reference)| reference).collect();
    Ok(SchemaTable { name, columns, references })
}
