//! A connection to an SQLite or PostgreSQL database.
//!
//! Statements are written once, in SQL that SQLite and PostgreSQL understand, with SQLite's
//! parameters. [`super::postgres`] rewrites the parameters, and converts values according to their
//! column types. If the SQL differs, [`Connection::choose`] selects the text.

use std::fmt;

use aludel::Table;
use aludel::rusqlite::types::{FromSql, FromSqlError, ToSql, Value, ValueRef};
use aludel::rusqlite::{self, TransactionBehavior};

use super::error::DatabaseError;
use super::postgres::Session;

/// A connection.
#[derive(Clone, Copy)]
pub(crate) enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a Session),
}

/// A connection for writing.
#[derive(Debug)]
pub(crate) enum WritingConnection<'a> {
    Sqlite(&'a mut rusqlite::Connection),
    Postgres(&'a Session),
}

/// A transaction for writing. It is rolled back unless it is committed.
#[derive(Debug)]
pub(super) enum Transaction<'a> {
    Sqlite(rusqlite::Transaction<'a>),
    Postgres(super::postgres::Transaction<'a>),
}

/// A row of a result.
#[derive(Debug, Clone, Copy)]
pub(super) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a [Value]),
}

impl Connection<'_> {
    /// Returns the value for this kind of database.
    pub(super) fn choose<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// Calls a function with each row.
    pub(super) fn for_each<E: From<DatabaseError>>(
        self,
        sql: &str,
        params: &[&dyn ToSql],
        mut each: impl FnMut(Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Sqlite(connection) => {
                let failed = |error| E::from(DatabaseError::Sqlite(error));
                let mut statement = connection.prepare_cached(sql).map_err(failed)?;
                let mut rows = statement.query(params).map_err(failed)?;
                while let Some(row) = rows.next().map_err(failed)? {
                    each(Row::Sqlite(row))?;
                }
                Ok(())
            }
            Self::Postgres(session) => {
                session.query(sql, params)?.iter().try_for_each(|row| each(Row::Postgres(row)))
            }
        }
    }

    /// Returns all rows.
    pub(super) fn query<T>(
        self,
        sql: &str,
        params: &[&dyn ToSql],
        mut read: impl FnMut(Row<'_>) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        let mut found = Vec::new();
        self.for_each(sql, params, |row| {
            found.push(read(row)?);
            Ok::<_, DatabaseError>(())
        })?;
        Ok(found)
    }

    /// Returns the first row, or `None` if there is none.
    pub(super) fn query_row<T>(
        self,
        sql: &str,
        params: &[&dyn ToSql],
        read: impl FnOnce(Row<'_>) -> Result<T, DatabaseError>,
    ) -> Result<Option<T>, DatabaseError> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(params)?;
                rows.next()?.map(|row| read(Row::Sqlite(row))).transpose()
            }
            Self::Postgres(session) => {
                session.query(sql, params)?.first().map(|row| read(Row::Postgres(row))).transpose()
            }
        }
    }

    /// Returns the value of a query that returns exactly one.
    pub(super) fn value<T: FromSql>(self, sql: &str, params: &[&dyn ToSql]) -> Result<T, DatabaseError> {
        let found = self.query_row(sql, params, |row| row.get(0))?;
        found.ok_or(DatabaseError::Sqlite(rusqlite::Error::QueryReturnedNoRows))
    }

    /// Runs a statement, and returns the number of changed rows.
    pub(super) fn execute(self, sql: &str, params: &[&dyn ToSql]) -> Result<usize, DatabaseError> {
        match self {
            Self::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute(params)?),
            Self::Postgres(session) => session.execute(sql, params),
        }
    }

    /// Adds a row. `rest` is the end of the statement, such as `ON CONFLICT DO NOTHING`. Returns
    /// the number of added rows.
    pub(super) fn insert<T: Table>(self, row: &T, rest: &str) -> Result<usize, DatabaseError> {
        match self {
            Self::Sqlite(_) if rest.is_empty() => self.execute(T::INSERT, &row.params()),
            Self::Sqlite(_) => self.execute(&format!("{} {rest}", T::INSERT), &row.params()),
            Self::Postgres(_) => {
                let (sql, params) = with_values(row)?;
                self.execute(&format!("{sql} {rest}"), &params)
            }
        }
    }

    /// Adds a row, and returns its new id.
    pub(super) fn insert_with_id<T: Table>(self, row: &T) -> Result<i64, DatabaseError> {
        match self {
            Self::Sqlite(_) => self.value(&format!("{} RETURNING id", T::INSERT), &row.params()),
            Self::Postgres(_) => {
                let (sql, params) = with_values(row)?;
                self.value(&format!("{sql} RETURNING id"), &params)
            }
        }
    }
}

/// Returns a statement that inserts the non-null values of a row. Null ids are omitted because
/// PostgreSQL generates an id only if the statement contains none.
fn with_values<T: Table>(row: &T) -> Result<(String, Vec<&dyn ToSql>), DatabaseError> {
    let (mut columns, mut params) = (Vec::new(), Vec::new());
    for (column, value) in T::COLUMNS.iter().zip(row.params()) {
        if !super::postgres::is_null(value)? {
            columns.push(format!("\"{column}\""));
            params.push(value);
        }
    }
    let places: Vec<String> = (1..=params.len()).map(|place| format!("?{place}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", T::TABLE, columns.join(", "), places.join(", "));
    Ok((sql, params))
}

impl WritingConnection<'_> {
    /// Returns the connection.
    pub(super) fn connection(&self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(session) => Connection::Postgres(session),
        }
    }

    /// Begins a transaction for writing.
    pub(super) fn transaction(&mut self) -> Result<Transaction<'_>, DatabaseError> {
        match self {
            Self::Sqlite(connection) => {
                Ok(Transaction::Sqlite(connection.transaction_with_behavior(TransactionBehavior::Immediate)?))
            }
            Self::Postgres(session) => Ok(Transaction::Postgres(session.transaction()?)),
        }
    }
}

impl Transaction<'_> {
    /// Returns the connection.
    pub(super) fn connection(&self) -> Connection<'_> {
        match self {
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::Postgres(transaction) => Connection::Postgres(transaction.session()),
        }
    }

    /// Commits the changes.
    pub(super) fn commit(self) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(transaction) => Ok(transaction.commit()?),
            Self::Postgres(transaction) => transaction.commit(),
        }
    }
}

impl Row<'_> {
    /// Returns the value of the column at this index.
    pub(super) fn get<T: FromSql>(self, index: usize) -> Result<T, DatabaseError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(index)?),
            Self::Postgres(values) => {
                let value = values.get(index).ok_or(rusqlite::Error::InvalidColumnIndex(index))?;
                let kind = value.data_type();
                T::column_result(ValueRef::from(value)).map_err(|error| {
                    DatabaseError::Sqlite(match error {
                        FromSqlError::InvalidType => {
                            rusqlite::Error::InvalidColumnType(index, String::new(), kind)
                        }
                        error => rusqlite::Error::FromSqlConversionFailure(index, kind, error.into()),
                    })
                })
            }
        }
    }

    /// Describes the first value, for the log.
    pub(super) fn key(self) -> String {
        match self {
            Self::Sqlite(row) => format!("{:?}", row.get_ref(0)),
            Self::Postgres(values) => format!("{:?}", values.first()),
        }
    }
}

impl fmt::Debug for Connection<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.choose("Connection::Sqlite", "Connection::Postgres"))
    }
}
