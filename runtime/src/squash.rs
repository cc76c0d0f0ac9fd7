//! Databases of a chain that begins with the base of a squash.
//!
//! Such a database has applied either the base, or the scripts that the base replaced. The version
//! rows are the same. The ledger records the checksum of the script of the squash point, and so
//! which of the two it is.

pub(crate) mod applied;

use aludel_core::chain::history_table;
use aludel_core::plan::{self, Direction};
use rusqlite::Connection;

use crate::ledger::{self, REPAIR};
use crate::migrator::{Runner, downgrade_plan};
use crate::{Error, Plan, ledger_plan};

impl Runner<'_> {
    /// Rule: the downgrade of a base runs only on a database whose ledger records that its upgrade
    /// ran.
    pub(crate) fn may_revert_base(&self, connection: &Connection, plan: &plan::Plan) -> Result<(), Error> {
        if !self.reverts_base(plan) {
            return Ok(());
        }
        let base = self.chain.squash().map(|base| self.chain.script(base));
        let (rows, _) = ledger::rows(connection, &history_table(&self.chain.version_table))
            .map_err(|source| self.error("reading the ledger", source))?;
        let succession = self.chain.predecessors.succession();
        let is_of_base = base.is_some_and(|base| {
            let mut of_base = rows.iter().map(|row| &row.entry).filter(|entry| entry.revision == base.id);
            of_base.find(|entry| entry.direction != REPAIR).is_some_and(|entry| {
                let checksum = entry.checksum.as_deref().unwrap_or_default();
                entry.direction == "upgrade" && succession.amended(&base.id, checksum) == base.checksum
            })
        });
        match base {
            Some(base) if !is_of_base => Err(Error::NotCreatedByBase { revision: base.id.to_string() }),
            _ => Ok(()),
        }
    }

    /// Plans a downgrade below a squash point on a database that applied the replaced scripts, which
    /// its ledger keeps. Returns `None` for any other downgrade.
    pub(crate) fn plan_downgrade_below(
        &self,
        connection: &Connection,
        target: &str,
    ) -> Result<Option<Plan>, Error> {
        if self.chain.squash().is_none() {
            return Ok(None);
        }
        let graph = self.chain.graph();
        let start = self.run_start(connection, &graph)?;
        if start.instead.is_empty() {
            return Ok(None);
        }
        match downgrade_plan(&graph, &start.position, target) {
            Ok(plan) if !self.reverts_base(&plan) => Ok(None),
            above => {
                let below = ledger_plan::below(self, connection, (&start, target));
                below.map(Some).map_err(|below| match (above, below) {
                    // The replaced scripts do not know the target either.
                    (Err(above), Error::Target(_)) => above,
                    (_, below) => below,
                })
            }
        }
    }

    fn reverts_base(&self, plan: &plan::Plan) -> bool {
        plan.steps
            .iter()
            .any(|step| step.direction == Direction::Downgrade && self.chain.squash() == Some(step.revision))
    }
}
