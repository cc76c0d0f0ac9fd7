//! Databases of a chain that begins with the base of a squash.
//!
//! Such a database has applied either the base, or the scripts that the base replaced. The version
//! rows are the same in both cases. The checksum in the ledger for the squash point shows which
//! case applies.

pub(crate) mod applied;

use aludel_core::chain::Chain;
use aludel_core::plan::{self, Direction};

use crate::ledger::REPAIR;
use crate::plans::downgrade_plan;
use crate::records::Records;
use crate::status::RunStart;
use crate::{Error, Plan, ledger_plan};

/// Returns an error if a plan reverts a base, but the ledger does not record that the base's
/// upgrade ran.
pub(crate) fn may_revert_base(records: &impl Records, chain: &Chain, plan: &plan::Plan) -> Result<(), Error> {
    let Some(base) = chain.squash().map(|base| chain.script(base)).filter(|_| reverts_base(chain, plan))
    else {
        return Ok(());
    };
    let (rows, _) = records.ledger()?;
    let succession = chain.predecessors.succession();
    let mut of_base = rows.iter().map(|row| &row.entry).filter(|entry| entry.revision == base.id);
    let is_of_base = of_base.find(|entry| entry.direction != REPAIR).is_some_and(|entry| {
        let checksum = entry.checksum.as_deref().unwrap_or_default();
        entry.direction == "upgrade" && succession.amended(&base.id, checksum) == base.checksum
    });
    if is_of_base { Ok(()) } else { Err(Error::NotCreatedByBase { revision: base.id.to_string() }) }
}

/// Plans a downgrade below a squash point, on a database that applied the replaced scripts. The
/// scripts come from its ledger. Returns `None` for any other downgrade.
pub(crate) fn plan_downgrade_below(
    records: &impl Records,
    chain: &Chain,
    start: impl FnOnce() -> Result<RunStart, Error>,
    target: &str,
) -> Result<Option<Plan>, Error> {
    if chain.squash().is_none() {
        return Ok(None);
    }
    let start = start()?;
    if start.instead.is_empty() {
        return Ok(None);
    }
    match downgrade_plan(&chain.graph(), &start.position, target) {
        Ok(plan) if !reverts_base(chain, &plan) => Ok(None),
        above => {
            let below = ledger_plan::below(records, chain, (&start, target));
            below.map(Some).map_err(|below| match (above, below) {
                // The target is not among the replaced scripts either.
                (Err(above), Error::Target(_)) => above,
                (_, below) => below,
            })
        }
    }
}

fn reverts_base(chain: &Chain, plan: &plan::Plan) -> bool {
    plan.steps
        .iter()
        .any(|step| step.direction == Direction::Downgrade && chain.squash() == Some(step.revision))
}
