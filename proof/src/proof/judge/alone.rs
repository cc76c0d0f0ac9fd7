//! Checks each script in its place: upgrade, downgrade, and upgrade again.

use aludel_core::guarded::Savepoint;
use aludel_core::schema::sqlite::Touched;
use aludel_core::schema::{Changes, Difference, describe, differences};
use aludel_core::script::{ParsedScript, SectionKind};

use super::blame::{Ran, blame};
use super::{Judge, problem_after};
use crate::lint::drops_column;
use crate::proof::rows::ScriptRun;
use crate::proof::section::{run_section, run_statement};
use crate::proof::{ColumnOrder, ProofFault, outside};

impl<'a> Judge<'a> {
    /// Upgrades, downgrades and again upgrades each script in its place.
    pub(super) fn each_alone(&mut self) -> rusqlite::Result<()> {
        let scripts: &'a [ParsedScript] = &self.assembled.scripts;
        for (index, script) in scripts.iter().enumerate() {
            let waits =
                self.assembled.graph.node(index).parents().any(|parent| self.left_out.contains(parent));
            if waits || script.header.unproved.is_some() || self.options.is_over() {
                self.left_out.insert(index);
                continue;
            }
            self.lints.turn_to(index);
            let before = self.problems.len();
            let Some((made, mut savepoint)) = self.upgrade_alone(script)? else {
                self.left_out.insert(index);
                continue;
            };
            self.lints.upgraded(&made);
            self.note_fingerprint(&made);
            let after = self.problems.len();
            let is_reversible = script.header.irreversible.is_none();
            if is_reversible {
                savepoint = self.there_and_back(script, &made, savepoint)?;
            }
            savepoint.release(self.scratch.connection())?;
            if outside::is_outside(script) {
                let problems = outside::check(&mut self.scratch, script, self.options)?;
                self.problems.extend(problems);
            }
            self.runs
                .insert(index, ScriptRun { made, is_sound: is_reversible && self.problems.len() == before });
            if after > before {
                // Leftovers of the upgrade can make correct statements fail, which would report the
                // same mistake twice.
                let others = self.problems.split_off(after);
                self.problems.extend(others.into_iter().filter(|problem| !ProofFault::is_failure(problem)));
            }
        }
        Ok(())
    }

    /// Derives the fingerprint from the previous one and the changes, so that unchanged tables cost
    /// nothing.
    fn note_fingerprint(&mut self, made: &Changes) {
        if self.left_out.is_empty() {
            let before = self.fingerprints.last().copied();
            let before = before.unwrap_or_else(|| self.base.fingerprint());
            self.fingerprints.push(before.after(made));
        }
    }

    /// Runs an upgrade. Returns its changes, with a savepoint to roll it back. If the upgrade
    /// fails, rolls it back immediately and returns `None`.
    fn upgrade_alone(&mut self, script: &ParsedScript) -> rusqlite::Result<Option<(Changes, Savepoint)>> {
        let savepoint = Savepoint::open(self.scratch.connection())?;
        if let Err(failure) = self.run(script, SectionKind::Upgrade) {
            self.roll_back(savepoint)?;
            self.report_failure(script, &failure, |section, message| ProofFault::Fails { section, message });
            return Ok(None);
        }
        self.changes(script, SectionKind::Upgrade).map(|made| Some((made, savepoint)))
    }

    /// Runs the downgrade and then the upgrade again, and compares the schemas. Even if one of them
    /// fails, the database ends up as it was after the first upgrade. Returns the savepoint before
    /// that upgrade.
    fn there_and_back(
        &mut self,
        script: &ParsedScript,
        made: &Changes,
        before: Savepoint,
    ) -> rusqlite::Result<Savepoint> {
        let savepoint = Savepoint::open(self.scratch.connection())?;
        let faults = self.problems.len();
        if let Err(failure) = self.run(script, SectionKind::Downgrade) {
            self.report_failure(script, &failure, |section, message| ProofFault::Fails { section, message });
            self.roll_back_downgrade(script, savepoint)?;
            return Ok(before);
        }
        let downgraded = self.changes(script, SectionKind::Downgrade)?;
        let left = made.clone().then(downgraded.clone()).naming_parents(self.reader.schema());
        let (left, reordered) = left.apart_from_column_order();
        self.lints.reordered(SectionKind::Downgrade, &reordered, self.reader.schema());
        if !left.is_empty() {
            return self.not_reversed(script, &left, [before, savepoint]);
        }
        self.checks_stay(script, made);
        if self.problems.len() == faults && (reordered.is_empty() || self.lints.leaves_column_order()) {
            self.lints.downgraded(made);
            self.upgrade_again(script, downgraded)?;
        }
        if self.problems.len() == faults && reordered.is_empty() {
            savepoint.release(self.scratch.connection())?;
        } else {
            self.roll_back_downgrade(script, savepoint)?;
        }
        Ok(before)
    }

    /// Checks that a downgrade keeps a CHECK next to its column if a later script drops that
    /// column.
    ///
    /// SQLite drops a column together with a CHECK next to it, but refuses to drop a column that a
    /// table CHECK mentions.
    fn checks_stay(&mut self, script: &ParsedScript, made: &Changes) {
        let mut moved = Vec::new();
        for object in made.objects.values().filter_map(|change| change.was.as_ref()) {
            let now = self.reader.schema().table(object.name());
            let (Some(was), Some(now)) = (object.as_table(), now) else { continue };
            for check in &was.checks {
                let is_beside = now.checks.iter().any(|other| other == check && other.beside.0.is_some());
                let Some(column) = check.beside.0.as_ref().filter(|_| !is_beside) else { continue };
                let later =
                    self.assembled.scripts.iter().skip_while(|other| !std::ptr::eq(*other, script)).skip(1);
                let mut dropping = later.filter(|later| drops_column(later, object.name(), column.as_str()));
                if let Some(id) = dropping.find_map(|later| later.header.id.as_ref()) {
                    moved.push(format!(
                        "`CHECK ({})` was part of column `{}.{column}` and is now a table constraint, so SQLite refuses the `DROP COLUMN` of `{}`",
                        check.expression.written,
                        object.name(),
                        id.value
                    ));
                }
            }
        }
        if !moved.is_empty() {
            let fault = ProofFault::NotReversed { differences: moved, nothing_to_do: false };
            self.problems.push(problem_after(script, SectionKind::Downgrade, &fault));
        }
    }

    fn upgrade_again(&mut self, script: &ParsedScript, downgraded: Changes) -> rusqlite::Result<()> {
        if let Err(failure) = self.run(script, SectionKind::Upgrade) {
            self.report_failure(script, &failure, |_, message| ProofFault::FailsAgain { message });
            return Ok(());
        }
        let made_again = self.changes(script, SectionKind::Upgrade)?;
        let difference =
            downgraded.then(made_again).naming_parents(self.reader.schema()).without_column_order();
        if !difference.is_empty() {
            let fault = ProofFault::NotRepeated { differences: describe(&difference) };
            self.problems.push(problem_after(script, SectionKind::Upgrade, &fault));
        }
        Ok(())
    }

    /// Describes the changes. Includes the order of columns only if it is compared.
    fn described(&self, changes: &Changes) -> Vec<String> {
        let is_compared = self.options.column_order == ColumnOrder::Compared;
        let is_listed =
            |difference: &Difference| is_compared || !matches!(difference, Difference::ColumnOrder { .. });
        differences(changes).into_iter().filter(is_listed).map(|difference| difference.to_string()).collect()
    }

    /// Reports differences that a downgrade left, and marks the statements that caused them. Takes
    /// the savepoints before the two sections, and returns a new savepoint before the upgrade.
    fn not_reversed(
        &mut self,
        script: &ParsedScript,
        left: &Changes,
        savepoints: [Savepoint; 2],
    ) -> rusqlite::Result<Savepoint> {
        let nothing_to_do =
            script.section(SectionKind::Downgrade).is_some_and(|section| section.statements.is_empty());
        let fault = ProofFault::NotReversed { differences: self.described(left), nothing_to_do };
        let mut problem = problem_after(script, SectionKind::Downgrade, &fault);
        let (ran, before) = self.step_by_step(script, savepoints)?;
        problem.related.extend(blame(script, left, &ran));
        self.problems.push(problem);
        Ok(before)
    }

    /// Returns the changes of each statement in an upgrade and its downgrade. The database ends up
    /// as it was after the upgrade.
    fn step_by_step(
        &mut self,
        script: &ParsedScript,
        [before, between]: [Savepoint; 2],
    ) -> rusqlite::Result<(Vec<Ran>, Savepoint)> {
        let mut ran = Vec::new();
        between.roll_back(self.scratch.connection())?;
        self.roll_back(before)?;
        let before = self.ran(script, SectionKind::Upgrade, &mut ran)?;
        let between = self.ran(script, SectionKind::Downgrade, &mut ran)?;
        self.roll_back_downgrade(script, between)?;
        Ok((ran, before))
    }

    /// Runs the statements in a section and adds their changes. Skips statements that fail. Returns
    /// the savepoint before the section.
    fn ran(
        &mut self,
        script: &ParsedScript,
        kind: SectionKind,
        ran: &mut Vec<Ran>,
    ) -> rusqlite::Result<Savepoint> {
        let savepoint = Savepoint::open(self.scratch.connection())?;
        for statement in script.section(kind).into_iter().flat_map(|section| &section.statements) {
            if run_statement(&self.scratch, script, kind, statement).is_ok() {
                let changes = self.reader.read(self.scratch.connection(), &self.scratch.touched())?;
                ran.push(Ran { section: kind, statement: statement.clone(), changes });
            }
        }
        Ok(savepoint)
    }

    /// Rolls the database back to the state before a section.
    ///
    /// A statement may already have rolled everything back (`RAISE(ROLLBACK)`, an interrupt). The
    /// state is then the one before the upgrade, because the scripts before it were released.
    fn roll_back(&mut self, savepoint: Savepoint) -> rusqlite::Result<()> {
        savepoint.roll_back(self.scratch.connection())?;
        self.scratch.touched();
        self.reader.read(self.scratch.connection(), &Touched::Everything).map(|_| ())
    }

    /// Rolls the database back to the state after the upgrade.
    fn roll_back_downgrade(&mut self, script: &ParsedScript, savepoint: Savepoint) -> rusqlite::Result<()> {
        if self.scratch.connection().is_autocommit() {
            // The upgrade has already succeeded once.
            let _ = run_section(&self.scratch, script, SectionKind::Upgrade);
        }
        self.roll_back(savepoint)
    }
}
