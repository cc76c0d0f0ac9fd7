//! Replaces the comparison with a scratch server in builds without the `aludel` program.

use aludel::{AdoptFault, Error, postgres};

use super::{Drift, Migrator, ONLY_PROGRAM};

impl<C> Migrator<'_, C> {
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the program compares them")]
    pub(super) fn drift_from(&self, _: &[String], _: impl Fn(&str) -> bool) -> Result<Drift, Error> {
        Ok(Drift::NotCompared(ONLY_PROGRAM.to_owned()))
    }

    #[expect(clippy::unused_self, reason = "the program compares them")]
    pub(super) fn drift_from_proof(&self, _: &[String]) -> Drift {
        Drift::NotCompared(ONLY_PROGRAM.to_owned())
    }

    #[expect(clippy::unused_self, reason = "the program compares them")]
    pub(super) fn adoptable(&self, tool: &postgres::FoundTool) -> Result<Vec<String>, Error> {
        Err(AdoptFault::NotCompared { tool: tool.tool(), why: ONLY_PROGRAM.to_owned() }.into())
    }
}
