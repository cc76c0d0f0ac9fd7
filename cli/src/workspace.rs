//! The context of a command: a chain and a database, regardless of their origin.

use std::path::Path;
use std::time::Duration;

use aludel::Error;
use aludel_core::chain::Chain;
use aludel_core::graph::Set;
use aludel_core::plan::Plan;
use serde::Serialize;

use crate::database::{Database, Migrator, Reader, Writer};
use crate::error::Failure;
use crate::signals::Signals;
use crate::view::View;

/// Proves the scripts before a plan runs them. Without a plan, any script may run.
type Proof<'a> = &'a dyn Fn(Option<&Plan>) -> Result<(), Failure>;

/// Returns the changes that lead from the head to the target schema, or `None` if no target schema
/// is defined.
type Drift<'a> = &'a dyn Fn(Option<&Path>) -> Result<Option<Vec<Change>>, Failure>;

/// A change that leads to the target schema, as printed in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    pub(crate) change: &'static str,
    pub(crate) words: String,
}

/// Returns `true` if the settings include a table or view in comparisons.
type IsCompared<'a> = &'a dyn Fn(&str) -> bool;

/// A chain and a database.
pub(crate) struct Workspace<'a, C> {
    pub(crate) chain: &'a Chain,
    migrator: Migrator<'a, C>,
    database: Option<Database>,
    proof: Option<Proof<'a>>,
    drift: Option<Drift<'a>>,
    is_compared: Option<IsCompared<'a>>,
    frozen: Option<&'a Set>,
}

impl<'a, C> Workspace<'a, C> {
    pub(crate) fn new(
        migrator: impl Into<Migrator<'a, C>>,
        database: Option<Database>,
        lock_timeout: Option<Duration>,
    ) -> Self {
        let migrator = migrator.into().of(database.as_ref());
        let chain = migrator.chain().untyped();
        let migrator = match lock_timeout {
            Some(limit) => migrator.lock_timeout(limit),
            None => migrator,
        };
        Self { chain, migrator, database, proof: None, drift: None, is_compared: None, frozen: None }
    }

    /// Sets the proof that runs before the scripts. An embedded chain needs none, because the
    /// compiler proved it.
    #[cfg(feature = "program")]
    pub(crate) fn with_proof(mut self, proof: Proof<'a>) -> Self {
        self.proof = Some(proof);
        self
    }

    /// Sets the comparison of the head with the target schema. An embedded chain needs none,
    /// because the compiler compared it.
    #[cfg(feature = "program")]
    pub(crate) fn with_drift(mut self, drift: Drift<'a>) -> Self {
        self.drift = Some(drift);
        self
    }

    /// Excludes tables and views from schema comparisons, according to the settings.
    #[cfg(feature = "program")]
    pub(crate) fn with_filter(mut self, is_compared: IsCompared<'a>) -> Self {
        self.is_compared = Some(is_compared);
        self
    }

    /// Returns `true` if a table or view of the database should be compared.
    pub(crate) fn compares(&self, table: &str) -> bool {
        self.is_compared.is_none_or(|is_compared| is_compared(table))
    }

    /// Sets the frozen scripts. An embedded chain does not record them.
    #[cfg(feature = "program")]
    pub(crate) fn with_frozen(mut self, frozen: &'a Set) -> Self {
        self.frozen = Some(frozen);
        self
    }

    /// Returns the revisions of the chain for display.
    pub(crate) fn view(&self) -> View<'a> {
        View::new(self.chain, self.frozen)
    }

    pub(crate) fn drift(&self, target: Option<&Path>) -> Result<Option<Vec<Change>>, Failure> {
        match (self.drift, target) {
            (Some(drift), target) => drift(target),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Failure::wrong(
                "cannot pass `--target` for an embedded chain: the compiler compares it with its target schema",
                "",
            )),
        }
    }

    /// Returns `true` if a database is configured.
    pub(crate) fn names_database(&self) -> bool {
        self.database.is_some()
    }

    /// Runs the scripts without a proof, and records this in the ledger.
    #[cfg(feature = "program")]
    pub(crate) fn unproved(mut self) -> Self {
        self.migrator = self.migrator.unproved();
        self
    }

    pub(crate) fn prove(&self, plan: Option<&Plan>) -> Result<(), Failure> {
        self.proof.map_or(Ok(()), |proof| proof(plan))
    }

    /// Returns the database, or an error if none is configured.
    pub(crate) fn database(&self) -> Result<&Database, Failure> {
        self.database.as_ref().ok_or(Failure::NoDatabase)
    }

    pub(crate) fn migrator(&self) -> Migrator<'a, C> {
        self.migrator.clone()
    }

    /// Reads from the database. A missing database is not created.
    pub(crate) fn ask<T>(
        &self,
        mut question: impl FnMut(&Migrator<'a, C>, &Reader<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let answer = self.database()?.read(|reader| question(&self.migrator, reader));
        answer.map_err(Failure::aludel)
    }

    /// Returns warnings about Aludel's own tables. These problems do not stop a run.
    pub(crate) fn warnings(&self) -> Result<Vec<String>, Failure> {
        self.ask(Migrator::warnings)
    }

    /// Returns the version rows of the database, sorted. A missing database has none.
    pub(crate) fn rows(&self) -> Result<Vec<String>, Failure> {
        self.ask(Migrator::current)
    }

    /// Changes the database, and creates it if it is missing. Signals roll the run back.
    pub(crate) fn change<T>(
        &self,
        signals: &Signals,
        migrator: Migrator<'a, C>,
        run: impl FnOnce(&Migrator<'a, C>, Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let migrator = migrator.interrupt(&signals.interrupt());
        let result = self.database()?.change(|writer| run(&migrator, writer));
        result.map_err(|error| match (Failure::aludel(error), signals.received()) {
            (Failure::Aludel { error, exit_code: 130 }, Some(exit_code)) => {
                Failure::Aludel { error, exit_code }
            }
            (failure, _) => failure,
        })
    }
}
