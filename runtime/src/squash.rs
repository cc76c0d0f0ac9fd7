//! Databases of a chain that begins with the base of a squash.
//!
//! Such a database has applied either the base, or the scripts that the base replaced. The version
//! rows are the same. The ledger records the checksum of the script of the squash point, and so
//! which of the two it is.

use std::collections::BTreeMap;

use aludel_core::chain::{Chain, history_table};
use aludel_core::frozen::{Checksums, Succession};
use aludel_core::graph::Graph;
use aludel_core::plan::{self, Direction, Position, UnknownRevisions};
use rusqlite::Connection;

use crate::ledger::{self, REPAIR};
use crate::migrator::{Runner, downgrade_plan};
use crate::status::Situation;
use crate::{Error, Plan, ledger_plan};

/// Returns the position of version rows, or the situation of a database without one.
pub(crate) fn position(chain: &Chain, graph: &Graph, rows: &[String]) -> Result<Position, Box<Situation>> {
    let succession = chain.predecessors.succession();
    let rows = without_replaced(rows, graph, &succession);
    Position::of_rows(graph, &rows).map_err(|UnknownRevisions { revisions }| {
        let (replaced, unknown): (Vec<String>, Vec<String>) =
            revisions.into_iter().partition(|revision| succession.has_replaced_any(revision));
        if !unknown.is_empty() {
            return Box::new(Situation::Ahead(unknown));
        }
        let point = chain.squash().map(|base| graph.id(base).to_owned()).unwrap_or_default();
        Box::new(Situation::BeforeSquash { revisions: replaced, point })
    })
}

/// Removes the version rows of replaced scripts if others imply them. Alembic leaves a row of a
/// revision on which another one depends.
fn without_replaced(rows: &[String], graph: &Graph, succession: &Succession) -> Vec<String> {
    let is_known = |row: &String| graph.find_id(row).is_some();
    let stays = |row: &&String| is_known(row) || !succession.has_replaced_any(row);
    if rows.iter().any(is_known) { rows.iter().filter(stays).cloned().collect() } else { rows.to_vec() }
}

/// Returns the scripts that were applied instead of the base, or nothing if the base was applied or
/// the ledger does not record it.
pub(crate) fn instead(connection: &Connection, chain: &Chain) -> rusqlite::Result<Checksums> {
    if chain.squash().is_none() {
        return Ok(Checksums::new());
    }
    let recorded = ledger::evidence(connection, &history_table(&chain.version_table))?.checksums;
    Ok(replaced(chain, &chain.predecessors.succession(), &recorded))
}

/// Finds the generation of replaced scripts that was applied, in the recorded checksums.
fn replaced(chain: &Chain, succession: &Succession, recorded: &BTreeMap<String, String>) -> Checksums {
    let Some(base) = chain.squash().map(|base| chain.script(base)) else { return Checksums::new() };
    let current = |id: &str| recorded.get(id).map(|checksum| succession.amended(id, checksum));
    if !current(&base.id).is_some_and(|checksum| succession.has_replaced(&base.id, checksum)) {
        return Checksums::new();
    }
    let is_applied = |scripts: &Checksums| {
        scripts.iter().all(|(id, checksum)| current(id).is_none_or(|current| current == checksum))
    };
    let mut generations = succession.generations(&base.id);
    let oldest = generations.pop();
    let mut scripts = generations.into_iter().find(is_applied).or(oldest).unwrap_or_default();
    // The state is over the checksums that were recorded.
    for (id, checksum) in &mut scripts {
        recorded.get(id).into_iter().for_each(|recorded| checksum.clone_from(recorded));
    }
    scripts
}

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
