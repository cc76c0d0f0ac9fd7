//! An SQLite or PostgreSQL database, and its migrations. Only this module and [`crate::store`]
//! distinguish between the two kinds.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aludel::chain::Position as _;
use aludel::{Backup, Interrupt, InvalidDatabase, Progress, Report, Status, rusqlite};

use crate::failure::Failure;
use crate::migrations::{self, postgresql};
use crate::store::{Connection, Session, WritingConnection, connect, prepare};

/// The location of a database.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    Sqlite(aludel::Database),
    Postgres(Arc<aludel::postgres::Database>),
}

/// A database at the head. Only a [`Migrator`] creates one.
#[derive(Debug)]
pub(crate) struct Ready {
    kind: ReadyKind,
    report: Report,
}

#[derive(Debug)]
pub(crate) enum ReadyKind {
    Sqlite(aludel::At<migrations::Head>),
    Postgres(Session, Arc<aludel::postgres::Database>),
}

/// An open database, whatever its revision.
#[derive(Debug)]
pub(crate) enum Opened {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Session>),
}

/// The migrations of a database.
#[derive(Debug, Clone)]
pub(crate) struct Migrator {
    kind: MigratorKind,
    lock_timeout: Duration,
}

#[derive(Debug, Clone)]
enum MigratorKind {
    Sqlite(aludel::Database, aludel::Migrator<'static, migrations::ThisChain>),
    Postgres(Arc<aludel::postgres::Database>, aludel::postgres::Migrator<'static, postgresql::ThisChain>),
}

impl Database {
    /// Parses a path or a URL.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidDatabase> {
        if aludel::postgres::Database::is_named(text) || is_of_another_server(text) {
            return aludel::postgres::Database::parse(text)
                .map(|database| Self::Postgres(Arc::new(database)));
        }
        aludel::Database::parse(text).map(Self::Sqlite)
    }

    /// Returns the path of an SQLite database, or `None` for a PostgreSQL database.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(database) => Some(database.path()),
            Self::Postgres(_) => None,
        }
    }

    /// Returns the revisions that this program serves.
    pub(crate) fn head(&self) -> &'static [&'static str] {
        match self {
            Self::Sqlite(_) => migrations::Head::REVISIONS,
            Self::Postgres(_) => postgresql::Head::REVISIONS,
        }
    }

    /// Opens the database. An SQLite file is created if it does not exist.
    pub(crate) fn open(&self, busy: Duration) -> Result<Opened, Failure> {
        match self {
            Self::Sqlite(database) => {
                let connection = database.open()?;
                prepare(&connection, busy)?;
                Ok(Opened::Sqlite(connection))
            }
            Self::Postgres(database) => Ok(Opened::Postgres(Box::new(Session::connect(database, busy)?))),
        }
    }

    /// Returns the migrations. If `backup` is given, a run first copies an SQLite database. Copies
    /// of a PostgreSQL database are left to the operator.
    pub(crate) fn migrator(&self, lock_timeout: Duration, backup: Option<Backup>) -> Migrator {
        let kind = match self {
            Self::Sqlite(database) => {
                let migrator = migrations::CHAIN.migrator().lock_timeout(lock_timeout);
                let migrator = match backup {
                    Some(backup) => migrator.backup(backup),
                    None => migrator,
                };
                MigratorKind::Sqlite(database.clone(), migrator)
            }
            Self::Postgres(database) => {
                let migrator = aludel::postgres::Migrator::new(&postgresql::CHAIN)
                    .lock_timeout(lock_timeout)
                    .database(database)
                    .allow_outside_transaction();
                MigratorKind::Postgres(Arc::clone(database), migrator)
            }
        };
        Migrator { kind, lock_timeout }
    }

    /// Runs a migration command. It makes no copies, and asks before it runs a script outside a
    /// transaction.
    pub(crate) fn run(
        &self,
        lock_timeout: Duration,
        command: &aludel_cli::Mounted,
        output: &aludel_cli::OutputOptions,
    ) -> ExitCode {
        match self {
            Self::Sqlite(database) => {
                let migrator = migrations::CHAIN.migrator().lock_timeout(lock_timeout);
                aludel_cli::run_mounted(migrator, database, command, output)
            }
            Self::Postgres(database) => {
                let migrator = aludel::postgres::Migrator::new(&postgresql::CHAIN)
                    .lock_timeout(lock_timeout)
                    .database(database);
                aludel_cli::run_mounted_on_postgres(migrator, database, command, output)
            }
        }
    }

    /// Returns the revisions of the chain with their messages, oldest first.
    pub(crate) fn scripts(&self) -> Vec<(&'static str, &'static str)> {
        fn of<C>(chain: &'static aludel::Chain<C>) -> Vec<(&'static str, &'static str)> {
            chain.revisions().map(|id| (id, chain.message(id).unwrap_or_default())).collect()
        }
        match self {
            Self::Sqlite(_) => of(&migrations::CHAIN),
            Self::Postgres(_) => of(&postgresql::CHAIN),
        }
    }
}

impl Migrator {
    /// Sets the handle that interrupts a run.
    pub(crate) fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.kind = match self.kind {
            MigratorKind::Sqlite(database, migrator) => {
                MigratorKind::Sqlite(database, migrator.interrupt(interrupt))
            }
            MigratorKind::Postgres(database, migrator) => {
                MigratorKind::Postgres(database, migrator.interrupt(interrupt))
            }
        };
        self
    }

    /// Sets a function that receives the progress of a run.
    pub(crate) fn on_progress(mut self, listener: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.kind = match self.kind {
            MigratorKind::Sqlite(database, migrator) => {
                MigratorKind::Sqlite(database, migrator.on_progress(listener))
            }
            MigratorKind::Postgres(database, migrator) => {
                MigratorKind::Postgres(database, migrator.on_progress(listener))
            }
        };
        self
    }

    /// Upgrades the database to the head. Blocks.
    pub(crate) fn upgrade(&self) -> Result<Ready, Failure> {
        match &self.kind {
            MigratorKind::Sqlite(database, migrator) => Ok(migrator.upgrade_to(database.open()?)?.into()),
            MigratorKind::Postgres(database, migrator) => {
                self.on_postgres(database, migrator.upgrade_to(connect(database, self.lock_timeout)?)?)
            }
        }
    }

    /// Verifies that the database is at the head, and opens it. Blocks, and runs no script.
    pub(crate) fn at_head(&self) -> Result<Ready, Failure> {
        match &self.kind {
            MigratorKind::Sqlite(database, migrator) => Ok(migrator.at(database.open()?)?.into()),
            MigratorKind::Postgres(database, migrator) => {
                self.on_postgres(database, migrator.at(connect(database, self.lock_timeout)?)?)
            }
        }
    }

    fn on_postgres(
        &self,
        database: &Arc<aludel::postgres::Database>,
        ready: aludel::postgres::At<postgresql::Head>,
    ) -> Result<Ready, Failure> {
        let report = ready.report().clone();
        let session = Session::new(ready.into_client(), self.lock_timeout)?;
        Ok(Ready { kind: ReadyKind::Postgres(session, Arc::clone(database)), report })
    }

    /// Calls a function with the database, or with `None` if its file does not exist. Writes
    /// nothing. Blocks.
    pub(crate) fn read<T>(
        &self,
        work: impl Fn(Option<Connection<'_>>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match &self.kind {
            MigratorKind::Sqlite(database, _) => {
                database.read(|connection| work(connection.map(Connection::Sqlite)))
            }
            MigratorKind::Postgres(database, _) => {
                let session = Session::connect(database, self.lock_timeout)?;
                work(Some(Connection::Postgres(&session)))
            }
        }
    }

    /// Returns the status of the database.
    pub(crate) fn status(&self, connection: Option<Connection<'_>>) -> Result<Status, aludel::Error> {
        match (&self.kind, connection) {
            (MigratorKind::Sqlite(_, migrator), Some(Connection::Sqlite(connection))) => {
                migrator.status(Some(connection))
            }
            (MigratorKind::Postgres(_, migrator), Some(Connection::Postgres(session))) => {
                session.with(|client| migrator.status(client))
            }
            _ => Ok(Status::Fresh),
        }
    }

    /// Returns an error if the database is ahead, diverged or unversioned.
    pub(crate) fn check(&self, connection: Connection<'_>) -> Result<(), aludel::Error> {
        match (&self.kind, connection) {
            (MigratorKind::Sqlite(_, migrator), Connection::Sqlite(connection)) => {
                migrator.check(connection).map(drop)
            }
            (MigratorKind::Postgres(_, migrator), Connection::Postgres(session)) => {
                session.with(|client| migrator.check(client)).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Describes the differences between the database's schema and the schema that the migrations
    /// produce. PostgreSQL schemas can only be compared on a scratch server, by `aludel check`.
    ///
    /// Returns an empty list if a script fails on an empty database, because then nothing can be
    /// compared.
    pub(crate) fn drift(&self, connection: Connection<'_>) -> Result<Vec<String>, aludel::Error> {
        match (&self.kind, connection) {
            (MigratorKind::Sqlite(_, migrator), Connection::Sqlite(connection)) => {
                match migrator.drift(connection) {
                    Err(aludel::Error::NotMade { .. }) => Ok(Vec::new()),
                    drift => Ok(drift?.iter().map(ToString::to_string).collect()),
                }
            }
            _ => Ok(Vec::new()),
        }
    }
}

impl Ready {
    /// Returns the report of the run that brought the database to the head.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// Returns the connection.
    pub(crate) fn connection(&self) -> Connection<'_> {
        match &self.kind {
            ReadyKind::Sqlite(ready) => Connection::Sqlite(ready.connection()),
            ReadyKind::Postgres(session, _) => Connection::Postgres(session),
        }
    }

    /// Returns the connection for writing.
    pub(crate) fn writing(&mut self) -> WritingConnection<'_> {
        match &mut self.kind {
            ReadyKind::Sqlite(ready) => WritingConnection::Sqlite(ready.connection_mut()),
            ReadyKind::Postgres(session, _) => WritingConnection::Postgres(session),
        }
    }

    /// Returns the SQLite or PostgreSQL database.
    pub(crate) fn into_kind(self) -> ReadyKind {
        self.kind
    }
}

impl From<aludel::At<migrations::Head>> for Ready {
    fn from(ready: aludel::At<migrations::Head>) -> Self {
        Self { report: ready.report().clone(), kind: ReadyKind::Sqlite(ready) }
    }
}

impl Opened {
    /// Returns the connection.
    pub(crate) fn connection(&self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(session) => Connection::Postgres(session),
        }
    }

    /// Returns the connection for writing.
    pub(crate) fn writing(&mut self) -> WritingConnection<'_> {
        match self {
            Self::Sqlite(connection) => WritingConnection::Sqlite(connection),
            Self::Postgres(session) => WritingConnection::Postgres(session),
        }
    }

    /// Returns the revisions of the database.
    pub(crate) fn current(&self, lock_timeout: Duration) -> Result<Vec<String>, aludel::Error> {
        current(self.connection(), lock_timeout)
    }
}

/// Returns `true` if the text is the URL of another kind of server. PostgreSQL's parser then
/// reports the error, because it hides the password.
fn is_of_another_server(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| !scheme.starts_with("sqlite") && rest.contains('@'))
}

/// Returns the revisions of a database.
pub(crate) fn current(
    connection: Connection<'_>,
    lock_timeout: Duration,
) -> Result<Vec<String>, aludel::Error> {
    match connection {
        Connection::Sqlite(connection) => {
            migrations::CHAIN.migrator().lock_timeout(lock_timeout).current(connection)
        }
        Connection::Postgres(session) => {
            let migrator = aludel::postgres::Migrator::new(&postgresql::CHAIN).lock_timeout(lock_timeout);
            session.with(|client| migrator.current(client))
        }
    }
}

/// Returns the revisions that this program serves on this kind of database.
pub(crate) fn head(connection: Connection<'_>) -> &'static [&'static str] {
    match connection {
        Connection::Sqlite(_) => migrations::Head::REVISIONS,
        Connection::Postgres(_) => postgresql::Head::REVISIONS,
    }
}

impl fmt::Display for Database {
    /// Formats the database without its password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(database) => write!(formatter, "{}", database.path().display()),
            Self::Postgres(database) => database.fmt(formatter),
        }
    }
}
