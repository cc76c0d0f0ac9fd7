//! Runs of a plan, and to a target that a person typed.

use aludel_core::graph::Graph;
use aludel_core::plan::{self, Plan};
use aludel_core::target;
use rusqlite::Connection;

use super::Runner;
use crate::{Error, Report};

impl Runner<'_> {
    /// Runs a plan that was made before, such as one that a person confirmed: exactly its steps, on a database that is where it starts.
    ///
    /// # Errors
    ///
    /// [`Error::Moved`] where the database is elsewhere by now, which is looked at under the lock; or the run cannot begin, fails or is
    /// interrupted: then nothing was changed.
    pub fn run(&self, connection: &mut Connection, plan: &Plan) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().run(connection, &|graph, position| {
            starts_at(graph, position, &plan.from)?;
            Ok(plan.clone())
        })
    }

    /// Records a stamp that was planned before, without running a script.
    ///
    /// # Errors
    ///
    /// As [`Runner::run`].
    pub fn record(&self, connection: &mut Connection, stamp: &plan::Stamp) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().stamp(connection, &|graph, position| {
            starts_at(graph, position, &stamp.from)?;
            Ok(stamp.clone())
        })
    }

    /// Forgets every version row and records a stamp that was planned from base: wherever the database is, since nothing of its rows is used.
    ///
    /// # Errors
    ///
    /// As [`Runner::stamp_anew`].
    pub fn record_anew(&self, connection: &mut Connection, stamp: &plan::Stamp) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().stamp_anew(connection, &|graph, position| {
            starts_at(graph, position, &stamp.from)?;
            Ok(stamp.clone())
        })
    }

    /// Applies a target and all that it needs: `head`, `heads`, an id, a label or a unique prefix of one, `+1`.
    ///
    /// # Errors
    ///
    /// Where the target is none, or the run cannot begin, fails or is interrupted: then nothing was changed.
    pub fn upgrade(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().run(connection, &|graph, position| upgrade_plan(graph, position, target))
    }

    /// Takes back all that came after a target: `base`, an id, a label or a unique prefix of one, `-1`.
    ///
    /// # Errors
    ///
    /// Where the target is none or is not applied, or the run cannot begin, fails or is interrupted: then nothing was changed.
    pub fn downgrade(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().run(connection, &|graph, position| downgrade_plan(graph, position, target))
    }

    /// Records a target as applied, without running a script: `head`, `base`, an id, a label or a unique prefix of one.
    ///
    /// # Errors
    ///
    /// Where the target is none, or the database is ahead or diverged: then nothing was changed.
    pub fn stamp(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.stamp_all(connection, &[target])
    }

    /// Records several targets as applied, one after the other, without running a script.
    ///
    /// # Errors
    ///
    /// As [`Runner::stamp`].
    pub fn stamp_all(&self, connection: &mut Connection, targets: &[&str]) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().stamp(connection, &|graph, position| stamp_plan(graph, position, targets))
    }

    /// Forgets every version row and records targets as applied, without running a script. This is for a database whose rows the chain
    /// does not know, and that is known to have the schema of the targets.
    ///
    /// # Errors
    ///
    /// Where a target is none, or the rows cannot be written: then nothing was changed.
    pub fn stamp_anew(&self, connection: &mut Connection, targets: &[&str]) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().stamp_anew(connection, &|graph, position| stamp_plan(graph, position, targets))
    }

    /// Makes the version table where it is missing, as Alembic makes it; says whether it was.
    ///
    /// # Errors
    ///
    /// Where it cannot be made.
    pub fn ensure_version(&self, connection: &mut Connection) -> Result<bool, Error> {
        self.executor().ensure_version(connection)
    }
}

/// Rule: a plan runs only where it starts.
fn starts_at(graph: &Graph, found: &plan::Position, expected: &plan::Position) -> Result<(), Error> {
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

pub(super) fn upgrade_plan(graph: &Graph, position: &plan::Position, target: &str) -> Result<Plan, Error> {
    let target = target::parse(target, graph)?;
    let targets = target::resolve_upgrade(&target, graph, position)?;
    Ok(plan::upgrade(graph, position, &targets))
}

pub(super) fn downgrade_plan(graph: &Graph, position: &plan::Position, target: &str) -> Result<Plan, Error> {
    let target = target::parse(target, graph)?;
    let target = target::resolve_downgrade(&target, graph, position)?;
    Ok(plan::downgrade(graph, position, target)?)
}

pub(super) fn stamp_plan(
    graph: &Graph,
    position: &plan::Position,
    targets: &[&str],
) -> Result<plan::Stamp, Error> {
    let mut stamped = Vec::new();
    for target in targets {
        let parsed = target::parse(target, graph)?;
        stamped.extend(target::resolve_stamp(&parsed, graph, position)?);
    }
    Ok(plan::stamp(graph, position, &stamped))
}
