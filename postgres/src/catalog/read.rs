//! Sends the queries for all kinds of objects together, and reads their rows.

use std::collections::{BTreeMap, VecDeque};
use std::panic::resume_unwind;
use std::thread;

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::fragments::{Of, expand};
use super::object::{Cells, Object};
use super::relations::{self, Relations};
use super::{Catalog, Column, unread};

/// Makes the server's output independent of its other settings.
const SETTINGS: [&str; 7] = [
    "search_path = ''",
    "TimeZone = 'UTC'",
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "extra_float_digits = 1",
    "bytea_output = 'hex'",
    "quote_all_identifiers = off",
];

/// The time that reading a database in use waits for another program to unlock a table.
const LOCK_TIMEOUT: &str = "lock_timeout = '5s'";

/// Returns the statements that make settings.
fn set<'s>(verb: &str, settings: impl IntoIterator<Item = &'s str>) -> String {
    let settings: Vec<String> = settings.into_iter().map(|setting| format!("{verb} {setting};\n")).collect();
    settings.concat()
}

impl Catalog {
    /// Reads the committed schema of a database in use, in one transaction. Leaves no setting and no
    /// prepared statement on the connection, which may belong to a pooler. `own` is as for
    /// [`Reader::new`].
    ///
    /// # Errors
    ///
    /// Returns the error of the server.
    pub fn read(client: &mut Client, own: &[String]) -> Result<Self, postgres::Error> {
        let settings = set("SET LOCAL", SETTINGS.into_iter().chain([LOCK_TIMEOUT]));
        client.batch_execute(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {settings}"))?;
        let queries: Vec<String> = Self::QUERIES.iter().map(|query| expand(query, own, Of::All)).collect();
        Ok(Self::of_rows(&mut rows(client, &format!("{}; COMMIT", queries.join("; ")))?))
    }
}

/// Reads catalogs of one database, on separate connections. The queries are planned only once.
///
/// The first connection reads the columns, constraints and indexes of the relations that changed
/// since the last read, and the second one everything else at the same time. They see the same
/// schema if no script runs in the meantime.
pub struct Reader {
    clients: [Client; 2],
    major: u32,
    /// The state of the relations at the last read, and the catalog.
    last: Option<(Relations, Catalog)>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Reader")
    }
}

/// Returns `true` if a query can read single relations.
fn is_of_relations(query: &str) -> bool {
    query.contains("{of:")
}

impl Reader {
    /// Prepares the queries. `own` contains the names of Aludel's own tables, such as
    /// `public.alembic_version`. These tables are not read.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn new(mut clients: [Client; 2], major: u32, own: &[String]) -> Result<Self, postgres::Error> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (number, query) in relations::queries().iter().enumerate() {
            first.push(format!("PREPARE state{number} AS {query}"));
        }
        for (number, query) in Catalog::QUERIES.iter().enumerate() {
            let all = expand(query, own, Of::All);
            if is_of_relations(query) {
                first.push(format!("PREPARE q{number} AS {all}"));
                let some = expand(query, own, Of::Parameter);
                first.push(format!("PREPARE of{number} (oid[]) AS {some}"));
            } else {
                second.push(format!("PREPARE q{number} AS {all}"));
            }
        }
        let settings = set("SET", SETTINGS.into_iter().chain(["plan_cache_mode = force_generic_plan"]));
        for (client, queries) in clients.iter_mut().zip([first, second]) {
            client.batch_execute(&format!("{settings}{}", queries.join(";\n")))?;
        }
        Ok(Self { clients, major, last: None })
    }

    /// Reads the committed schema.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn read(&mut self) -> Result<Catalog, postgres::Error> {
        let Self { clients: [first, second], last, .. } = self;
        let (of_relations, others): (Vec<usize>, Vec<usize>) = (0..Catalog::QUERIES.len())
            .partition(|number| Catalog::QUERIES.get(*number).is_some_and(|query| is_of_relations(query)));
        let of_others: Vec<String> = others.iter().map(|number| format!("q{number}")).collect();
        thread::scope(|scope| {
            let second = scope.spawn(|| execute(second, &of_others));
            let states: Vec<String> =
                (0..relations::QUERIES).map(|number| format!("state{number}")).collect();
            let state = Relations::of_rows(&execute(first, &states)?);
            let earlier = last.take();
            let unchanged = earlier.and_then(|(was, catalog)| Some((state.changed_since(&was)?, catalog)));
            let call = |number: &usize| match &unchanged {
                None => format!("q{number}"),
                Some((changed, _)) => {
                    let oids: Vec<String> = changed.oids.iter().map(u32::to_string).collect();
                    format!("of{number} ('{{{}}}')", oids.join(","))
                }
            };
            let calls: Vec<String> = of_relations.iter().map(call).collect();
            let found = execute(first, &calls)?;
            let found_others = second.join().unwrap_or_else(|panic| resume_unwind(panic))?;
            let mut rows: Vec<(usize, Vec<SimpleQueryRow>)> =
                of_relations.into_iter().zip(found).chain(others.into_iter().zip(found_others)).collect();
            rows.sort_by_key(|(number, _)| *number);
            let mut catalog = Catalog::of_rows(&mut Rows(rows.into_iter().map(|(_, rows)| rows).collect()));
            if let Some((changed, earlier)) = &unchanged {
                catalog.complete(earlier, &changed.names);
            }
            *last = Some((state, catalog.clone()));
            Ok(catalog)
        })
    }

    /// Returns the connection. Its settings do not depend on scripts.
    pub(crate) fn client(&mut self) -> &mut Client {
        let [first, _] = &mut self.clients;
        first
    }

    /// Returns the kinds of objects that exist in the database but are not read, each with the
    /// number of objects.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn unread(&mut self) -> Result<Vec<(String, u64)>, postgres::Error> {
        let query = unread::query(self.major);
        let mut rows = rows(self.client(), &query)?;
        let rows = rows.0.pop_front().unwrap_or_default();
        let cell = |row: &SimpleQueryRow, place| row.try_get(place).ok().flatten().unwrap_or("").to_owned();
        Ok(rows.iter().map(|row| (cell(row, 0), cell(row, 1).parse().unwrap_or(0))).collect())
    }
}

/// Executes prepared queries in one transaction and one round trip. Returns the rows of each.
fn execute(client: &mut Client, calls: &[String]) -> Result<Vec<Vec<SimpleQueryRow>>, postgres::Error> {
    let execute: Vec<String> = calls.iter().map(|call| format!("EXECUTE {call}")).collect();
    let execute = execute.join("; ");
    let batch = format!("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {execute}; COMMIT");
    // The first result is that of `BEGIN`.
    Ok(rows(client, &batch)?.0.into_iter().skip(1).take(calls.len()).collect())
}

/// Runs queries in one round trip.
fn rows(client: &mut Client, batch: &str) -> Result<Rows, postgres::Error> {
    let messages = client.simple_query(batch).inspect_err(|_| {
        // The first error is reported.
        let _ = client.batch_execute("ROLLBACK");
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
