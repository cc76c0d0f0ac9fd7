//! Plans how to revert the revisions that a chain lacks. The scripts come from the ledger of a
//! database that is ahead.
//!
//! The unknown scripts are added to the chain, so that everything else (positions, steps, foreign
//! keys, version rows, ledger rows) works as in any other run. The ledger is checked first: each
//! row must follow from the previous one, and the last must lead to the version rows. This detects
//! damage, but not a ledger that was forged completely. Its scripts therefore run under the same
//! guard as all others.

mod audit;
mod fault;
mod scripts;

use std::collections::BTreeMap;

use aludel_core::chain::{Chain, history_table};
use aludel_core::frozen::Checksums;
use aludel_core::graph::{Graph, Index};
use aludel_core::plan::{self, Position};
use aludel_core::targets;

pub use fault::{LedgerFault, LedgerFaultKind};
pub(crate) use scripts::has_its_checksum;

use crate::ledger::{Damage, Numbered};
use crate::records::Records;
use crate::squash::applied;
use crate::status::{RunStart, Situation};
use crate::{Error, Plan};

/// Plans to revert every revision that a chain lacks. If there is none, the plan has no steps.
pub(crate) fn plan(records: &impl Records, chain: &Chain, situation: Situation) -> Result<Plan, Error> {
    let unknown = match situation {
        Situation::Ahead(unknown) => unknown,
        situation => {
            let position = situation.start(Vec::new)?.position;
            let planned = plan::Plan { from: position.clone(), steps: Vec::new(), after: position };
            return Ok(Plan::new(chain.clone(), planned));
        }
    };
    let rows = records.version_rows()?.unwrap_or_default();
    let recorded = Recorded::read(records, chain)?;
    let instead = applied::instead(records, chain)?;
    revert(chain, (&rows, &instead), (&unknown, &recorded.entries)).map_err(|fault| recorded.error(fault))
}

/// Plans a downgrade to a target among the scripts that a squash replaced.
pub(crate) fn below(
    records: &impl Records,
    chain: &Chain,
    (start, target): (&RunStart, &str),
) -> Result<Plan, Error> {
    let recorded = Recorded::read(records, chain)?;
    let found = Extended::below(chain, &start.rows, &recorded.entries);
    let Extended { chain, graph, position } = found.map_err(|fault| recorded.error(fault))?;
    let target = targets::resolve_downgrade(&targets::parse(target, &graph)?, &graph, &position)?;
    Ok(Plan::new(chain, plan::downgrade(&graph, &position, target)?))
}

fn revert(
    chain: &Chain,
    (rows, instead): (&[String], &Checksums),
    (unknown, entries): (&[String], &[Numbered]),
) -> Result<Plan, LedgerFault> {
    let known = chain.graph();
    let newest = newest(entries);
    let mut lacking = scripts::lacking(|id| known.find_id(id).is_some(), unknown, &newest)?;
    let extended = Extended::new((chain, None), (rows, instead), (&lacking, entries))?;
    let Extended { chain: extended, graph, position } = extended;
    // Newest first, regardless of branch: the order in which they were applied is the only one that
    // is known to work.
    lacking.sort_by_key(|row| std::cmp::Reverse(row.id));
    let order = lacking.iter().filter_map(|row| graph.find(&row.entry.revision));
    let planned = plan::revert(&graph, &position, order).map_err(|needed| LedgerFault {
        row: newest.get(&*needed.revision).map(|row| row.id),
        revision: needed.revision,
        why: LedgerFaultKind::Order { by: needed.by },
    })?;
    Ok(Plan::new(extended, planned))
}

/// The rows of a ledger.
struct Recorded {
    table: String,
    entries: Vec<Numbered>,
    damage: Option<Damage>,
}

impl Recorded {
    fn read(records: &impl Records, chain: &Chain) -> Result<Self, Error> {
        let (entries, damage) = records.steps()?;
        Ok(Self { table: history_table(&chain.version_table), entries, damage })
    }

    fn error(&self, fault: LedgerFault) -> Error {
        let damage = self.damage.as_ref().map(ToString::to_string);
        Error::Ledger { table: self.table.clone(), fault: Box::new(fault), damage }
    }
}

/// A chain with scripts from a ledger that was checked, and the position of the database in it.
struct Extended {
    chain: Chain,
    graph: Graph,
    position: Position,
}

impl Extended {
    fn new(
        (chain, replaced): (&Chain, Option<Index>),
        (rows, instead): (&[String], &Checksums),
        (lacking, entries): (&[&Numbered], &[Numbered]),
    ) -> Result<Self, LedgerFault> {
        let (chain, graph) = scripts::extended((chain, replaced), lacking, &newest(entries))?;
        let position = Position::of_rows(&graph, rows).map_err(|unknown| LedgerFault {
            row: None,
            revision: unknown.revisions.join(", "),
            why: LedgerFaultKind::NoRow,
        })?;
        audit::check(&chain, (position.applied(), instead), (lacking, entries))?;
        Ok(Self { chain, graph, position })
    }

    /// Replaces the base of a squash with the scripts that were applied instead of it.
    fn below(chain: &Chain, rows: &[String], entries: &[Numbered]) -> Result<Self, LedgerFault> {
        let (graph, base) = (chain.graph(), chain.squash());
        let is_known = |id: &str| graph.find_id(id).is_some_and(|index| Some(index) != base);
        let point: Vec<String> = base.iter().map(|base| graph.id(*base).to_owned()).collect();
        let lacking = scripts::lacking(is_known, &point, &newest(entries))?;
        Self::new((chain, base), (rows, &Checksums::new()), (&lacking, entries))
    }
}

/// Returns the newest row of each revision.
fn newest(entries: &[Numbered]) -> BTreeMap<&str, &Numbered> {
    let mut newest = BTreeMap::new();
    for row in entries {
        newest.entry(&*row.entry.revision).or_insert(row);
    }
    newest
}
