//! A single migrator for both kinds of database.

#![cfg_attr(
    not(feature = "program"),
    expect(clippy::needless_update, reason = "such a build has the migrators alone")
)]

#[cfg(feature = "program")]
mod comparison;
#[cfg(all(feature = "postgres", not(feature = "program")))]
#[path = "migrator/no_comparison.rs"]
mod comparison;
mod scripts;

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "sqlite")]
use aludel::Backup;
#[cfg(feature = "program")]
use aludel::EditedScript;
use aludel::{Adopted, Chain, Error, Interrupt, LedgerEntry, Plan, Progress, Report, Status};
#[cfg(feature = "sqlite")]
use aludel_core::graph::Index;
use aludel_core::plan::Stamp;
#[cfg(feature = "sqlite")]
use aludel_core::schema::Schema;

pub(crate) use scripts::Scripted;

use super::{Database, Reader, Writer};

/// The migrators of a chain.
pub(crate) struct Migrator<'c, C> {
    #[cfg(feature = "sqlite")]
    sqlite: aludel::Migrator<'c, C>,
    #[cfg(feature = "postgres")]
    postgres: aludel::postgres::Migrator<'c, C>,
    /// The server of the database.
    #[cfg(feature = "program")]
    server: Option<Box<super::Server>>,
}

#[cfg(feature = "sqlite")]
impl<'c, C> From<aludel::Migrator<'c, C>> for Migrator<'c, C> {
    fn from(sqlite: aludel::Migrator<'c, C>) -> Self {
        Self {
            #[cfg(feature = "postgres")]
            postgres: aludel::postgres::Migrator::new(sqlite.chain()),
            #[cfg(feature = "program")]
            server: None,
            sqlite,
        }
    }
}

#[cfg(feature = "postgres")]
impl<'c, C> From<aludel::postgres::Migrator<'c, C>> for Migrator<'c, C> {
    fn from(postgres: aludel::postgres::Migrator<'c, C>) -> Self {
        Self {
            #[cfg(feature = "sqlite")]
            sqlite: postgres.chain().migrator(),
            postgres,
            #[cfg(feature = "program")]
            server: None,
        }
    }
}

impl<C> Clone for Migrator<'_, C> {
    fn clone(&self) -> Self {
        Self {
            #[cfg(feature = "sqlite")]
            sqlite: self.sqlite.clone(),
            #[cfg(feature = "postgres")]
            postgres: self.postgres.clone(),
            #[cfg(feature = "program")]
            server: self.server.clone(),
        }
    }
}

/// Sets options. Each applies to both migrators.
impl<'c, C> Migrator<'c, C> {
    pub(crate) fn chain(&self) -> &'c Chain<C> {
        #[cfg(feature = "sqlite")]
        return self.sqlite.chain();
        #[cfg(not(feature = "sqlite"))]
        self.postgres.chain()
    }

    /// Lets the migrator open additional connections to a database.
    pub(crate) fn of(self, database: Option<&Database>) -> Self {
        match database {
            #[cfg(feature = "postgres")]
            Some(Database::Postgres(server)) => Self {
                postgres: server.set_up(self.postgres),
                #[cfg(feature = "program")]
                server: Some(server.clone()),
                ..self
            },
            #[cfg(feature = "sqlite")]
            Some(Database::Sqlite(_)) => self,
            None => self,
        }
    }

    pub(crate) fn lock_timeout(self, limit: Duration) -> Self {
        Self {
            #[cfg(feature = "sqlite")]
            sqlite: self.sqlite.lock_timeout(limit),
            #[cfg(feature = "postgres")]
            postgres: self.postgres.lock_timeout(limit),
            ..self
        }
    }

    pub(crate) fn interrupt(self, interrupt: &Interrupt) -> Self {
        Self {
            #[cfg(feature = "postgres")]
            postgres: self.postgres.interrupt(interrupt.clone()),
            #[cfg(feature = "sqlite")]
            sqlite: self.sqlite.interrupt(interrupt.clone()),
            ..self
        }
    }

    pub(crate) fn on_progress(self, listener: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        let listener = Arc::new(listener);
        Self {
            #[cfg(feature = "postgres")]
            postgres: self.postgres.on_progress({
                let listener = Arc::clone(&listener);
                move |progress| listener(progress)
            }),
            #[cfg(feature = "sqlite")]
            sqlite: self.sqlite.on_progress(move |progress| listener(progress)),
            ..self
        }
    }

    #[cfg(feature = "program")]
    pub(crate) fn unproved(self) -> Self {
        Self {
            sqlite: self.sqlite.unproved(),
            #[cfg(feature = "postgres")]
            postgres: self.postgres.unproved(),
            ..self
        }
    }

    pub(crate) fn allow_outside_transaction(self) -> Self {
        Self {
            #[cfg(feature = "sqlite")]
            sqlite: self.sqlite.allow_outside_transaction(),
            #[cfg(feature = "postgres")]
            postgres: self.postgres.allow_outside_transaction(),
            ..self
        }
    }

    /// Backs up an SQLite database before a run.
    #[cfg(feature = "sqlite")]
    pub(crate) fn backup(self, backup: Backup) -> Self {
        Self { sqlite: self.sqlite.backup(backup), ..self }
    }
}

/// Calls a method of the migrator for the kind of database. For SQLite's migrator, `None` stands for
/// a file that does not exist.
macro_rules! read {
    ($migrator:ident.$method:ident($reader:ident $(, $argument:expr)*)) => {
        match $reader {
            #[cfg(feature = "sqlite")]
            Reader::Missing => $migrator.sqlite.$method(None $(, $argument)*),
            #[cfg(feature = "sqlite")]
            Reader::Sqlite(connection) => $migrator.sqlite.$method(Some(connection) $(, $argument)*),
            #[cfg(feature = "postgres")]
            Reader::Postgres(client) => {
                $migrator.postgres.$method(&mut client.borrow_mut() $(, $argument)*)
            }
        }
    };
}

/// Calls a method like [`read`], and returns the default for a file that does not exist.
macro_rules! read_existing {
    ($migrator:ident.$method:ident($reader:ident)) => {
        match $reader {
            #[cfg(feature = "sqlite")]
            Reader::Missing => Ok(Default::default()),
            #[cfg(feature = "sqlite")]
            Reader::Sqlite(connection) => $migrator.sqlite.$method(connection),
            #[cfg(feature = "postgres")]
            Reader::Postgres(client) => $migrator.postgres.$method(&mut client.borrow_mut()),
        }
    };
}

/// Calls a method that changes the database.
macro_rules! change {
    ($migrator:ident.$method:ident($writer:ident $(, $argument:expr)*)) => {
        match $writer {
            #[cfg(feature = "sqlite")]
            Writer::Sqlite(connection) => $migrator.sqlite.$method(connection $(, $argument)*),
            #[cfg(feature = "postgres")]
            Writer::Postgres(client) => $migrator.postgres.$method(client $(, $argument)*),
        }
    };
}

/// The comparison of a database with its scripts.
pub(crate) enum Drift {
    /// Descriptions of the differences.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "program")),
        expect(dead_code, reason = "only the program compares a server")
    )]
    Compared(Vec<String>),
    /// The reason that they were not compared.
    NotCompared(String),
}

/// The means of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Runs the scripts of PostgreSQL on a scratch server.
    Full,
    /// Uses no scratch server.
    NoServer,
}

/// The reason that nothing is compared if there is no scratch server.
#[cfg(feature = "postgres")]
const ONLY_PROGRAM: &str = "only the `aludel` program compares the schema of a server with its scripts";

/// Reports and plans.
impl<C> Migrator<'_, C> {
    pub(crate) fn status(&self, reader: &Reader<'_>) -> Result<Status, Error> {
        read!(self.status(reader))
    }

    pub(crate) fn plan_upgrade(&self, reader: &Reader<'_>, target: &str) -> Result<Plan, Error> {
        read!(self.plan_upgrade(reader, target))
    }

    pub(crate) fn plan_downgrade(&self, reader: &Reader<'_>, target: &str) -> Result<Plan, Error> {
        read!(self.plan_downgrade(reader, target))
    }

    pub(crate) fn plan_downgrade_to_known(&self, reader: &Reader<'_>) -> Result<Plan, Error> {
        read!(self.plan_downgrade_to_known(reader))
    }

    pub(crate) fn plan_stamp(&self, reader: &Reader<'_>, targets: &[&str]) -> Result<Stamp, Error> {
        read!(self.plan_stamp(reader, targets))
    }

    /// Plans a stamp that begins at base, whatever the version rows are.
    pub(crate) fn plan_stamp_from_base(&self, targets: &[&str]) -> Result<Stamp, Error> {
        self.chain().plan_stamp_from_base(targets)
    }

    pub(crate) fn current(&self, reader: &Reader<'_>) -> Result<Vec<String>, Error> {
        read_existing!(self.current(reader))
    }

    pub(crate) fn warnings(&self, reader: &Reader<'_>) -> Result<Vec<String>, Error> {
        read_existing!(self.warnings(reader))
    }

    pub(crate) fn ledger(&self, reader: &Reader<'_>) -> Result<Vec<LedgerEntry>, Error> {
        read_existing!(self.ledger(reader))
    }

    #[cfg(feature = "program")]
    pub(crate) fn edited(&self, reader: &Reader<'_>) -> Result<Vec<EditedScript>, Error> {
        read_existing!(self.edited(reader))
    }

    /// Compares the schema of a database with its scripts. A missing database has no differences.
    /// With [`Effort::NoServer`], the schema of a server is compared only with the proved schema.
    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "only a server needs effort"))]
    pub(crate) fn drift_among(
        &self,
        reader: &Reader<'_>,
        effort: Effort,
        is_compared: impl Fn(&str) -> bool,
    ) -> Result<Option<Drift>, Error> {
        match reader {
            #[cfg(feature = "sqlite")]
            Reader::Missing => Ok(None),
            #[cfg(feature = "sqlite")]
            Reader::Sqlite(connection) => match self.sqlite.drift_among(connection, is_compared) {
                Ok(differences) => {
                    Ok(Some(Drift::Compared(differences.iter().map(ToString::to_string).collect())))
                }
                Err(error @ Error::NotMade { .. }) => Ok(Some(Drift::NotCompared(error.to_string()))),
                Err(error) => Err(error),
            },
            #[cfg(feature = "postgres")]
            Reader::Postgres(client) => {
                let rows = self.postgres.current(&mut client.borrow_mut())?;
                match effort {
                    Effort::Full => self.drift_from(&rows, is_compared).map(Some),
                    Effort::NoServer => Ok(Some(self.drift_from_proof(&rows))),
                }
            }
        }
    }

    /// Returns the schema of an SQLite database.
    #[cfg(feature = "sqlite")]
    pub(crate) fn schema(&self, reader: &Reader<'_>) -> Result<Option<Schema>, Error> {
        reader.sqlite().map(|connection| self.sqlite.schema(connection)).transpose()
    }

    /// Returns the schema that SQLite scripts produce.
    #[cfg(feature = "sqlite")]
    pub(crate) fn schema_at(&self, revisions: impl IntoIterator<Item = Index>) -> Result<Schema, Error> {
        self.sqlite.schema_at(revisions)
    }
}

/// Runs.
impl<C> Migrator<'_, C> {
    pub(crate) fn run(&self, writer: Writer<'_>, plan: &Plan) -> Result<Report, Error> {
        change!(self.run(writer, plan))
    }

    pub(crate) fn record(&self, writer: Writer<'_>, stamp: &Stamp) -> Result<Report, Error> {
        change!(self.record(writer, stamp))
    }

    pub(crate) fn purge_and_record(&self, writer: Writer<'_>, stamp: &Stamp) -> Result<Report, Error> {
        change!(self.purge_and_record(writer, stamp))
    }

    #[cfg(feature = "program")]
    pub(crate) fn repair(&self, writer: Writer<'_>, scripts: &[EditedScript]) -> Result<Report, Error> {
        change!(self.repair(writer, scripts))
    }

    pub(crate) fn ensure_version(&self, writer: Writer<'_>) -> Result<bool, Error> {
        change!(self.ensure_version(writer))
    }

    /// Adopts a database from another tool.
    pub(crate) fn adopt(&self, writer: Writer<'_>) -> Result<Option<Adopted>, Error> {
        match writer {
            #[cfg(feature = "sqlite")]
            Writer::Sqlite(connection) => self.sqlite.adopt(connection),
            #[cfg(feature = "postgres")]
            Writer::Postgres(client) => {
                let Some(tool) = self.postgres.find_tool(client)? else { return Ok(None) };
                let rows = self.adoptable(&tool)?;
                self.postgres.adopt(client, &tool, &rows)
            }
        }
    }
}
