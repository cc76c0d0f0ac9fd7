//! A scratch database on which statements are tried.

use aludel_core::chain::Assembled;
use aludel_core::guarded::{Savepoint, rolled_back};
use aludel_core::problem::Problem;
use aludel_core::schema::Schema;
use rusqlite::Connection;

use super::fault::Refusal;
use crate::proof::head::{FailureIn, upgrade_to_head};
use crate::proof::scratch::{Scratch, Stopped};
use crate::proof::section::SectionFailure;
use crate::proof::{Options, ProofFault};

/// A scratch database with the limits that apply to a proof.
pub(super) struct TrialDatabase {
    scratch: Scratch,
}

impl TrialDatabase {
    /// Opens an empty trial database.
    pub(super) fn open(options: &Options) -> rusqlite::Result<Self> {
        Ok(Self { scratch: Scratch::open(options)? })
    }

    /// Opens a trial database to which every script in a chain is applied.
    pub(super) fn at_head(assembled: &Assembled, options: &Options) -> Result<Self, Refusal> {
        let trial_database = Self::open(options)?;
        let savepoint = Savepoint::open(trial_database.connection())?;
        upgrade_to_head(&trial_database.scratch, assembled).map_err(refusal)?;
        savepoint.release(trial_database.connection())?;
        Ok(trial_database)
    }

    /// Runs one statement.
    pub(super) fn run(&self, statement: &str) -> Result<(), Stopped> {
        self.scratch.run(statement)
    }

    /// Runs statements until one fails, and returns that one. Returns `None` if all succeed.
    pub(super) fn run_all<'s>(
        &self,
        statements: impl IntoIterator<Item = &'s String>,
    ) -> Result<(), (String, Stopped)> {
        statements
            .into_iter()
            .try_for_each(|statement| self.run(statement).map_err(|stopped| (statement.clone(), stopped)))
    }

    /// Runs work and then rolls the database back.
    pub(super) fn trying<T>(&self, work: impl FnOnce() -> T) -> rusqlite::Result<T> {
        rolled_back(self.connection(), work)
    }

    /// Returns the complete schema.
    pub(super) fn schema(&self) -> rusqlite::Result<Schema> {
        self.scratch.schema()
    }

    /// Returns the connection, for queries.
    pub(super) fn connection(&self) -> &Connection {
        self.scratch.connection()
    }
}

/// Returns the reason why the schema at the head is unknown.
fn refusal((script, failure): FailureIn<'_>) -> Refusal {
    let SectionFailure { section, stopped, statement } = failure;
    if script.header.unproved.is_some() {
        let revision = script.header.id.as_ref().map(|id| id.value.clone()).unwrap_or_default();
        return Refusal::Unproved { revision, message: stopped.to_string() };
    }
    let fault = ProofFault::Fails { section, message: stopped.to_string() };
    Refusal::Chain { problem: Box::new(Problem::at(script.place(statement), &fault)) }
}
