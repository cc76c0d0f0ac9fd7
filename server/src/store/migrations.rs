//! The database's migrations and schema, as shown to the owner of the server.

use aludel::rusqlite::params;
use aludel::{LedgerEntry, RevisionStatus, Status};
use serde::Serialize;

use crate::error::Error;
use crate::migrations::{CHAIN, postgresql};

use super::connection::Connection;
use super::error::DatabaseError;
use super::read::Reader;

/// The state of the database, compared with the chain.
#[derive(Debug)]
pub(crate) struct MigrationState {
    pub(crate) status: Status,
    /// The revisions of the chain, newest first.
    pub(crate) revisions: Vec<RevisionStatus>,
    /// The ledger, oldest row first.
    pub(crate) ledger: Vec<LedgerEntry>,
    /// Descriptions of the differences from the schema that the migrations produce.
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
        let schema = Schema { tables: tables(self.connection())? };
        match self.connection() {
            Connection::Sqlite(connection) => {
                let migrator = CHAIN.migrator();
                let status = migrator.status(Some(connection))?;
                let is_comparable = matches!(status, Status::AtHead | Status::Behind { .. });
                let drift = if is_comparable { migrator.drift(connection)? } else { Vec::new() };
                Ok(MigrationState {
                    status,
                    revisions: migrator.revisions(Some(connection))?,
                    ledger: migrator.ledger(connection)?,
                    drift: drift.iter().map(ToString::to_string).collect(),
                    schema,
                })
            }
            Connection::Postgres(session) => session.with(|client| {
                let migrator = aludel::postgres::Migrator::new(&postgresql::CHAIN);
                Ok(MigrationState {
                    status: migrator.status(client)?,
                    revisions: migrator.revisions(client)?,
                    ledger: migrator.ledger(client)?,
                    drift: Vec::new(),
                    schema,
                })
            }),
        }
    }
}

/// Reads all tables, except for SQLite's own tables
/// (<https://sqlite.org/pragma.html#pragma_table_list>).
fn tables(connection: Connection<'_>) -> Result<Vec<SchemaTable>, DatabaseError> {
    let sql = connection.choose(
        "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
         ORDER BY name",
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY relname",
    );
    let names: Vec<String> = connection.query(sql, &[], |row| row.get(0))?;
    names.into_iter().map(|name| table(connection, name)).collect()
}

fn table(connection: Connection<'_>, name: String) -> Result<SchemaTable, DatabaseError> {
    let sql = connection.choose(
        "SELECT name, type, \"notnull\", pk > 0 FROM pragma_table_info(?1)",
        "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull,
                coalesce(attnum = ANY ((SELECT conkey FROM pg_constraint WHERE conrelid = attrelid AND contype = 'p')::int2[]), FALSE)
         FROM pg_attribute WHERE attrelid = (SELECT oid FROM pg_class
             WHERE relname = ?1 AND relnamespace = current_schema()::regnamespace)
           AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    );
    let columns = connection.query(sql, params![name], |row| {
        Ok(SchemaColumn {
            name: row.get(0)?,
            r#type: row.get(1)?,
            not_null: row.get(2)?,
            primary_key: row.get(3)?,
        })
    })?;
    let sql = connection.choose(
        "SELECT id, \"from\", \"table\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq",
        "SELECT pg_constraint.oid::bigint, attname::text, other.relname::text
         FROM pg_constraint JOIN pg_class AS own ON own.oid = conrelid JOIN pg_class AS other ON other.oid = confrelid
         CROSS JOIN unnest(conkey) WITH ORDINALITY AS key (number, place)
         JOIN pg_attribute ON attrelid = conrelid AND attnum = number
         WHERE contype = 'f' AND own.relname = ?1 AND own.relnamespace = current_schema()::regnamespace
         ORDER BY conname, place",
    );
    let mut references: Vec<(i64, Reference)> = Vec::new();
    connection.for_each(sql, params![name], |row| {
        let (id, column) = (row.get(0)?, row.get(1)?);
        match references.last_mut() {
            Some((last, reference)) if *last == id => reference.columns.push(column),
            _ => references.push((id, Reference { columns: vec![column], table: row.get(2)? })),
        }
        Ok::<_, DatabaseError>(())
    })?;
    let references = references.into_iter().map(|(_, reference)| reference).collect();
    Ok(SchemaTable { name, columns, references })
}
