//! The rows of all tables as text.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::columns;
use super::watch::Touched;
use crate::names;

/// One row: the text of each value, or `None` for NULL.
pub(super) type Row = Vec<Option<String>>;

/// A table with its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TableImage {
    pub(super) oid: u32,
    /// The name as in SQL, without the `public` schema.
    pub(super) name: String,
    /// The qualified name, as in SQL.
    pub(super) qualified: String,
    /// The names of the columns, as in SQL.
    pub(super) columns: Vec<String>,
    /// The columns of the primary key.
    pub(super) key: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// The rows of a database, and the counters of its sequences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Image {
    tables: BTreeMap<u32, TableImage>,
    pub(super) counters: BTreeMap<String, i64>,
    /// `true` if the queries are prepared on the connection.
    is_prepared: bool,
}

/// A unit separator, which in practice no name contains.
const SEPARATOR: char = '\u{1f}';

const TABLES: &str = "
    PREPARE rows_tables (oid[]) AS SELECT c.oid, CASE WHEN n.nspname <> 'public' THEN quote_ident(n.nspname) || '.' ELSE '' END || quote_ident(c.relname),
        quote_ident(n.nspname) || '.' || quote_ident(c.relname),
        array_to_string(ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), chr(31)),
        array_to_string(ARRAY(SELECT quote_ident(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY a.attnum), chr(31))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ($1 IS NULL OR c.oid = ANY ($1)) AND c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    ORDER BY c.oid";

const COUNTERS: &str = "
    PREPARE rows_counters AS SELECT CASE WHEN schemaname <> 'public' THEN quote_ident(schemaname) || '.' ELSE '' END || quote_ident(sequencename), last_value
    FROM pg_sequences WHERE last_value IS NOT NULL AND increment_by > 0";

impl Image {
    /// Returns the table with this name, or `None` if there is none.
    pub(super) fn table(&self, name: &str) -> Option<&TableImage> {
        self.tables.values().find(|table| table.name == name)
    }

    /// Returns the tables, ordered by OID.
    pub(super) fn tables(&self) -> impl Iterator<Item = &TableImage> {
        self.tables.values()
    }

    /// Returns the names of the tables.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.tables().map(|table| table.name.clone()).collect()
    }

    /// Returns the tables without rows.
    pub(super) fn empty(&self) -> impl Iterator<Item = &TableImage> {
        self.tables().filter(|table| table.rows.is_empty())
    }

    /// Prepares the queries for rows and columns, unless they are prepared already.
    pub(super) fn prepare(&mut self, client: &mut Client) -> Result<(), postgres::Error> {
        if !std::mem::replace(&mut self.is_prepared, true) {
            client.batch_execute(&format!("{TABLES}; {COUNTERS}; {}", columns::PREPARE))?;
        }
        Ok(())
    }

    /// Reads the tables that may have changed.
    pub(super) fn read_again(
        &mut self,
        client: &mut Client,
        touched: &Touched,
        own: &[String],
    ) -> Result<(), postgres::Error> {
        if *touched == Touched::Tables(BTreeSet::new()) {
            return Ok(());
        }
        // A table that is created, renamed or dropped is locked, so it is one of the touched
        // tables.
        let oids = match touched {
            Touched::Everything => {
                self.tables.clear();
                "NULL".to_owned()
            }
            Touched::Tables(oids) => {
                self.tables.retain(|oid, _| !oids.contains(oid));
                let oids: Vec<String> = oids.iter().map(u32::to_string).collect();
                format!("'{{{}}}'", oids.join(","))
            }
        };
        self.prepare(client)?;
        let messages =
            client.simple_query(&format!("EXECUTE rows_tables ({oids}); EXECUTE rows_counters"))?;
        let mut changed = Vec::new();
        let mut is_counter = false;
        self.counters.clear();
        for message in &messages {
            match message {
                SimpleQueryMessage::CommandComplete(_) => is_counter = true,
                SimpleQueryMessage::Row(row) if is_counter => {
                    self.counters.insert(cell(row, 0), cell(row, 1).parse().unwrap_or(0));
                }
                SimpleQueryMessage::Row(row) => {
                    let table = structure(row);
                    if !own.iter().any(|own| names::are_equal(own, &table.qualified)) {
                        changed.push(table.oid);
                        self.tables.insert(table.oid, table);
                    }
                }
                _ => {}
            }
        }
        self.read_rows(client, &changed)
    }

    fn read_rows(&mut self, client: &mut Client, oids: &[u32]) -> Result<(), postgres::Error> {
        let mut tables: Vec<&mut TableImage> =
            self.tables.values_mut().filter(|table| oids.contains(&table.oid)).collect();
        let query = |table: &&mut TableImage| {
            format!("SELECT {} FROM ONLY {}", table.columns.join(", "), table.qualified)
        };
        let batch: Vec<String> = tables.iter().map(query).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let mut at = 0;
        for message in client.simple_query(&batch.join("; "))? {
            match message {
                SimpleQueryMessage::CommandComplete(_) => at += 1,
                SimpleQueryMessage::Row(row) => {
                    let values =
                        (0..row.len()).map(|place| row.try_get(place).ok().flatten().map(str::to_owned));
                    if let Some(table) = tables.get_mut(at) {
                        table.rows.push(values.collect());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Deletes every row.
    pub(super) fn empty_tables(&mut self, client: &mut Client) -> Result<(), postgres::Error> {
        let names: Vec<&str> = self.tables().map(|table| table.qualified.as_str()).collect();
        if !names.is_empty() {
            let truncate = format!("TRUNCATE {} CASCADE", names.join(", "));
            // Disables triggers, which might prevent the deletion, if the session's user is allowed
            // to.
            let replica = "BEGIN; SET LOCAL session_replication_role = replica";
            if client.batch_execute(&format!("{replica}; {truncate}; COMMIT")).is_err() {
                client.batch_execute(&format!("ROLLBACK; {truncate}"))?;
            }
        }
        self.tables.values_mut().for_each(|table| table.rows.clear());
        Ok(())
    }
}

impl TableImage {
    /// Returns the index of a column, or `None` if the table lacks it.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }
}

fn cell(row: &SimpleQueryRow, place: usize) -> String {
    row.try_get(place).ok().flatten().unwrap_or_default().to_owned()
}

fn structure(row: &SimpleQueryRow) -> TableImage {
    let list = |place| -> Vec<String> {
        cell(row, place).split(SEPARATOR).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    TableImage {
        oid: cell(row, 0).parse().unwrap_or(0),
        name: cell(row, 1),
        qualified: cell(row, 2),
        columns: list(3),
        key: list(4),
        rows: Vec::new(),
    }
}
