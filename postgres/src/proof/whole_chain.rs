//! Downgrades the whole chain and upgrades it again: script by script, and as single runs.

use aludel_core::chain::{Script, Section};
use aludel_core::graph::{Index, Set};
use aludel_core::plan::{self, Direction, Plan, Position};
use aludel_core::problem::Problem;
use aludel_core::targets::Downgrade;

use super::each::words;
use super::session::Blind;
use super::{ProofFault, Prover, kind_of};
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
            return Ok(());
        }
        self.one_run(staying.is_empty())
    }

    /// Upgrades an empty database to the head, and downgrades it if all scripts can be reverted, each
    /// as one run: all scripts in one transaction, except where a run commits.
    fn one_run(&mut self, is_reversible: bool) -> Result<(), ScratchError> {
        let mut session = self.upgraded([])?;
        let heads: Vec<Index> = self.graph.heads().collect();
        let up = plan::upgrade(&self.graph, &Position::default(), &heads);
        let down = plan::downgrade(&self.graph, &up.after, Downgrade { to: None, branch: None });
        let down = down.ok().filter(|_| is_reversible);
        let parts: Vec<Plan> =
            std::iter::once(&up).chain(&down).flat_map(|plan| self.chain.parts(&self.graph, plan)).collect();
        for part in parts {
            let steps: Vec<(&Script, Index, Direction)> = part
                .steps
                .iter()
                .map(|step| (self.chain.script(step.revision), step.revision, step.direction))
                .collect();
            let ran = match steps.as_slice() {
                [(script, _, direction)] if script.outside_transaction(*direction).is_some() => {
                    session.run(script, *direction, &mut Blind)?.map_err(|failure| (0, failure))
                }
                steps => {
                    let sections: Vec<&Section> =
                        steps.iter().map(|(script, _, direction)| script.section(*direction)).collect();
                    session.run_part(&sections)?
                }
            };
            if let Err((place, failure)) = ran
                && let Some((_, index, direction)) = steps.get(place)
            {
                let (section, message) = (kind_of(*direction), failure.message.clone());
                let fault = if steps.len() > 1 {
                    ProofFault::FailsInOneRun { section, message }
                } else {
                    ProofFault::Fails { section, message }
                };
                self.report_failure(*index, *direction, &failure, &fault);
                return Ok(());
            }
        }
        Ok(())
    }
}
