//! Checks each script at its position: upgrades, downgrades and upgrades again.

use aludel_core::graph::Index;
use aludel_core::plan::Direction;
use aludel_core::problem::Problem;
use aludel_core::script::SectionKind;

use super::session::{Blind, Session};
use super::{ProofFault, Proved, Prover, kind_of};
use crate::catalog::{Catalog, Difference};
use crate::lint::Lints;
use crate::scratch::ScratchError;

impl Prover<'_> {
    /// Checks each script at its position.
    pub(super) fn each(&mut self) -> Result<(), ScratchError> {
        let mut session = self.upgraded([])?;
        // Read only if the next script is checked.
        let base = session.catalog()?;
        let mut before = Some(base.clone());
        self.base = Some(base);
        for index in self.graph.indexes() {
            let script = self.chain.script(index);
            if self.graph.node(index).parents().any(|parent| self.left_out.contains(parent)) {
                self.left_out.insert(index);
                continue;
            }
            if self.is_valid(script) {
                if !self.step(&mut session, index, Direction::Upgrade)? {
                    self.left_out.insert(index);
                    session = self.upgraded(self.executed_to(index))?;
                }
                before = None;
                continue;
            }
            self.report.counts.scripts += 1;
            self.report.counts.statements +=
                script.upgrade.statements.len() + script.downgrade.statements.len();
            let known = match before.take() {
                Some(known) => known,
                None => session.catalog()?,
            };
            let mut lints = Lints::new(session.client(), self.options, (index, script))?;
            let upgraded = session.run(script, Direction::Upgrade, &mut lints)?;
            if let Err(failure) = upgraded {
                let fault =
                    ProofFault::Fails { section: SectionKind::Upgrade, message: failure.message.clone() };
                self.report_failure(index, Direction::Upgrade, &failure, &fault);
                self.left_out.insert(index);
                if script.outside_transaction(Direction::Upgrade).is_some() {
                    session = self.upgraded(self.executed_to(index))?;
                }
                before = Some(known);
                continue;
            }
            self.leftovers(&mut session, index, Direction::Upgrade)?;
            let after = session.catalog()?;
            self.report.problems.extend(lints.finish(self.sources, self.options));
            self.report.proved.push(Proved {
                revision: script.id.to_string(),
                fingerprint: after.fingerprint(),
                extensions: after
                    .extensions
                    .iter()
                    .map(|one| format!("{} {}", one.name, one.version))
                    .collect(),
            });
            if script.declared.irreversible.is_empty() {
                let is_sound = self.there_and_back(&mut session, index, [&known, &after])?;
                if !is_sound {
                    session = self.upgraded(self.executed_to(index))?;
                }
            }
            before = Some(after);
        }
        self.note_unread(&mut session)
    }

    /// Runs one direction of a script, and reports any error. Returns `true` if it passed.
    fn step(
        &mut self,
        session: &mut Session<'_>,
        index: Index,
        direction: Direction,
    ) -> Result<bool, ScratchError> {
        let Err(failure) = session.run(self.chain.script(index), direction, &mut Blind)? else {
            return Ok(true);
        };
        let fault = ProofFault::Fails { section: kind_of(direction), message: failure.message.clone() };
        self.report_failure(index, direction, &failure, &fault);
        Ok(false)
    }

    /// Runs the downgrade, and then the upgrade again. Returns `false` if the database differs from
    /// its state after the first upgrade.
    fn there_and_back(
        &mut self,
        session: &mut Session<'_>,
        index: Index,
        [before, after]: [&Catalog; 2],
    ) -> Result<bool, ScratchError> {
        let script = self.chain.script(index);
        if !self.step(session, index, Direction::Downgrade)? {
            return Ok(script.outside_transaction(Direction::Downgrade).is_none());
        }
        self.leftovers(session, index, Direction::Downgrade)?;
        let restored = session.catalog()?;
        let left = words(&before.differences(&restored));
        if !left.is_empty() {
            let nothing_to_do = script.downgrade.statements.is_empty();
            let fault = ProofFault::NotReversed { differences: left, nothing_to_do };
            self.report_after(index, SectionKind::Downgrade, &fault);
            return Ok(false);
        }
        let reordered = words(&before.reordered(&restored));
        if !reordered.is_empty() && !self.allows(index, "column-order") {
            let fault = ProofFault::ColumnOrder { differences: reordered };
            let note = self.after(index, SectionKind::Downgrade, &fault).into_note();
            self.report.problems.push(note.with_note("`-- Allow: column-order` in the header allows it"));
        }
        if let Err(failure) = session.run(script, Direction::Upgrade, &mut Blind)? {
            let fault = ProofFault::FailsAgain { message: failure.message.clone() };
            self.report_failure(index, Direction::Upgrade, &failure, &fault);
            return Ok(false);
        }
        session.clean(self.leaves.contains(index))?;
        session.cluster_changes()?;
        let differences = words(&after.differences(&session.catalog()?));
        if differences.is_empty() {
            return Ok(true);
        }
        self.report_after(index, SectionKind::Downgrade, &ProofFault::NotRepeated { differences });
        Ok(false)
    }

    /// Reports objects and settings that a section left in the session, and changes to the server.
    fn leftovers(
        &mut self,
        session: &mut Session<'_>,
        index: Index,
        direction: Direction,
    ) -> Result<(), ScratchError> {
        let section = kind_of(direction);
        let left = session.leftovers()?;
        if !left.temporary.is_empty() || !left.settings.is_empty() {
            self.leaves.insert(index);
        }
        if !left.temporary.is_empty() {
            self.report_after(index, section, &ProofFault::Temporary { section, objects: left.temporary });
        }
        if !left.settings.is_empty() {
            self.report_after(index, section, &ProofFault::Settings { section, settings: left.settings });
        }
        let changes = session.cluster_changes()?;
        // A downgrade that undoes the changes is not a second error.
        let is_undone = direction == Direction::Downgrade && self.changed_server.contains(index);
        if !changes.is_empty() && !is_undone && !self.allows(index, "changes-server") {
            self.changed_server.insert(index);
            self.report_after(index, section, &ProofFault::Server { section, changes });
        }
        Ok(())
    }

    /// Returns `true` if the header or the settings allow a script to break a rule.
    fn allows(&self, index: Index, rule: &str) -> bool {
        self.options.allows(index, rule)
            || self.chain.script(index).declared.allow.iter().any(|name| name == rule)
    }

    /// Reports, as a note, the kinds of objects at the head that are not compared.
    fn note_unread(&mut self, session: &mut Session<'_>) -> Result<(), ScratchError> {
        let unread = session.reader()?.unread()?;
        if !unread.is_empty() {
            let kinds = unread.iter().map(|(kind, number)| format!("{kind} ({number})")).collect();
            self.report.problems.push(Problem::overall(&ProofFault::Unread { kinds }).into_note());
        }
        Ok(())
    }
}

/// Describes differences as text.
pub(super) fn words(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}
