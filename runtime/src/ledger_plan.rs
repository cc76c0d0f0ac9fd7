//! The way back of a database that is ahead: a plan that reverts the revisions which a chain lacks,
//! with the scripts that the ledger keeps.
//!
//! The unknown scripts are added to the chain, so that everything else (positions, steps, foreign
//! keys, version rows, ledger rows) works as in any other run. The ledger is checked first: its rows
//! must follow from each other and lead to the version rows. This finds damage. It cannot find a
//! ledger that somebody forged completely, so its scripts run under the same guard as all others.

mod audit;
mod fault;
mod scripts;

use std::collections::BTreeMap;

use aludel_core::chain::{Chain, history_table};
use aludel_core::plan::{self, Position};
use rusqlite::Connection;

pub use fault::{LedgerFault, LedgerFaultKind};
pub(crate) use scripts::has_its_checksum;

use crate::ledger::{self, Numbered};
use crate::migrator::Runner;
use crate::status::Situation;
use crate::{Error, Plan, version_table};

/// Plans to revert every revision that the runner's chain lacks. Without such a revision, the plan
/// has no steps.
pub(crate) fn plan(runner: &Runner<'_>, connection: &Connection) -> Result<Plan, Error> {
    let graph = runner.chain.graph();
    let unknown = match runner.situation(connection, &graph)? {
        Situation::Ahead(unknown) => unknown,
        situation => {
            let position = situation.start(Vec::new)?.position;
            let planned = plan::Plan { from: position.clone(), steps: Vec::new(), after: position };
            return Ok(Plan::new(runner.chain.clone(), planned));
        }
    };
    let reading = |error| runner.version_table_error("reading the version rows", error);
    let rows = version_table::read(connection, &runner.chain.version_table).map_err(reading)?;
    let rows = rows.map(|found| found.rows).unwrap_or_default();
    let history = history_table(&runner.chain.version_table);
    let (entries, damage) =
        ledger::steps(connection, &history).map_err(|source| runner.error("reading the ledger", source))?;
    revert(runner.chain, &rows, (&unknown, &entries)).map_err(|fault| {
        let damage = damage.map(|damage| damage.to_string());
        Error::Ledger { table: history, fault: Box::new(fault), damage }
    })
}

fn revert(
    chain: &Chain,
    rows: &[String],
    (unknown, entries): (&[String], &[Numbered]),
) -> Result<Plan, LedgerFault> {
    let graph = chain.graph();
    let newest = newest(entries);
    let mut lacking = scripts::lacking(&graph, unknown, &newest)?;
    let (extended, graph) = scripts::extended(chain, &lacking, &newest)?;
    let position = Position::of_rows(&graph, rows).map_err(|unknown| LedgerFault {
        row: None,
        revision: unknown.revisions.join(", "),
        why: LedgerFaultKind::NoRow,
    })?;
    audit::check(&extended, position.applied(), (&lacking, entries))?;
    // Newest first, whatever branch they are on: the order in which they were applied is the only
    // one that is known to work.
    lacking.sort_by_key(|row| std::cmp::Reverse(row.id));
    let order = lacking.iter().filter_map(|row| graph.find(&row.entry.revision));
    let planned = plan::revert(&graph, &position, order).map_err(|needed| LedgerFault {
        row: newest.get(&*needed.revision).map(|row| row.id),
        revision: needed.revision,
        why: LedgerFaultKind::Order { by: needed.by },
    })?;
    Ok(Plan::new(extended, planned))
}

/// Returns the newest row of each revision.
fn newest(entries: &[Numbered]) -> BTreeMap<&str, &Numbered> {
    let mut newest = BTreeMap::new();
    for row in entries {
        newest.entry(&*row.entry.revision).or_insert(row);
    }
    newest
}
