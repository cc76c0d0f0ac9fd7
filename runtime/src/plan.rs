//! The plan of a run. A program can show the plan to a person, and then run exactly these scripts.

use std::fmt;

use aludel_core::chain::{Chain, Script};
use aludel_core::plan::{self, Direction};

/// The scripts that a run executes on a database, in order.
///
/// A plan contains the text of its scripts and the database's position.
/// [`Migrator::run`](crate::Migrator::run) runs exactly these scripts, and refuses if the database
/// has moved since then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    chain: Chain,
    planned: plan::Plan,
    after: Vec<String>,
}

impl Plan {
    pub(crate) fn new(chain: Chain, planned: plan::Plan) -> Self {
        let mut after = chain.ids(planned.after.rows());
        after.sort();
        Self { chain, planned, after }
    }

    /// Returns the steps in the order in which they run.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = Step<'_>> {
        self.planned.steps.iter().map(|step| Step::new(&self.chain, step))
    }

    /// Returns `true` if there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.planned.steps.is_empty()
    }

    /// Returns the number of parts that are committed separately. It is one, unless a script runs
    /// outside a transaction, or adds an enum value that a later script uses.
    pub fn parts(&self) -> usize {
        self.chain.parts(&self.chain.graph(), &self.planned).len()
    }

    /// Returns the version rows after the run, sorted.
    pub fn after(&self) -> &[String] {
        &self.after
    }

    /// Returns the chain with every script of the plan.
    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Returns `true` if all scripts belong to the chain, and none comes from the ledger.
    #[doc(hidden)]
    pub fn is_of(&self, chain: &Chain) -> bool {
        self.chain == *chain
    }

    /// Returns the steps, with revisions as indexes into the chain.
    #[doc(hidden)]
    pub fn planned(&self) -> &plan::Plan {
        &self.planned
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(formatter, "nothing to do");
        }
        for step in self.steps() {
            writeln!(formatter, "{step}")?;
        }
        match self.after() {
            [] => write!(formatter, "then at base"),
            after => write!(formatter, "then at {}", after.join(", ")),
        }
    }
}

/// A script of a run, in one direction.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Step<'a> {
    /// The direction in which the script runs.
    pub direction: Direction,
    /// The revision.
    pub revision: &'a str,
    /// The one-line description of the script.
    pub message: &'a str,
    chain: &'a Chain,
    script: &'a Script,
}

impl<'a> Step<'a> {
    pub(crate) fn new(chain: &'a Chain, step: &plan::Step) -> Self {
        let script = chain.script(step.revision);
        Self { direction: step.direction, revision: &script.id, message: &script.message, chain, script }
    }

    /// Returns the down revisions.
    pub fn down_revisions(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let Self { chain, script, .. } = *self;
        script.down.iter().map(|index| &*chain.script(*index).id)
    }

    /// Returns the path of the script, as recorded in the chain.
    pub fn file(&self) -> &'a str {
        &self.script.file
    }

    /// Returns the SQL that runs: the script's upgrade or its downgrade.
    pub fn sql(&self) -> &'a str {
        &self.script.section(self.direction).sql
    }

    /// Returns the reason that the step runs outside a transaction, or `None` if it runs inside
    /// one.
    pub fn outside_transaction(&self) -> Option<&'a str> {
        self.script.outside_transaction(self.direction)
    }

    /// Returns the data that the upgrade loses and the downgrade does not restore, as declared in
    /// the script's header, such as `photos.title`.
    pub fn loses(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.script.declared.loses.iter().map(|loss| &**loss)
    }
}

impl fmt::Debug for Step<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Step")
            .field("direction", &self.direction)
            .field("revision", &self.revision)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}, {}", self.direction.word(), self.revision, self.message)?;
        if let Some(reason) = self.outside_transaction() {
            write!(formatter, "\n    outside a transaction: {reason}")?;
        }
        let loses: Vec<&str> = self.loses().collect();
        if loses.is_empty() {
            return Ok(());
        }
        let outcome = match self.direction {
            Direction::Upgrade => "lost for good",
            Direction::Downgrade => "not restored",
        };
        write!(formatter, "\n    {outcome}, as declared in the script: {}", loses.join(", "))
    }
}
