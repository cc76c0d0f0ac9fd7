//! Reports about a database. Nothing here writes.

use aludel_core::chain::history_table;
use aludel_core::plan::{self, Position};
use postgres::Client;

use super::runner::Runner;
use super::session::Session;
use crate::ledger::Damage;
use crate::records::Records as _;
use crate::report::{implied_rows, revision_statuses};
use crate::{EditedScript, Error, LedgerEntry, RevisionStatus, Status};

impl Runner<'_> {
    pub(super) fn status(&self, client: &mut Client) -> Result<Status, Error> {
        let graph = self.chain.graph();
        let situation = self.reading(client, |session| session.situation(&graph))?;
        Ok(situation.status(self.chain, &graph))
    }

    pub(super) fn current(&self, client: &mut Client) -> Result<Vec<String>, Error> {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method is for one lifetime, the closure for all"
        )]
        self.reading(client, |session| session.current())
    }

    pub(super) fn warnings(&self, client: &mut Client) -> Result<Vec<String>, Error> {
        self.reading(client, |session| {
            let rows = session.read_versions()?.unwrap_or_default();
            let mut warnings = implied_rows(&self.chain.graph(), &rows);
            let (newest, damage) = session.newest_row()?;
            let history = history_table(&self.chain.version_table);
            warnings.extend(damage.map(|damage: Damage| format!("the ledger `{history}` {damage}")));
            let newest = newest.map(|row| row.entry.revision);
            let graph = self.chain.graph();
            for start in session.unfinished()? {
                // The scripts of other revisions do not run again.
                if graph.find_id(&start.revision).is_some() {
                    let is_newest = newest.as_ref() == Some(&start.revision);
                    let progress = session.progress_of(&start, is_newest)?;
                    warnings.extend(LedgerEntry::from(start).interruption(progress));
                }
            }
            Ok(warnings)
        })
    }

    pub(super) fn revisions(&self, client: &mut Client) -> Result<Vec<RevisionStatus>, Error> {
        let rows = self.current(client)?;
        Ok(revision_statuses(self.chain, &self.chain.graph(), &rows))
    }

    pub(super) fn ledger(&self, client: &mut Client) -> Result<Vec<LedgerEntry>, Error> {
        let (rows, _) = self.reading(client, |session| session.ledger())?;
        Ok(rows.into_iter().rev().map(|row| LedgerEntry::from(row.entry)).collect())
    }

    pub(super) fn check(&self, client: &mut Client) -> Result<bool, Error> {
        let graph = self.chain.graph();
        let position = self.reading(client, |session| session.position(&graph))?;
        let heads: Vec<_> = graph.real_heads().collect();
        Ok(plan::upgrade(&graph, &position, &heads).steps.is_empty())
    }

    pub(super) fn edited(&self, client: &mut Client) -> Result<Vec<EditedScript>, Error> {
        self.reading(client, |session| EditedScript::all(session, self.chain, &session.current()?))
    }
}

impl Session<'_> {
    /// Returns the version rows, sorted. Omits rows that another row implies.
    fn current(&self) -> Result<Vec<String>, Error> {
        let rows = self.read_versions()?.unwrap_or_default();
        Ok(Position::reduce(&self.runner.chain.graph(), &rows).0)
    }
}
