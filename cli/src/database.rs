//! A database of any kind, and the operations that the commands run on it.
//!
//! The library has a migrator for each kind of database. This module hides the difference, so that
//! no command needs to know the kind.

mod migrator;
#[cfg(feature = "postgres")]
mod server;
#[cfg(feature = "program")]
mod server_schema;

#[cfg(feature = "postgres")]
use std::cell::RefCell;
use std::fmt;

use aludel::Error;
#[cfg(feature = "sqlite")]
use aludel::rusqlite;
#[cfg(feature = "program")]
use aludel_core::script::Dialect;

pub(crate) use migrator::{Drift, Effort, Migrator, Scripted};
#[cfg(feature = "postgres")]
use server::Server;
#[cfg(feature = "program")]
pub(crate) use server::ServerSettings;
#[cfg(feature = "program")]
pub(crate) use server_schema::replay;

/// The name of a database.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(aludel::Database),
    #[cfg(feature = "postgres")]
    Postgres(Box<Server>),
}

/// A database that is open for reading, or a file that does not exist.
pub(crate) enum Reader<'c> {
    #[cfg(feature = "sqlite")]
    Missing,
    #[cfg(feature = "sqlite")]
    Sqlite(&'c rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(&'c RefCell<aludel::postgres::Client>),
}

/// A database that is open for writing.
pub(crate) enum Writer<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut aludel::postgres::Client),
}

/// The place at which a script for `sqlite3` or `psql` begins. The script refuses a database at any
/// other place.
#[derive(Clone, Copy)]
pub(crate) enum ScriptStart<'a> {
    Database(&'a Reader<'a>),
    Place(&'a str),
}

impl Database {
    #[cfg(feature = "program")]
    pub(crate) fn parse(text: &str, dialect: Dialect) -> Result<Self, aludel::InvalidDatabase> {
        #[cfg(feature = "postgres")]
        if dialect == Dialect::Postgresql {
            return aludel::postgres::Database::parse(text)
                .map(|database| Self::Postgres(Box::new(database.into())));
        }
        aludel::Database::parse(text).map(Self::Sqlite)
    }

    /// Returns advice if the text is a URL for a different kind of database, and an empty string
    /// otherwise.
    #[cfg(feature = "program")]
    pub(crate) fn advice(error: &aludel::InvalidDatabase) -> &'static str {
        let is_postgres = ["postgres:", "postgresql:", "postgresql+"];
        if error.is_of_another_scheme && is_postgres.iter().any(|scheme| error.text.starts_with(scheme)) {
            "for PostgreSQL scripts, set `dialect = \"postgresql\"` in `aludel.toml`"
        } else {
            ""
        }
    }

    /// Resolves a relative path against a folder. Leaves a server URL unchanged.
    #[cfg(feature = "program")]
    pub(crate) fn within(self, folder: &std::path::Path) -> Self {
        match self {
            Self::Sqlite(database) => Self::Sqlite(database.within(folder)),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => self,
        }
    }

    /// Returns the database with the settings for servers, or the reason that a setting is invalid.
    #[cfg(feature = "program")]
    pub(crate) fn with(self, settings: &ServerSettings) -> Result<Self, String> {
        match self {
            Self::Sqlite(_) => Ok(self),
            Self::Postgres(server) => Ok(Self::Postgres(Box::new(server.with(settings)?))),
        }
    }

    /// Prevents a missing file from being created if other programs might interpret its name
    /// differently.
    #[cfg(feature = "program")]
    pub(crate) fn not_made_in_doubt(self) -> Self {
        match self {
            Self::Sqlite(database) => Self::Sqlite(database.not_made_in_doubt()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => self,
        }
    }

    /// Returns `true` for a PostgreSQL database.
    #[cfg(feature = "program")]
    pub(crate) fn is_postgres(&self) -> bool {
        self.sqlite().is_none()
    }

    /// Returns the file of an SQLite database, or `None` for a PostgreSQL database.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unnecessary_wraps, reason = "there is no other database")
    )]
    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite(&self) -> Option<&aludel::Database> {
        match self {
            Self::Sqlite(database) => Some(database),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Returns the PostgreSQL database, or `None` for an SQLite database.
    #[cfg(feature = "program")]
    pub(crate) fn server(&self) -> Option<&Server> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(server) => Some(server),
        }
    }

    /// Reads from the database. A missing file is not created.
    pub(crate) fn read<T>(
        &self,
        mut question: impl FnMut(&Reader<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(database) => {
                database.read(|connection| question(&connection.map_or(Reader::Missing, Reader::Sqlite)))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => {
                database.with_connection(|client| question(&Reader::Postgres(client)))
            }
        }
    }

    /// Opens the database to change it. A missing file is created.
    pub(crate) fn change<T>(&self, run: impl FnOnce(Writer<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(database) => run(Writer::Sqlite(&mut database.open()?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => {
                database.with_connection(|client| run(Writer::Postgres(&mut client.borrow_mut())))
            }
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(database) => database.fmt(formatter),
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.fmt(formatter),
        }
    }
}

impl Reader<'_> {
    /// Returns `true` for a file that does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Missing => true,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => false,
        }
    }

    /// Returns the connection to an SQLite database, or `None` for a missing file or any other
    /// database.
    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match self {
            Self::Missing => None,
            Self::Sqlite(connection) => Some(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }
}
