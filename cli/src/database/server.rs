//! A PostgreSQL database, with the settings for runs on it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use aludel::postgres::{Client, Database, Migrator};
#[cfg(feature = "program")]
use serde::Deserialize;

/// The `[postgresql]` section of `aludel.toml`. Times are in seconds.
#[cfg(feature = "program")]
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerSettings {
    version_table_schema: Option<String>,
    statement_timeout: Option<f64>,
    statement_lock_timeout: Option<f64>,
}

/// The time after which an idle connection is tested before use, and the time limit of the test.
const IDLE: Duration = Duration::from_secs(1);
const TRIAL: Duration = Duration::from_secs(5);

/// A PostgreSQL database. Its clones share one connection.
#[derive(Clone)]
pub(crate) struct Server {
    pub(super) database: Database,
    /// The unused connection, and the time since when it has been idle.
    idle: Rc<Cell<Option<(Client, Instant)>>>,
    pub(super) schema: Option<String>,
    statement_timeout: Option<Duration>,
    statement_lock_timeout: Option<Duration>,
}

impl From<Database> for Server {
    fn from(database: Database) -> Self {
        Self {
            database,
            idle: Rc::default(),
            schema: None,
            statement_timeout: None,
            statement_lock_timeout: None,
        }
    }
}

impl Server {
    /// Returns the database with the settings from a file, or the reason that a setting is invalid.
    #[cfg(feature = "program")]
    pub(crate) fn with(self, settings: &ServerSettings) -> Result<Self, String> {
        let seconds = |name: &str, seconds: Option<f64>| {
            let limit = seconds.map(Duration::try_from_secs_f64).transpose();
            limit.map_err(|error| format!("`postgresql.{name}`: {error}"))
        };
        Ok(Self {
            schema: settings.version_table_schema.clone(),
            statement_timeout: seconds("statement_timeout", settings.statement_timeout)?,
            statement_lock_timeout: seconds("statement_lock_timeout", settings.statement_lock_timeout)?,
            ..self
        })
    }

    /// Runs a function on a connection, which stays open for the next call.
    pub(super) fn with_connection<T>(
        &self,
        run: impl FnOnce(&RefCell<Client>) -> Result<T, aludel::Error>,
    ) -> Result<T, aludel::Error> {
        let client = RefCell::new(self.connection()?);
        let result = run(&client);
        // After an error, the state of the connection is unknown.
        if result.is_ok() {
            self.idle.set(Some((client.into_inner(), Instant::now())));
        }
        result
    }

    /// Returns the idle connection if it still works, or opens one.
    fn connection(&self) -> Result<Client, aludel::Error> {
        if let Some((mut client, since)) = self.idle.take()
            && (since.elapsed() < IDLE || client.is_valid(TRIAL).is_ok())
        {
            return Ok(client);
        }
        self.database.connect()
    }

    /// Sets up a migrator for the database.
    pub(super) fn set_up<'c, C>(&self, migrator: Migrator<'c, C>) -> Migrator<'c, C> {
        let mut migrator = migrator.database(&self.database);
        if let Some(schema) = &self.schema {
            migrator = migrator.version_table_schema(schema);
        }
        if let Some(limit) = self.statement_timeout {
            migrator = migrator.statement_timeout(limit);
        }
        match self.statement_lock_timeout {
            Some(limit) => migrator.statement_lock_timeout(limit),
            None => migrator,
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Server").field(&self.database).finish()
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.database.fmt(formatter)
    }
}
