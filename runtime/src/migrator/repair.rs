//! Scripts that were edited after they were applied.

use rusqlite::Connection;

use super::{Migrator, Runner};
use crate::status::{Differing, differing};
use crate::{DivergedScript, Error, Report};

/// An applied script whose text differs from the recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EditedScript {
    /// The revision.
    pub revision: String,
    /// Its file, as recorded in the chain.
    pub file: String,
    /// The upgrade that was applied, or `None` if the ledger does not have it.
    pub recorded_upgrade: Option<String>,
    /// The downgrade that belonged to it, or `None` if the ledger does not have it.
    pub recorded_downgrade: Option<String>,
    /// The upgrade of the chain.
    pub upgrade: String,
    /// The downgrade of the chain.
    pub downgrade: String,
    /// `true` if the statements and the parents are the same. Then nothing has diverged.
    pub is_reworded: bool,
}

impl<C> Migrator<'_, C> {
    /// Returns the applied scripts whose text differs from the recorded one, in canonical order.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read, or is ahead.
    pub fn edited(&self, connection: &Connection) -> Result<Vec<EditedScript>, Error> {
        self.runner().edited(connection)
    }

    /// Records the present text of these edited scripts, without running a script. Afterwards a start
    /// at the head needs one query again.
    ///
    /// The caller must make sure that the present text has the same effect as the recorded text, as
    /// `aludel repair` does with the proof. Scripts that only have other comments or spaces need
    /// no proof.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Diverged`] if other scripts were edited too, or another text was recorded
    /// meanwhile. Then nothing was changed.
    pub fn repair(&self, connection: &mut Connection, scripts: &[EditedScript]) -> Result<Report, Error> {
        self.runner().repair(connection, scripts)
    }
}

impl Runner<'_> {
    pub(crate) fn edited(&self, connection: &Connection) -> Result<Vec<EditedScript>, Error> {
        let graph = self.chain.graph();
        let failed = |source| self.error("reading the ledger", source);
        let rows = self.current(connection)?;
        let known = rows.iter().filter_map(|row| graph.find_id(row));
        let applied = graph.ancestors(known);
        let differing = differing(connection, self.chain, &graph, |index| applied.contains(index));
        let edited = differing.map_err(failed)?.into_iter().map(|differing| {
            let script = self.chain.script(differing.index);
            EditedScript {
                revision: script.id.to_string(),
                file: script.file.to_string(),
                recorded_upgrade: differing.recorded.upgrade_sql,
                recorded_downgrade: differing.recorded.downgrade_sql,
                upgrade: script.upgrade.sql.to_string(),
                downgrade: script.downgrade.sql.to_string(),
                is_reworded: differing.is_reworded,
            }
        });
        Ok(edited.collect())
    }

    pub(crate) fn repair(
        &self,
        connection: &mut Connection,
        scripts: &[EditedScript],
    ) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().repair(connection, &|differing| {
            let is_known = |one: &&Differing| {
                let id = &*self.chain.script(one.index).id;
                one.is_reworded
                    || scripts.iter().any(|script| {
                        script.revision == id
                            && script.recorded_upgrade == one.recorded.upgrade_sql
                            && script.recorded_downgrade == one.recorded.downgrade_sql
                    })
            };
            let (known, others): (Vec<&Differing>, Vec<&Differing>) = differing.iter().partition(is_known);
            if others.is_empty() {
                return Ok(known.iter().map(|one| one.index).collect());
            }
            let edited = others.iter().map(|one| DivergedScript::of(self.chain.script(one.index)));
            Err(Error::Diverged { edited: edited.collect() })
        })
    }
}
