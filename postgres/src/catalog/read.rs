//! Sends the queries for all kinds of objects together, and reads their rows.

use std::collections::{BTreeMap, VecDeque};

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::fragments::expand;
use super::object::{Cells, Object};
use super::{Catalog, Column, unread};

/// Makes the server's output independent of its other settings.
const SETTINGS: &str = "SET search_path = ''; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; \
     SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex'; \
     SET quote_all_identifiers = off; SET plan_cache_mode = force_generic_plan";

/// Reads catalogs of one database, on a separate connection. The queries are planned only once.
pub struct Reader {
    client: Client,
    major: u32,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Reader")
    }
}

impl Reader {
    /// Prepares the queries. `own` contains the names of Aludel's own tables, such as
    /// `public.alembic_version`. These tables are not read.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn new(mut client: Client, major: u32, own: &[String]) -> Result<Self, postgres::Error> {
        let prepare =
            |(number, query): (usize, &&str)| format!("PREPARE q{number} AS {}", expand(query, own));
        let queries: Vec<String> = Catalog::QUERIES.iter().enumerate().map(prepare).collect();
        client.batch_execute(&format!("{SETTINGS};\n{}", queries.join(";\n")))?;
        Ok(Self { client, major })
    }

    /// Reads the committed schema.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn read(&mut self) -> Result<Catalog, postgres::Error> {
        let execute: Vec<String> =
            (0..Catalog::QUERIES.len()).map(|number| format!("EXECUTE q{number}")).collect();
        let execute = execute.join("; ");
        let batch = format!("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {execute}; COMMIT");
        let mut rows = self.rows(&batch)?;
        rows.0.pop_front();
        Ok(Catalog::of_rows(&mut rows))
    }

    /// Returns the connection. Its settings do not depend on scripts.
    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Returns the kinds of objects that exist in the database but are not read, each with the
    /// number of objects.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn unread(&mut self) -> Result<Vec<(String, u64)>, postgres::Error> {
        let rows = self.rows(&unread::query(self.major))?.0.pop_front().unwrap_or_default();
        let cell = |row: &SimpleQueryRow, place| row.try_get(place).ok().flatten().unwrap_or("").to_owned();
        Ok(rows.iter().map(|row| (cell(row, 0), cell(row, 1).parse().unwrap_or(0))).collect())
    }

    /// Runs queries in one round trip.
    fn rows(&mut self, batch: &str) -> Result<Rows, postgres::Error> {
        let messages = self.client.simple_query(batch).inspect_err(|_| {
            // The first error is reported.
            let _ = self.client.batch_execute("ROLLBACK");
        })?;
        let mut results = VecDeque::from([Vec::new()]);
        for message in messages {
            match message {
                SimpleQueryMessage::Row(row) => {
                    if let Some(rows) = results.back_mut() {
                        rows.push(row);
                    }
                }
                SimpleQueryMessage::CommandComplete(_) => results.push_back(Vec::new()),
                _ => {}
            }
        }
        Ok(Rows(results))
    }
}

/// The rows of each query.
pub(super) struct Rows(VecDeque<Vec<SimpleQueryRow>>);

impl Rows {
    /// Reads the objects of the next query.
    pub(super) fn take<O: Object>(&mut self) -> Vec<O> {
        let rows = self.0.pop_front().unwrap_or_default();
        rows.iter().map(|row| O::read(Cells { row, next: 0 })).collect()
    }
}

/// Returns the columns of each table, in the order in which the query returned them.
pub(super) fn column_order(columns: &[Column]) -> BTreeMap<String, Vec<String>> {
    let mut order: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for column in columns {
        match order.get_mut(&column.parent) {
            Some(names) => names.push(column.name.clone()),
            None => drop(order.insert(column.parent.clone(), vec![column.name.clone()])),
        }
    }
    order
}
