//! Plans for targets given as text, and the rules for what a run may do. They are the same for
//! every kind of database.

use std::cell::OnceCell;

use aludel_core::chain::Chain;
use aludel_core::frozen::Checksums;
use aludel_core::graph::Graph;
use aludel_core::plan;
use aludel_core::targets::{self, TargetError};

use crate::Error;

/// Returns an error if a run may not execute a plan.
pub(crate) fn permitted(chain: &Chain, plan: &plan::Plan, outside_allowed: bool) -> Result<(), Error> {
    reversible(chain, plan)?;
    if outside_allowed { Ok(()) } else { inside_transaction(chain, plan) }
}

/// Returns an error if a plan includes a script that runs outside a transaction.
fn inside_transaction(chain: &Chain, plan: &plan::Plan) -> Result<(), Error> {
    let Some(step) = plan.steps.iter().find(|step| chain.runs_outside(step)) else { return Ok(()) };
    let script = chain.script(step.revision);
    Err(Error::OutsideTransaction {
        revision: script.id.to_string(),
        file: script.file.to_string(),
        reason: script.declared.outside_transaction.to_string(),
    })
}

/// Returns an error if a plan reverts an irreversible script.
pub(crate) fn reversible(chain: &Chain, plan: &plan::Plan) -> Result<(), Error> {
    match chain.irreversible(plan) {
        None => Ok(()),
        Some(script) => Err(Error::Irreversible {
            revision: script.id.to_string(),
            file: script.file.to_string(),
            reason: script.declared.irreversible.to_string(),
        }),
    }
}

/// Returns an error if the database is not at the start of the plan.
pub(crate) fn starts_at(
    graph: &Graph,
    found: &plan::Position,
    expected: &plan::Position,
) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    let sorted = |position: &plan::Position| {
        let mut rows = graph.ids(position.rows());
        rows.sort();
        rows
    };
    Err(Error::Moved { expected: sorted(expected), found: sorted(found) })
}

/// Returns the steps of a plan that remain, or an error if the database is not at its start. Another
/// process that runs the same plan may already have committed the first parts.
pub(crate) fn remaining(
    chain: &Chain,
    graph: &Graph,
    found: &plan::Position,
    plan: &plan::Plan,
) -> Result<plan::Plan, Error> {
    let mut rest = plan.clone();
    for part in chain.parts(graph, plan) {
        if *found == rest.from {
            return Ok(rest);
        }
        rest = rest.after_part(&part);
    }
    starts_at(graph, found, &plan.from)?;
    Ok(plan.clone())
}

/// Returns a function that plans an upgrade to a target. It resolves the target once: if another
/// process moves the database, `+1` is still the same revision.
pub(crate) fn upgrade_goal(target: &str) -> impl Fn(&Graph, &plan::Position) -> Result<plan::Plan, Error> {
    let resolved = OnceCell::new();
    move |graph, position| {
        let targets =
            once(&resolved, || targets::resolve_upgrade(&targets::parse(target, graph)?, graph, position))?;
        Ok(plan::upgrade(graph, position, targets))
    }
}

/// Returns a function that plans a downgrade to a target, like [`upgrade_goal`].
pub(crate) fn downgrade_goal(target: &str) -> impl Fn(&Graph, &plan::Position) -> Result<plan::Plan, Error> {
    let resolved = OnceCell::new();
    move |graph, position| {
        let target =
            once(&resolved, || targets::resolve_downgrade(&targets::parse(target, graph)?, graph, position))?;
        Ok(plan::downgrade(graph, position, *target)?)
    }
}

/// Returns the resolved target, and resolves it on the first call.
fn once<T>(resolved: &OnceCell<T>, resolve: impl FnOnce() -> Result<T, TargetError>) -> Result<&T, Error> {
    if let Some(target) = resolved.get() {
        return Ok(target);
    }
    let target = resolve()?;
    Ok(resolved.get_or_init(|| target))
}

/// Plans an upgrade to a target.
pub(crate) fn upgrade_plan(
    graph: &Graph,
    position: &plan::Position,
    target: &str,
) -> Result<plan::Plan, Error> {
    upgrade_goal(target)(graph, position)
}

/// Plans a downgrade to a target.
pub(crate) fn downgrade_plan(
    graph: &Graph,
    position: &plan::Position,
    target: &str,
) -> Result<plan::Plan, Error> {
    downgrade_goal(target)(graph, position)
}

/// Plans a stamp of several targets, in order.
pub(crate) fn stamp_plan(
    graph: &Graph,
    position: &plan::Position,
    targets: &[&str],
) -> Result<plan::Stamp, Error> {
    let mut stamped = Vec::new();
    for target in targets {
        let parsed = targets::parse(target, graph)?;
        stamped.extend(targets::resolve_stamp(&parsed, graph, position)?);
    }
    Ok(plan::stamp(graph, position, &stamped))
}

/// Returns the plan, or an error if the version rows after it would not be exactly those of the
/// place.
pub(crate) fn exactly(
    place: &[&str],
    graph: &Graph,
    from: &plan::Position,
    plan: plan::Plan,
) -> Result<plan::Plan, Error> {
    let sorted = |position: &plan::Position| {
        let mut rows = graph.ids(position.rows());
        rows.sort();
        rows
    };
    if sorted(&plan.after) == place {
        return Ok(plan);
    }
    Err(Error::Beyond { expected: place.iter().map(ToString::to_string).collect(), found: sorted(from) })
}

/// Returns an error if a script without a database begins at or after the squash point. Only the
/// ledger of a database records what was applied up to that point.
pub(crate) fn begins_before_squash(
    chain: &Chain,
    start: &str,
    position: &plan::Position,
) -> Result<(), Error> {
    match chain.squash().filter(|base| position.is_applied(*base)) {
        None => Ok(()),
        Some(base) => {
            let (start, point) = (start.to_owned(), chain.script(base).id.to_string());
            Err(Error::ScriptAfterSquash { start, point })
        }
    }
}

/// Returns `true` if a ledger state matches the chain's scripts up to a place, or the scripts that
/// a squash replaced.
pub(crate) fn is_state_of(chain: &Chain, place: &[&str], state: &str) -> bool {
    if chain.heads.iter().map(|head| &**head).eq(place.iter().copied()) {
        return chain.predecessors.states.iter().chain([&chain.state]).any(|known| &**known == state);
    }
    let graph = chain.graph();
    let applied = graph.ancestors(place.iter().filter_map(|id| graph.find(id)));
    let base = chain.squash().map(|base| chain.predecessors.succession().generations(graph.id(base)));
    let mut generations = base.into_iter().flatten().chain([Checksums::new()]);
    generations.any(|instead| chain.state_of(&applied, &instead) == state)
}
