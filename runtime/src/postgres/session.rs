//! A connection during an operation, with the runner's settings.

use std::cell::RefCell;
use std::time::Duration;

use postgres::types::{ToSql, Type};
use postgres::{Client, Row, SimpleQueryMessage, SimpleQueryRow};

use super::runner::Runner;
use super::tables::Tables;
use crate::{Error, OwnTableDefect};

/// The names of the columns of one of Aludel's tables.
pub(super) type Columns = Vec<String>;

/// The columns of one of Aludel's tables that can be read and written, or `None` if it does not exist.
pub(super) type Shape = Result<Option<Columns>, OwnTableDefect>;

/// The shapes of both tables.
#[derive(Clone)]
pub(super) struct Shapes {
    pub(super) version: Shape,
    pub(super) history: Shape,
    /// `true` if the schema contains no other tables or views.
    pub(super) is_alone: bool,
}

/// A connection, and the location of Aludel's tables in its database.
pub(super) struct Session<'s> {
    pub(super) runner: &'s Runner<'s>,
    /// The driver needs exclusive access even to read. Each method borrows it for one statement.
    client: RefCell<&'s mut Client>,
    pub(super) tables: Tables,
    /// The shapes of the tables in this transaction, once they are inspected. Forgotten as soon as
    /// a statement runs, because it may change them.
    pub(super) shapes: RefCell<Option<Shapes>>,
}

/// The rows of one statement.
pub(super) type Rows = Vec<SimpleQueryRow>;

impl<'s> Session<'s> {
    /// Finds the tables, which may be in any schema of the search path.
    pub(super) fn open(runner: &'s Runner<'s>, client: &'s mut Client) -> Result<Self, Error> {
        let tables = Tables::find(runner, client)?;
        Ok(Self { runner, client: RefCell::new(client), tables, shapes: RefCell::default() })
    }

    /// Runs statements without parameters.
    pub(super) fn execute(&self, doing: &'static str, sql: &str) -> Result<(), Error> {
        self.run(sql).map_err(|source| self.runner.error(doing, source))
    }

    /// Runs statements without parameters, and returns the driver's error.
    pub(super) fn run(&self, sql: &str) -> Result<(), postgres::Error> {
        self.shapes.take();
        self.client.borrow_mut().batch_execute(sql)
    }

    /// Runs statements without parameters in one round trip, and returns the rows of each.
    pub(super) fn results(&self, doing: &'static str, sql: &str) -> Result<Vec<Rows>, Error> {
        let messages = self.client.borrow_mut().simple_query(sql);
        let messages = messages.map_err(|source| self.runner.error(doing, source))?;
        let (mut results, mut rows) = (Vec::new(), Rows::new());
        for message in messages {
            match message {
                SimpleQueryMessage::Row(row) => rows.push(row),
                SimpleQueryMessage::CommandComplete(_) => results.push(std::mem::take(&mut rows)),
                _ => {}
            }
        }
        Ok(results)
    }

    /// Runs statements without parameters in one round trip, and returns all rows of all statements.
    pub(super) fn rows(&self, doing: &'static str, sql: &str) -> Result<Rows, Error> {
        Ok(self.results(doing, sql)?.into_iter().flatten().collect())
    }

    /// Runs a query with text parameters. It uses an unnamed statement, which works behind a pooler
    /// and needs only one round trip.
    pub(super) fn query(
        &self,
        doing: &'static str,
        sql: &str,
        parameters: &[&str],
    ) -> Result<Vec<Row>, Error> {
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            parameters.iter().map(|text| (text as &(dyn ToSql + Sync), Type::TEXT)).collect();
        let rows = self.client.borrow_mut().query_typed(sql, &typed);
        rows.map_err(|source| self.runner.error(doing, source))
    }

    /// Runs a query that returns one row.
    pub(super) fn query_one(
        &self,
        doing: &'static str,
        sql: &str,
        parameters: &[&str],
    ) -> Result<Row, Error> {
        let row = self.query(doing, sql, parameters)?.into_iter().next();
        row.ok_or_else(|| Error::NotCapable { missing: "queries that return one row" })
    }

    /// Returns the value of a setting.
    pub(super) fn setting(&self, name: &str) -> Result<String, postgres::Error> {
        let messages = self.client.borrow_mut().simple_query(&format!("SHOW {name}"))?;
        let value = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(value.unwrap_or_default())
    }

    /// Begins a transaction without the lock.
    pub(super) fn begin(&self) -> Result<(), Error> {
        self.execute("beginning a transaction", &self.beginning())
    }

    /// Returns the statements that begin a transaction which writes.
    pub(super) fn beginning(&self) -> String {
        format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {}", self.lock_limit())
    }

    /// Returns the statement that limits how long a statement waits for a lock on Aludel's tables.
    pub(super) fn lock_limit(&self) -> String {
        format!("SET LOCAL lock_timeout = {}", milliseconds(self.runner.lock_timeout))
    }

    /// Reads in one snapshot, and writes nothing.
    pub(super) fn reading<T>(&self, read: impl FnOnce(&Self) -> Result<T, Error>) -> Result<T, Error> {
        let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}", self.lock_limit());
        if let Err(error) = self.inspect("beginning to read", &begin) {
            self.roll_back();
            return Err(error);
        }
        let value = read(self);
        let ended = self.execute("ending to read", "ROLLBACK");
        let value = value?;
        ended.map(|()| value)
    }

    /// Rolls a transaction back. If the connection is lost, the server does so anyway.
    pub(super) fn roll_back(&self) {
        drop(self.run("ROLLBACK"));
    }
}

/// Returns `true` if there is a row, and its value at this index is true.
pub(super) fn is_true(row: Option<&SimpleQueryRow>, index: usize) -> bool {
    row.and_then(|row| row.get(index)) == Some("t")
}

/// Returns a limit in milliseconds. Zero means no limit.
pub(super) fn milliseconds(limit: Duration) -> u128 {
    let rounded = limit.as_micros().div_ceil(1000);
    rounded.min(i32::MAX.unsigned_abs().into())
}
