//! Finds the script that caused a failure, and reports it.

use aludel_core::graph::{Index, Set};
use aludel_core::problem::{Place, Problem};
use aludel_core::script::SectionKind;
use rusqlite::Result;

use super::fault::BranchFault;
use super::sandbox::Stop;
use super::{Branches, SUSPECTS};
use crate::proof::section::{SectionFailure, problem_of};

impl Branches<'_> {
    /// Reports a script that fails if only its own branch is applied. Such a script needs a script
    /// on another branch. Does nothing if an error in the script was already reported.
    pub(super) fn report_failure_alone(&mut self, line: &[Index], stop: Stop) -> Result<()> {
        let Stop { index, failure: Some(failure) } = stop else { return Ok(()) };
        if !self.reported.insert((index, None)) {
            return Ok(());
        }
        let missing = self.find(line, index, failure.section, |fails| !fails)?;
        let places = self.ids_in(&missing);
        let without = self.assembled.graph.ids(missing);
        let id = self.assembled.graph.id(index).to_owned();
        self.report_failure((index, &failure), places, |section, message| BranchFault::FailsAlone {
            section,
            id: id.clone(),
            without: without.clone(),
            message,
        });
        Ok(())
    }

    /// Reports a script that passes on its own branch but fails after a different branch.
    pub(super) fn report_failure_after(&mut self, order: &[Index], stop: Stop) -> Result<()> {
        let Stop { index, failure: Some(failure) } = stop else { return Ok(()) };
        if !self.reported.insert((index, None)) {
            return Ok(());
        }
        let conflicting = self.find(order, index, failure.section, |fails| fails)?;
        let places = self.ids_in(&conflicting);
        let after = self.assembled.graph.ids(conflicting);
        let id = self.assembled.graph.id(index).to_owned();
        self.report_failure((index, &failure), places, |section, message| BranchFault::FailsAfter {
            section,
            id: id.clone(),
            after: after.clone(),
            message,
        });
        Ok(())
    }

    /// Returns the first script on another branch that makes the script pass or fail. Returns an
    /// empty list if no single script makes the difference.
    fn find(
        &mut self,
        order: &[Index],
        index: Index,
        section: SectionKind,
        wanted: impl Fn(bool) -> bool,
    ) -> Result<Vec<Index>> {
        let graph = &self.assembled.graph;
        let own = graph.ancestors([index]);
        let applied: Set = self.sandbox.applied().iter().copied().collect();
        let is_suspect = |other: &Index| !own.contains(*other) && !applied.contains(*other);
        let before_in_order = order.iter().take_while(|other| **other != index).copied();
        let mut suspects: Vec<Index> = before_in_order.filter(is_suspect).collect();
        if suspects.is_empty() {
            suspects = (0..index).filter(is_suspect).collect();
        }
        for suspect in suspects.into_iter().take(SUSPECTS) {
            let with = graph.ancestors([suspect]);
            let others = with.iter().filter(|other| !own.contains(*other));
            let sequence: Vec<Index> =
                others.chain(own.iter()).filter(|other| !applied.contains(*other)).collect();
            if sequence.iter().any(|other| self.faulty.contains(*other)) || self.sandbox.is_done() {
                continue;
            }
            self.sandbox.remember()?;
            let fails = sequence.iter().any(|other| self.sandbox.up(*other).is_err())
                || (section == SectionKind::Downgrade && self.sandbox.down().is_err());
            self.sandbox.go_back()?;
            if wanted(fails) {
                return Ok(vec![suspect]);
            }
        }
        Ok(Vec::new())
    }

    /// Returns the scripts on other branches that precede a script in an order.
    pub(super) fn others_before(&self, order: &[Index], index: Index) -> Vec<String> {
        let own = self.assembled.graph.ancestors([index]);
        let before = order.iter().take_while(|other| **other != index).copied();
        self.assembled.graph.ids(before.filter(|other| !own.contains(*other)))
    }

    fn report_failure(
        &mut self,
        (index, failure): (Index, &SectionFailure),
        places: Vec<Place>,
        fault: impl Fn(SectionKind, String) -> BranchFault,
    ) {
        let Some(script) = self.assembled.scripts.get(index) else { return };
        let problem = problem_of(self.options, script, failure, fault);
        self.problems.push(
            places
                .into_iter()
                .fold(problem, |problem, place| problem.with_related(place, "on the other branch")),
        );
    }

    pub(super) fn report_after(&mut self, index: Index, kind: SectionKind, fault: &BranchFault) {
        let Some(place) = self.marker(index, kind) else { return };
        if self.reported.insert((index, None)) {
            self.problems.push(Problem::at(place, fault));
        }
    }

    pub(super) fn report_order(&mut self, first: Index, second: Index, differences: Vec<String>) {
        let graph = &self.assembled.graph;
        let (first_id, second_id) = (graph.id(first).to_owned(), graph.id(second).to_owned());
        let (Some(place), Some(other)) =
            (self.marker(second, SectionKind::Upgrade), self.marker(first, SectionKind::Upgrade))
        else {
            return;
        };
        let fault = BranchFault::OrderDecides { first: first_id, second: second_id, differences };
        self.problems.push(Problem::at(place, &fault).with_related(other, "the other script"));
    }

    fn marker(&self, index: Index, kind: SectionKind) -> Option<Place> {
        let script = self.assembled.scripts.get(index)?;
        Some(script.place(script.section(kind)?.marker.clone()))
    }

    fn ids_in(&self, indexes: &[Index]) -> Vec<Place> {
        let place = |index: &Index| {
            let script = self.assembled.scripts.get(*index)?;
            Some(script.place(script.header.id.as_ref()?.span.clone()))
        };
        indexes.iter().filter_map(place).collect()
    }
}
