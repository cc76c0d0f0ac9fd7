//! Downgrades the whole chain and upgrades it again.

use aludel_core::graph::{Index, Set};
use aludel_core::plan::Direction;
use aludel_core::problem::Problem;

use super::each::words;
use super::session::Blind;
use super::{ProofFault, Prover};
use crate::scratch::ScratchError;

impl Prover<'_> {
    /// Returns the scripts that cannot be reverted: irreversible scripts, and the scripts that they
    /// need.
    fn staying(&self) -> Set {
        let irreversible = |index: &Index| !self.chain.script(*index).declared.irreversible.is_empty();
        self.graph.ancestors(self.graph.indexes().filter(irreversible))
    }

    /// Downgrades the whole chain as far as possible, compares the schemas, and upgrades it again.
    /// A script that passes at its position can still fail because of later scripts.
    pub(super) fn whole_chain(&mut self) -> Result<(), ScratchError> {
        let base = self.base.clone().unwrap_or_default();
        let mut session = self.upgraded(self.graph.indexes())?;
        let head = session.catalog()?;
        let staying = self.staying();
        let reverted: Vec<Index> = self.graph.indexes().filter(|index| !staying.contains(*index)).collect();
        for index in reverted.iter().rev() {
            if let Err(failure) = session.run(self.chain.script(*index), Direction::Downgrade, &mut Blind)? {
                let fault = ProofFault::FailsFromHead { message: failure.message.clone() };
                self.report_failure(*index, Direction::Downgrade, &failure, &fault);
                return Ok(());
            }
            session.clean(self.leaves.contains(*index))?;
        }
        if staying.is_empty() {
            let differences = words(&base.differences(&session.catalog()?));
            if !differences.is_empty() {
                self.report.problems.push(Problem::overall(&ProofFault::LeftAtBase { differences }));
                return Ok(());
            }
        }
        for index in reverted {
            if let Err(failure) = session.run(self.chain.script(index), Direction::Upgrade, &mut Blind)? {
                let fault = ProofFault::FailsFromBase { message: failure.message.clone() };
                self.report_failure(index, Direction::Upgrade, &failure, &fault);
                return Ok(());
            }
            session.clean(self.leaves.contains(index))?;
        }
        let differences = words(&head.differences(&session.catalog()?));
        if !differences.is_empty() {
            self.report.problems.push(Problem::overall(&ProofFault::HeadDiffers { differences }));
        }
        Ok(())
    }
}
