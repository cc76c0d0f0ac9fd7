//! A connection during an operation, with the settings of the runner.

use std::cell::RefCell;

use postgres::types::ToSql;
use postgres::{Client, Row};

use super::runner::Runner;
use super::tables::Tables;
use crate::Error;

/// A connection, and the places of Aludel's tables in its database.
pub(super) struct Session<'s> {
    pub(super) runner: &'s Runner<'s>,
    /// The driver needs exclusive access even to read. Each method borrows it for one statement.
    client: RefCell<&'s mut Client>,
    pub(super) tables: Tables,
}

impl<'s> Session<'s> {
    /// Finds the tables, which may be in any schema of the search path.
    pub(super) fn open(runner: &'s Runner<'s>, client: &'s mut Client) -> Result<Self, Error> {
        let tables = Tables::find(runner, client)?;
        Ok(Self { runner, client: RefCell::new(client), tables })
    }

    /// Runs statements without parameters.
    pub(super) fn execute(&self, doing: &'static str, sql: &str) -> Result<(), Error> {
        self.run(sql).map_err(|source| self.runner.error(doing, source))
    }

    /// Runs statements without parameters, and returns the driver's error.
    pub(super) fn run(&self, sql: &str) -> Result<(), postgres::Error> {
        self.client.borrow_mut().batch_execute(sql)
    }

    /// Runs a query.
    pub(super) fn query(
        &self,
        doing: &'static str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let rows = self.client.borrow_mut().query(sql, parameters);
        rows.map_err(|source| self.runner.error(doing, source))
    }

    /// Runs a query that returns one row.
    pub(super) fn query_one(
        &self,
        doing: &'static str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, Error> {
        let row = self.client.borrow_mut().query_one(sql, parameters);
        row.map_err(|source| self.runner.error(doing, source))
    }

    /// Reads in one snapshot, and writes nothing.
    pub(super) fn reading<T>(&self, read: impl FnOnce(&Self) -> Result<T, Error>) -> Result<T, Error> {
        self.execute("beginning to read", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let value = read(self);
        let ended = self.execute("ending to read", "ROLLBACK");
        let value = value?;
        ended.map(|()| value)
    }

    /// Rolls a transaction back. A lost connection rolls it back too.
    pub(super) fn roll_back(&self) {
        drop(self.run("ROLLBACK"));
    }
}
