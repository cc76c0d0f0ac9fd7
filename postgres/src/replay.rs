//! Determines the schema that scripts produce, on a scratch database.

use aludel_core::chain::Chain;
use aludel_core::graph::Index;
use aludel_core::plan::Direction;
use aludel_core::script::postgres::quoted;

use crate::catalog::Catalog;
use crate::proof::session::{Blind, Session};
use crate::scratch::{Contents, ScratchError, Server};

/// A scratch database on which upgrades ran.
pub struct Replay<'a> {
    session: Session<'a>,
}

/// The search path with which upgrades run.
#[derive(Debug, Clone)]
pub struct SearchPath {
    /// The value of PostgreSQL's setting `search_path`.
    pub setting: String,
    /// The schema to create before the first script, or `None` if all schemas that the scripts need
    /// are created by scripts or already exist in every database.
    pub created: Option<String>,
}

/// The reason that the resulting schema is unknown.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is explained by its message")]
pub enum ReplayError {
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error("revision `{id}` fails on a scratch database: {message}")]
    Script { id: String, message: String },
}

impl<'a> Replay<'a> {
    /// Runs upgrades on a new database. `own` contains the names of Aludel's own tables.
    ///
    /// # Errors
    ///
    /// Returns an error if the server or a script fails.
    pub fn of(
        chain: &Chain,
        scripts: impl IntoIterator<Item = Index>,
        server: &'a Server,
        own: &[String],
    ) -> Result<Self, ReplayError> {
        let mut replay = Self { session: Session::open(server, own)? };
        scripts.into_iter().try_for_each(|index| replay.upgrade(chain, index))?;
        Ok(replay)
    }

    /// Runs upgrades like [`Replay::of`], but with the search path of another database.
    ///
    /// # Errors
    ///
    /// Returns an error if the server or a script fails.
    pub fn along(
        path: &SearchPath,
        chain: &Chain,
        scripts: impl IntoIterator<Item = Index>,
        server: &'a Server,
        own: &[String],
    ) -> Result<Self, ReplayError> {
        server.drop_roles()?;
        let mut database = server.create()?;
        database.set_search_path(&path.setting);
        let mut session = Session::on(server, database, own)?;
        if let Some(schema) = &path.created {
            let create = format!("CREATE SCHEMA {}", quoted(schema));
            session.client().batch_execute(&create).map_err(ScratchError::from)?;
        }
        let mut replay = Self { session };
        scripts.into_iter().try_for_each(|index| replay.upgrade(chain, index))?;
        Ok(replay)
    }

    /// Returns the schema in which a script would now create objects without a schema, or `None` if
    /// there is none.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn current_schema(&mut self) -> Result<Option<String>, ScratchError> {
        Ok(self.session.client().query_one("SELECT current_schema()::text", &[])?.get(0))
    }

    /// Runs one more upgrade.
    ///
    /// # Errors
    ///
    /// Returns an error if the server or the script fails.
    pub fn upgrade(&mut self, chain: &Chain, index: Index) -> Result<(), ReplayError> {
        let script = chain.script(index);
        if let Err(failure) = self.session.run(script, Direction::Upgrade, &mut Blind)? {
            return Err(ReplayError::Script { id: script.id.to_string(), message: failure.message });
        }
        self.session.leftovers()?;
        Ok(())
    }

    /// Reads the schema.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn catalog(&mut self) -> Result<Catalog, ScratchError> {
        self.session.catalog()
    }

    /// Returns the schema as SQL, in an order in which it can be run.
    ///
    /// # Errors
    ///
    /// Returns an error if `pg_dump` is missing or fails.
    pub fn sql(&self) -> Result<String, ScratchError> {
        self.session.database().dump(Contents::Schema)
    }

    /// Returns the schema and the rows as SQL, like [`Replay::sql`].
    ///
    /// # Errors
    ///
    /// Returns an error if `pg_dump` is missing or fails.
    pub fn sql_with_rows(&self) -> Result<String, ScratchError> {
        self.session.database().dump(Contents::Rows)
    }

    pub(crate) fn into_session(self) -> Session<'a> {
        self.session
    }
}

impl std::fmt::Debug for Replay<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Replay")
    }
}
