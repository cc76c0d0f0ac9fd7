//! A connection to a PostgreSQL server, with its prepared statements.
//!
//! It blocks, so it is used only on blocking threads.

use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use aludel::postgres::{Client, Database};
use aludel::rusqlite::types::{ToSql, Value};
use postgres::types::Type;
use postgres::{Config, Statement};

use crate::store::error::DatabaseError;

use super::statement::rewritten;
use super::value::{Cell, Parameter};

/// The minimum time after which a connection to a server that does not respond counts as lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// The number of unanswered probes after which a connection counts as lost.
const PROBES: u32 = 3;

/// The maximum number of statements that stay prepared. The server keeps each of them in memory.
const PREPARED: usize = 128;

/// Connects to a database. If the server does not respond for about `busy`, for example because its
/// machine lost power, the connection counts as lost. Settings in the URL take precedence.
pub(crate) fn connect(database: &Database, busy: Duration) -> Result<Client, aludel::Error> {
    database.with_config(patient(database.config().clone(), busy.max(PATIENCE))).connect()
}

fn patient(mut config: Config, limit: Duration) -> Config {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(limit);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(limit);
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(limit);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(limit / PROBES);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(PROBES);
    }
    config
}

/// A connection.
pub(crate) struct Session {
    /// `None` only while the session is being dropped.
    client: RefCell<Option<Client>>,
    /// The prepared statements, by their original text.
    statements: RefCell<HashMap<String, Statement>>,
}

/// A transaction. It is rolled back when it is dropped.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    session: &'a Session,
    is_open: bool,
}

impl Session {
    /// Connects to a database. Statements wait for a lock for up to `busy`.
    pub(crate) fn connect(database: &Database, busy: Duration) -> Result<Self, DatabaseError> {
        let client = connect(database, busy).map_err(|error| DatabaseError::Connect(Box::new(error)))?;
        Self::new(client, busy)
    }

    /// Takes over a connection.
    pub(crate) fn new(mut client: Client, busy: Duration) -> Result<Self, DatabaseError> {
        // Timestamps without a time zone are in UTC.
        client.batch_execute("SET TIME ZONE 'UTC'")?;
        let session = Self { client: RefCell::new(Some(client)), statements: RefCell::default() };
        session.wait_at_most(busy)?;
        Ok(session)
    }

    /// Sets how long a statement waits for a lock.
    pub(super) fn wait_at_most(&self, busy: Duration) -> Result<(), DatabaseError> {
        let milliseconds = busy.as_millis().clamp(1, i32::MAX as u128);
        Ok(self.client().batch_execute(&format!("SET lock_timeout = {milliseconds}"))?)
    }

    #[expect(clippy::expect_used, reason = "only `drop` takes the client")]
    fn client(&self) -> RefMut<'_, Client> {
        RefMut::map(self.client.borrow_mut(), |client| client.as_mut().expect("not dropped"))
    }

    /// Returns `true` if the connection is lost.
    pub(super) fn is_closed(&self) -> bool {
        self.client().is_closed()
    }

    /// Runs a function with the client.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Client) -> T) -> T {
        work(&mut self.client())
    }

    /// Begins a transaction.
    pub(in crate::store) fn transaction(&self) -> Result<Transaction<'_>, DatabaseError> {
        self.client().batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED")?;
        Ok(Transaction { session: self, is_open: true })
    }

    /// Returns the rows of a query.
    pub(in crate::store) fn query(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
    ) -> Result<Vec<Vec<Value>>, DatabaseError> {
        let (statement, params) = self.prepare(sql, params)?;
        let rows = self.client().query(&statement, &borrowed(&params))?;
        let values = |row: &postgres::Row| -> Result<Vec<Value>, DatabaseError> {
            (0..row.len()).map(|place| Ok(row.try_get::<_, Cell>(place)?.0)).collect()
        };
        rows.iter().map(values).collect()
    }

    /// Runs a statement, and returns the number of changed rows.
    pub(in crate::store) fn execute(&self, sql: &str, params: &[&dyn ToSql]) -> Result<usize, DatabaseError> {
        let (statement, params) = self.prepare(sql, params)?;
        let changed = self.client().execute(&statement, &borrowed(&params))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Returns the types of a statement's parameters.
    pub(in crate::store) fn parameters(&self, sql: &str) -> Result<Vec<Type>, DatabaseError> {
        Ok(self.prepare(sql, &[])?.0.params().to_vec())
    }

    fn prepare(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
    ) -> Result<(Statement, Vec<Parameter>), DatabaseError> {
        let known = self.statements.borrow().get(sql).cloned();
        let statement = if let Some(statement) = known {
            statement
        } else {
            let statement = self.client().prepare(&rewritten(sql))?;
            let mut statements = self.statements.borrow_mut();
            if statements.len() >= PREPARED {
                statements.clear();
            }
            statements.insert(sql.to_owned(), statement.clone());
            statement
        };
        let typed = params.iter().zip(statement.params());
        let params = typed.map(|(value, kind)| Parameter::new(*value, kind)).collect::<Result<_, _>>()?;
        Ok((statement, params))
    }
}

impl Drop for Session {
    /// Closes the connection on another thread, because closing blocks and async code may drop the
    /// session.
    fn drop(&mut self) {
        let client = self.client.get_mut().take();
        // If no thread can be started, the process is ending anyway.
        let _ = std::thread::Builder::new().spawn(move || drop(client));
    }
}

fn borrowed(params: &[Parameter]) -> Vec<&(dyn postgres::types::ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn postgres::types::ToSql + Sync)).collect()
}

impl<'a> Transaction<'a> {
    /// Returns the connection.
    pub(in crate::store) fn session(&self) -> &'a Session {
        self.session
    }

    /// Commits the changes.
    pub(in crate::store) fn commit(mut self) -> Result<(), DatabaseError> {
        self.is_open = false;
        Ok(self.session.client().batch_execute("COMMIT")?)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // If the connection is lost, the server rolls back by itself.
            let _ = self.session.client().batch_execute("ROLLBACK");
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Session")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_server_is_given_up_unless_the_url_says_otherwise() -> Result<(), aludel::InvalidDatabase> {
        let limit = Duration::from_secs(7);
        let of = |query: &str| {
            let database = Database::parse(&format!("postgresql://me@host/db{query}"))?;
            Ok(patient(database.config().clone(), limit))
        };
        let config = of("")?;
        assert_eq!(config.get_connect_timeout(), Some(&limit));
        assert_eq!(config.get_tcp_user_timeout(), Some(&limit));
        assert_eq!(config.get_keepalives_idle(), limit);
        let config = of("?connect_timeout=60&tcp_user_timeout=61&keepalives_idle=62")?;
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(60)));
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_secs(61)));
        assert_eq!(config.get_keepalives_idle(), Duration::from_secs(62));
        Ok(())
    }
}
