//! The schema that a chain makes: its upgrades, run on an empty database in memory. A user's database is not touched.
//!
//! Nothing is judged here: that is the proof's, which no program of a user holds. The upgrades of an embedded chain have passed it.

use std::sync::{Arc, Mutex};

use aludel_core::chain::Chain;
use aludel_core::graph::Index;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema};
use aludel_core::script::sqlite::words_of;
use rusqlite::Connection;
use rusqlite::hooks::{AuthContext, Authorization};

use crate::executor::run_statement;
use crate::{Error, Runner, foreign_keys};

/// A database in memory, and how far it is.
pub(crate) struct Replay<'r> {
    chain: &'r Chain,
    connection: Connection,
    reader: Reader,
    touched: Arc<Mutex<Touched>>,
}

impl<'r> Replay<'r> {
    /// An empty database, prepared as every other.
    pub(crate) fn open(runner: &'r Runner<'r>) -> Result<Self, Error> {
        let failed = |source| runner.error("opening a database in memory", source);
        let mut connection = Connection::open_in_memory().map_err(failed)?;
        runner.run_hook(&connection)?;
        foreign_keys::switch_off(&connection).map_err(failed)?;
        let touched = Arc::new(Mutex::new(Touched::Everything));
        let touching = Arc::clone(&touched);
        let note = move |context: AuthContext<'_>| {
            if let Ok(mut touched) = touching.lock() {
                touched.note(&context);
            }
            Authorization::Allow
        };
        connection.authorizer(Some(note)).map_err(failed)?;
        let reader = runner.reader();
        Ok(Self { chain: runner.chain, connection, reader, touched })
    }

    /// Runs the upgrade of a revision.
    pub(crate) fn upgrade(&self, revision: Index) -> Result<(), Error> {
        let script = self.chain.script(revision);
        for (statement, bytes) in script.upgrade.statements().zip(script.upgrade.statements.iter()) {
            run_statement(&self.connection, statement).map_err(|source| {
                let (message, offset) = words_of(&source);
                let (line, column) = script.upgrade.line_and_column(bytes.start + offset.unwrap_or_default());
                let (revision, file) = (script.id.to_string(), script.file.to_string());
                Error::NotMade { revision, file, line, column, message }
            })?;
        }
        Ok(())
    }

    /// Reads what changed since the last time.
    pub(crate) fn read(&mut self) -> Result<Changes, Error> {
        let touched =
            self.touched.lock().map_or(Touched::Everything, |mut touched| std::mem::take(&mut *touched));
        let read = self.reader.read(&self.connection, &touched);
        read.map_err(|source| Error::Sqlite { doing: "reading a schema in memory", source })
    }

    /// The schema as it was read last.
    pub(crate) fn schema(&self) -> &Schema {
        self.reader.schema()
    }
}
