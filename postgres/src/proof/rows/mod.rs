//! Runs the chain with rows in its tables.
//!
//! Before a script runs, the tables contain the rows of all earlier sample sections. Tables without
//! sample rows contain generated rows. If a statement of the script changes none of these rows, the
//! proof searches for rows that it does change, and adds them. The downgrade must restore all rows
//! that existed before the upgrade, except those that the header declares as lost. Then the proof
//! adds new rows, on which the downgrade must not fail.

mod bare;
mod block;
mod candidates;
mod columns;
mod difference;
mod draw;
mod effect;
mod expressions;
mod fault;
mod harm;
mod image;
mod literals;
mod loss;
mod made;
mod search;
mod statement;
mod values;
mod watch;
mod witness;

pub use effect::differences_from;
pub use fault::RowFault;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::Ordering;

use aludel_core::chain::{Script, Section};
use aludel_core::graph::{Index, Set};
use aludel_core::plan::Direction;
use aludel_core::problem::Problem;
use aludel_core::script::SectionKind;

use self::bare::Bare;
use self::harm::Harm;
use self::image::Image;
use self::made::Maker;
use self::watch::{Touched, Watch};
use super::session::{Blind, Failure, Session};
use super::{Prover, failure_in};
use crate::scratch::ScratchError;

/// A pass through the chain in progress.
struct Pass<'a> {
    session: Session<'a>,
    image: Image,
    maker: Maker,
    /// `true` if scripts ran after the image was read.
    is_stale: bool,
    /// The scripts that leave objects or settings in the session.
    leaves: Set,
    /// The scripts that cannot be executed on the rows, and those that need them.
    skipped: Set,
    /// The tables that keep their rows, because a sample section supplied or excluded them.
    settled: BTreeSet<String>,
    /// The statements that can change rows.
    seen: BTreeSet<(Index, Direction, usize)>,
    /// The statements that changed at least one row.
    changed: BTreeSet<(Index, Direction, usize)>,
    /// The statements that can change rows, but have not changed any yet.
    idle: BTreeSet<(Index, Direction, usize)>,
}

impl Prover<'_> {
    /// Runs the chain with rows.
    pub(super) fn with_rows(&mut self) -> Result<(), ScratchError> {
        let session = self.upgraded([])?;
        let (image, maker) = (Image::default(), Maker::default());
        let (seen, changed, idle) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (skipped, settled, leaves) = (Set::default(), BTreeSet::new(), self.leaves.clone());
        let is_stale = false;
        let mut pass =
            Pass { session, image, maker, is_stale, leaves, skipped, settled, seen, changed, idle };
        for index in self.graph.indexes() {
            if self.is_stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            let needs_skipped = self.graph.node(index).parents().any(|parent| pass.skipped.contains(parent));
            if needs_skipped || self.left_out.contains(index) {
                pass.skipped.insert(index);
                continue;
            }
            let script = self.chain.script(index);
            if self.is_valid(script) {
                if !pass.fast_forward(index, script)? {
                    pass.skipped.insert(index);
                }
                continue;
            }
            pass.catch_up()?;
            if !self.faulty.contains(index) {
                pass.find_witnesses(index, script)?;
                for harm in pass.find_harm(script)? {
                    self.note_possible_loss(index, &harm);
                }
            }
            let before = pass.image.clone();
            let upgraded =
                self.up(&mut pass, index, |section, message| RowFault::FailsWithRows { section, message })?;
            let is_checked = upgraded && !self.faulty.contains(index);
            if is_checked && script.declared.irreversible.is_empty() {
                self.there_and_back_with_rows(&mut pass, index, &before)?;
            }
            if !pass.skipped.contains(index) {
                self.add_rows(&mut pass, index, &before, is_checked)?;
            }
        }
        pass.changed.retain(|statement| !pass.idle.contains(statement));
        self.note_idle_statements(&pass);
        self.note_empty_tables(&pass);
        self.report.counts.row_statements = pass.seen.len();
        self.report.counts.rows_changed = pass.changed.len();
        Ok(())
    }

    /// Upgrades a script. If it fails on the rows, retries without them, so that later scripts can
    /// be checked. Returns `true` if it passed.
    fn up(
        &mut self,
        pass: &mut Pass<'_>,
        index: Index,
        fault: impl FnOnce(SectionKind, String) -> RowFault,
    ) -> Result<bool, ScratchError> {
        let Err(failure) = pass.run(index, self.chain.script(index), Direction::Upgrade)? else {
            return Ok(true);
        };
        if !self.faulty.contains(index) {
            let fault = fault(SectionKind::Upgrade, failure.message.clone());
            self.report_failure(index, Direction::Upgrade, &failure, &fault);
        }
        pass.image.empty_tables(pass.session.client())?;
        if pass.run(index, self.chain.script(index), Direction::Upgrade)?.is_err() {
            pass.skipped.insert(index);
        }
        Ok(false)
    }

    /// Downgrades a script, compares the rows with those from before the upgrade, and upgrades
    /// again.
    fn there_and_back_with_rows(
        &mut self,
        pass: &mut Pass<'_>,
        index: Index,
        before: &Image,
    ) -> Result<(), ScratchError> {
        let script = self.chain.script(index);
        let upgraded = pass.image.clone();
        if let Err(failure) = pass.run(index, script, Direction::Downgrade)? {
            let fault =
                RowFault::FailsWithRows { section: SectionKind::Downgrade, message: failure.message.clone() };
            self.report_failure(index, Direction::Downgrade, &failure, &fault);
            return Ok(());
        }
        let problems = loss::check(script, self.sources, before, &upgraded, &pass.image);
        if !problems.is_empty() {
            self.faulty.insert(index);
            self.report.problems.extend(problems);
        }
        self.up(pass, index, |_, message| RowFault::FailsAgain { message })?;
        Ok(())
    }

    /// Adds the rows of the sample section and generated rows, and checks that the downgrade does
    /// not fail on them.
    fn add_rows(
        &mut self,
        pass: &mut Pass<'_>,
        index: Index,
        before: &Image,
        is_checked: bool,
    ) -> Result<(), ScratchError> {
        let script = self.chain.script(index);
        let sample = &script.declared.sample;
        for (table, span) in pass.declare_empty(sample, &before.names()) {
            let place = self.sources.place(script, sample, span);
            self.report.problems.push(Problem::at(place, &RowFault::NotCreatedHere { table }));
            self.faulty.insert(index);
        }
        if !sample.statements.is_empty() {
            let mut watch = Watch::new(sample);
            if let Err(failure) = pass.session.run_section(sample, &mut watch)? {
                let fault = RowFault::SampleFails { message: failure.message.clone() };
                self.report.problems.push(failure_in(self.sources, script, sample, &failure, &fault));
                self.faulty.insert(index);
            }
            pass.read_again(&watch.touched)?;
            pass.settle(&watch.touched);
        }
        let is_filled = pass.fill()?;
        let is_changed = is_filled || !sample.statements.is_empty();
        let is_inside = script.outside_transaction(Direction::Downgrade).is_none();
        if is_checked && is_changed && is_inside && script.declared.irreversible.is_empty() {
            self.try_downgrade(pass, index)?;
        }
        Ok(())
    }

    /// Reports an error if the downgrade fails on rows that were added after the upgrade.
    fn try_downgrade(&mut self, pass: &mut Pass<'_>, index: Index) -> Result<(), ScratchError> {
        let section = &self.chain.script(index).downgrade;
        if let Err(failure) = pass.session.try_section(section)? {
            let fault =
                RowFault::FailsWithRows { section: SectionKind::Downgrade, message: failure.message.clone() };
            self.report_failure(index, Direction::Downgrade, &failure, &fault);
        }
        Ok(())
    }

    /// Reports, as a note, a loss of a row that a database may never contain.
    fn note_possible_loss(&mut self, index: Index, Harm { table, row, .. }: &Harm) {
        let fault = RowFault::PossibleLoss { table: table.clone() };
        let note = self.after(index, SectionKind::Downgrade, &fault).into_note();
        self.report.problems.push(note.with_note(format!("the row before the upgrade: {row}")));
    }

    /// Reports, as notes, the statements of upgrades that can change rows but never did.
    fn note_idle_statements(&mut self, pass: &Pass<'_>) {
        for (index, direction, number) in pass.seen.difference(&pass.changed) {
            let script = self.chain.script(*index);
            let section = script.section(*direction);
            let span = section.statements.get(*number).cloned().unwrap_or_default();
            let place = self.sources.place(script, section, span);
            self.report.problems.push(Problem::at(place, &RowFault::NoRowForStatement).into_note());
        }
    }

    /// Reports, as a note, the tables for which no row was found.
    fn note_empty_tables(&mut self, pass: &Pass<'_>) {
        let tables = pass.image.empty().filter(|table| pass.maker.has_failed(table.oid));
        let tables: Vec<String> = tables.map(|table| table.name.clone()).collect();
        if !tables.is_empty() {
            self.report.problems.push(Problem::overall(&RowFault::NoRows { tables }).into_note());
        }
    }
}

impl Pass<'_> {
    /// Upgrades a script whose entry in the lock file is valid, and adds its sample rows. Returns
    /// `true` if it passed.
    fn fast_forward(&mut self, index: Index, script: &Script) -> Result<bool, ScratchError> {
        self.is_stale = true;
        let mut before = None;
        if Bare::is_declared(&script.declared.sample) {
            self.read_again(&Touched::Everything)?;
            before = Some(self.image.names());
        }
        let ran = self.session.run(script, Direction::Upgrade, &mut Blind)?;
        let sample = &script.declared.sample;
        let mut watch = Watch::new(sample);
        let sampled = self.session.run_section(sample, &mut watch)?;
        self.session.clean(self.leaves.contains(index))?;
        if !sample.statements.is_empty() {
            self.read_again(&watch.touched)?;
            self.settle(&watch.touched);
        }
        if let Some(before) = before {
            self.read_again(&Touched::Everything)?;
            self.declare_empty(sample, &before);
        }
        Ok(ran.is_ok() && sampled.is_ok())
    }

    /// Marks these tables as settled, because a sample section supplied their rows.
    fn settle(&mut self, touched: &Touched) {
        let Touched::Tables(oids) = touched else { return };
        let tables = self.image.tables().filter(|table| oids.contains(&table.oid) && !table.rows.is_empty());
        self.settled.extend(tables.map(|table| table.name.clone()));
    }

    /// Keeps tables empty if a sample section declares them empty. Returns the declared tables that
    /// are not new, with their byte ranges in the section.
    fn declare_empty(&mut self, sample: &Section, before: &BTreeSet<String>) -> Vec<(String, Range<usize>)> {
        let created = self.image.names().difference(before).cloned().collect();
        let Bare { tables, unknown } = Bare::of(sample, &created);
        self.settled.extend(tables);
        unknown
    }

    /// Generates rows for the tables that have none. Returns `true` if any were added.
    fn fill(&mut self) -> Result<bool, ScratchError> {
        let (reader, client) = self.session.clients()?;
        self.image.prepare(reader)?;
        let made = self.maker.fill(reader, client, &self.image, &self.settled)?;
        let is_filled = !made.is_empty();
        self.read_again(&Touched::Tables(made))?;
        Ok(is_filled)
    }

    /// Reads the rows after scripts whose entries are valid, and generates rows for empty tables.
    fn catch_up(&mut self) -> Result<(), ScratchError> {
        if !std::mem::take(&mut self.is_stale) {
            return Ok(());
        }
        self.read_again(&Touched::Everything)?;
        self.fill().map(drop)
    }

    /// Reads the tables that may have changed.
    fn read_again(&mut self, touched: &Touched) -> Result<(), ScratchError> {
        let own = self.session.own_tables().to_vec();
        Ok(self.image.read_again(self.session.reader()?.client(), touched, &own)?)
    }

    /// Runs one direction of a script, and reads the tables that it touched.
    fn run(
        &mut self,
        index: Index,
        script: &Script,
        direction: Direction,
    ) -> Result<Result<(), Failure>, ScratchError> {
        let mut watch = Watch::new(script.section(direction));
        let ran = self.session.run(script, direction, &mut watch)?;
        self.session.clean(self.leaves.contains(index))?;
        if script.outside_transaction(direction).is_some() {
            watch.touched = Touched::Everything;
        }
        self.seen.extend(watch.seen.iter().map(|number| (index, direction, *number)));
        self.changed.extend(watch.changed.iter().map(|number| (index, direction, *number)));
        self.read_again(&watch.touched)?;
        Ok(ran)
    }
}
