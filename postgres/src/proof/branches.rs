//! Runs each branch alone, and the branches in reverse order.
//!
//! Not every database runs the scripts in canonical order. For example, one branch can be applied
//! long before another branch is written.

use std::collections::BTreeSet;

use aludel_core::graph::Index;
use aludel_core::plan::Direction;
use aludel_core::script::SectionKind;

use super::each::words;
use super::session::{Blind, Failure};
use super::{ProofFault, Prover, kind_of};
use crate::catalog::Catalog;
use crate::scratch::ScratchError;

/// The maximum number of scripts of other branches to try when looking for one that a script needs.
const SUSPECTS: usize = 16;

impl Prover<'_> {
    /// Runs the branches. Does nothing for a linear chain.
    pub(super) fn branches(&mut self) -> Result<(), ScratchError> {
        let tips = self.tips();
        if tips.len() < 2 {
            return Ok(());
        }
        let base = self.base.clone().unwrap_or_default();
        for tip in &tips {
            let branch: Vec<Index> = self.graph.ancestors([*tip]).iter().collect();
            let is_proved = branch.iter().all(|index| self.is_valid(self.chain.script(*index)));
            // The first scripts in canonical order have already run alone.
            if !is_proved && branch.last().is_some_and(|last| *last >= branch.len()) {
                self.branch_alone(&base, &branch)?;
            }
        }
        if !self.has_faults() {
            self.in_reverse_order(&tips)?;
        }
        Ok(())
    }

    /// Returns the last revisions of branches: the heads, and the parents of merge points.
    fn tips(&self) -> Vec<Index> {
        let merged =
            self.graph.indexes().map(|index| &self.graph.node(index).down).filter(|down| down.len() > 1);
        let tips: BTreeSet<Index> = self.graph.heads().chain(merged.flatten().copied()).collect();
        tips.into_iter().collect()
    }

    fn branch_alone(&mut self, base: &Catalog, branch: &[Index]) -> Result<(), ScratchError> {
        let mut session = self.upgraded([])?;
        let up = branch.iter().map(|index| (*index, Direction::Upgrade));
        let down = branch.iter().rev().map(|index| (*index, Direction::Downgrade));
        for (index, direction) in up.chain(down) {
            let script = self.chain.script(index);
            if direction == Direction::Downgrade && !script.declared.irreversible.is_empty() {
                return Ok(());
            }
            if let Err(failure) = session.run(script, direction, &mut Blind)? {
                let applied: Vec<Index> =
                    branch.iter().copied().take_while(|other| *other != index).collect();
                return self.fails_alone(&applied, index, direction, &failure);
            }
            session.clean(self.leaves.contains(index))?;
        }
        let differences = words(&base.differences(&session.catalog()?));
        if let Some(last) = branch.last().filter(|_| !differences.is_empty()) {
            self.report_after(*last, SectionKind::Downgrade, &ProofFault::NotReversedAlone { differences });
        }
        Ok(())
    }

    fn fails_alone(
        &mut self,
        applied: &[Index],
        index: Index,
        direction: Direction,
        failure: &Failure,
    ) -> Result<(), ScratchError> {
        let missing: Vec<Index> = (0..index).filter(|other| !applied.contains(other)).collect();
        let mut without = Vec::new();
        for other in missing.iter().copied().take(SUSPECTS) {
            let mut wanted: BTreeSet<Index> = self.graph.ancestors([other]).iter().collect();
            wanted.extend(applied);
            let Ok(mut session) = self.upgraded(wanted) else { continue };
            let passes = session.run(self.chain.script(index), Direction::Upgrade, &mut Blind)?.is_ok();
            if passes && direction == Direction::Upgrade {
                without.push(self.graph.id(other).to_owned());
                break;
            }
        }
        let id = self.graph.id(index).to_owned();
        let message = failure.message.clone();
        let fault = ProofFault::FailsAlone { section: kind_of(direction), id, without, message };
        self.report_failure(index, direction, failure, &fault);
        Ok(())
    }

    /// Runs the branches in reverse order, and reports an error if the schema depends on the order.
    fn in_reverse_order(&mut self, tips: &[Index]) -> Result<(), ScratchError> {
        let mut order: Vec<Index> = Vec::new();
        let heads: Vec<Index> = self.graph.heads().collect();
        for tip in tips.iter().rev().filter(|tip| !heads.contains(tip)).chain(heads.iter().rev()) {
            let next = self.graph.ancestors([*tip]);
            order.extend(next.iter().filter(|index| !order.contains(index)).collect::<Vec<_>>());
        }
        let mut session = self.upgraded([])?;
        for (position, index) in order.iter().enumerate() {
            let Err(failure) = session.run(self.chain.script(*index), Direction::Upgrade, &mut Blind)? else {
                session.clean(self.leaves.contains(*index))?;
                continue;
            };
            let ancestors = self.graph.ancestors([*index]);
            let others = order.iter().take(position).copied().filter(|other| !ancestors.contains(*other));
            let after = self.graph.ids(others);
            let id = self.graph.id(*index).to_owned();
            let fault = ProofFault::FailsInOrder { id, after, message: failure.message.clone() };
            self.report_failure(*index, Direction::Upgrade, &failure, &fault);
            return Ok(());
        }
        let reversed = session.catalog()?;
        drop(session);
        let canonical = self.upgraded(self.graph.indexes())?.catalog()?;
        let differences = words(&canonical.differences(&reversed));
        if let Some(last) = tips.last().filter(|_| !differences.is_empty()) {
            let heads = self.graph.ids(tips.iter().rev().copied());
            self.report_after(*last, SectionKind::Upgrade, &ProofFault::OrderDecides { heads, differences });
        }
        Ok(())
    }
}
