//! A scratch database on which statements are tried.

use aludel_core::chain::Assembled;
use aludel_core::problem::Problem;
use aludel_core::schema::Schema;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Connection;

use super::fault::Refusal;
use crate::proof::scratch::{Scratch, Stopped};
use crate::proof::section::{Failure, run_section};
use crate::proof::{Options, ProofFault};

/// A scratch database with the limits of the proof.
pub(super) struct Workshop {
    scratch: Scratch,
}

impl Workshop {
    /// Opens an empty one.
    pub(super) fn open(options: &Options) -> rusqlite::Result<Self> {
        Ok(Self { scratch: Scratch::open(options)? })
    }

    /// Opens one with every script of a chain applied.
    pub(super) fn at_head(assembled: &Assembled, options: &Options) -> Result<Self, Refusal> {
        let unproved = assembled.scripts.iter().filter(|script| script.header.unproved.is_some());
        let revisions: Vec<String> =
            unproved.filter_map(|script| Some(script.header.id.as_ref()?.value.clone())).collect();
        if !revisions.is_empty() {
            return Err(Refusal::Unproved { revisions });
        }
        let workshop = Self::open(options)?;
        workshop.control("SAVEPOINT chain")?;
        for script in &assembled.scripts {
            workshop.upgrade(script)?;
        }
        workshop.control("RELEASE chain")?;
        Ok(workshop)
    }

    fn upgrade(&self, script: &ParsedScript) -> Result<(), Refusal> {
        run_section(&self.scratch, script, SectionKind::Upgrade).map_err(|failure| {
            let Failure { section, stopped, statement } = failure;
            let fault = ProofFault::Fails { section, message: stopped.to_string() };
            Refusal::Chain { problem: Box::new(Problem::at(script.place(statement), &fault)) }
        })
    }

    /// Runs one statement.
    pub(super) fn run(&self, statement: &str) -> Result<(), Stopped> {
        self.scratch.run(statement)
    }

    /// Runs statements up to the first that fails, and returns that one.
    pub(super) fn run_all<'s>(
        &self,
        statements: impl IntoIterator<Item = &'s String>,
    ) -> Result<(), (String, Stopped)> {
        statements
            .into_iter()
            .try_for_each(|statement| self.run(statement).map_err(|stopped| (statement.clone(), stopped)))
    }

    /// Runs work and rolls the database back.
    pub(super) fn trying<T>(&self, work: impl FnOnce() -> T) -> rusqlite::Result<T> {
        self.control("SAVEPOINT trial")?;
        let result = work();
        if !self.scratch.connection().is_autocommit() {
            self.control("ROLLBACK TO trial; RELEASE trial")?;
        }
        Ok(result)
    }

    /// The whole schema.
    pub(super) fn schema(&self) -> rusqlite::Result<Schema> {
        self.scratch.schema()
    }

    /// Returns the connection, for queries.
    pub(super) fn connection(&self) -> &Connection {
        self.scratch.connection()
    }

    /// Runs a statement of this crate.
    pub(super) fn control(&self, statement: &str) -> rusqlite::Result<()> {
        self.scratch.control(statement)
    }
}
