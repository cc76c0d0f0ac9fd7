//! Scripts that were edited after they were applied.

use rusqlite::Connection;

use super::{Migrator, Runner};
use crate::{EditedScript, Error, Report};

impl<C> Migrator<'_, C> {
    /// Returns the applied scripts whose text differs from the recorded one, in canonical order.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read, or is ahead.
    pub fn edited(&self, connection: &Connection) -> Result<Vec<EditedScript>, Error> {
        self.runner().edited(connection)
    }

    /// Records the current text of edited scripts, without running a script. After that, a program
    /// that starts at the head needs only one query again.
    ///
    /// The caller must make sure that the current text has the same effect as the recorded text.
    /// `aludel repair` uses the proof for this. If only comments or white space changed, no proof
    /// is needed.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Diverged`] if other scripts were edited too, or if a different text was
    /// recorded in the meantime. In that case, nothing was changed.
    pub fn repair(&self, connection: &mut Connection, scripts: &[EditedScript]) -> Result<Report, Error> {
        self.runner().repair(connection, scripts)
    }
}

impl Runner<'_> {
    pub(crate) fn edited(&self, connection: &Connection) -> Result<Vec<EditedScript>, Error> {
        EditedScript::all(&self.records(connection), self.chain, &self.current(connection)?)
    }

    pub(crate) fn repair(
        &self,
        connection: &mut Connection,
        scripts: &[EditedScript],
    ) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().repair(connection, &|differing| EditedScript::chosen(scripts, self.chain, differing))
    }
}
