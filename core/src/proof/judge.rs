//! The judgement: what runs in which order, what is compared with what, and whom to blame.

use std::sync::Arc;

use super::columns::{apart, but_for_column_order};
use super::rows::{self, Rows, Step, Steps};
use super::scratch::Scratch;
use super::section::{Failure, problem_of, run_section, run_statement};
use super::{Options, ProofFault, Report, branches, references};
use crate::chain::Assembled;
use crate::graph::{Index, Set};
use crate::lint::{Lints, drop_of};
use crate::problem::{Place, Problem, Severity};
use crate::schema::sqlite::{Reader, Touched};
use crate::schema::{Changes, Fingerprint, Schema, tell};
use crate::script::sqlite::quoted;
use crate::script::{ParsedScript, SectionKind};

/// Executes the chain and gives every fault.
pub(super) fn judge(assembled: &Assembled, options: &Options) -> Report {
    let run = || -> rusqlite::Result<Report> {
        let scratch = Scratch::open(options)?;
        let mut reader = Reader::ignoring(scratch.own_tables());
        reader.read(&scratch.connection, &Touched::Everything)?;
        let base = reader.schema().clone();
        let (problems, left_out, steps) = (Vec::new(), Set::default(), Steps::new());
        let (lints, fingerprints) = (Lints::new(assembled), Vec::new());
        let mut judge = Judge {
            assembled,
            options,
            scratch,
            reader,
            base,
            problems,
            left_out,
            lints,
            steps,
            fingerprints,
        };
        judge.each_alone()?;
        judge.branches()?;
        judge.lints.at_head(&judge.scratch.connection, judge.reader.schema(), judge.left_out.is_empty());
        let head = judge.left_out.is_empty().then(|| judge.reader.schema().clone());
        if judge.problems.iter().all(|problem| problem.severity == Severity::Note) {
            judge.whole_chain()?;
        }
        let rows =
            if options.with_rows { rows::judge(assembled, options, &judge.steps)? } else { Rows::default() };
        let Judge { mut problems, lints, left_out, fingerprints, .. } = judge;
        problems.extend(lints.finish(&left_out, &rows.lost));
        problems.extend(rows.problems);
        Ok(Report { problems, unsampled: rows.unsampled, fingerprints, head })
    };
    run().unwrap_or_else(|error| {
        let problems = vec![Problem::overall(&ProofFault::Scratch { message: error.to_string() })];
        Report { problems, ..Report::default() }
    })
}

struct Judge<'a> {
    assembled: &'a Assembled,
    options: &'a Options,
    scratch: Scratch,
    reader: Reader,
    /// The schema before the first script.
    base: Schema,
    problems: Vec<Problem>,
    /// Scripts that are not executed: they say so, they failed, or they come after such a one.
    left_out: Set,
    lints: Lints<'a>,
    /// What the upgrades changed, for the proof with rows.
    steps: Steps,
    /// The schema's fingerprint after each script, up to the first that is left out.
    fingerprints: Vec<Fingerprint>,
}

impl<'a> Judge<'a> {
    /// Each script up, down and up again where it stands.
    fn each_alone(&mut self) -> rusqlite::Result<()> {
        let scripts: &'a [ParsedScript] = &self.assembled.scripts;
        for (index, script) in scripts.iter().enumerate() {
            let waits =
                self.assembled.graph.node(index).parents().any(|parent| self.left_out.contains(parent));
            if waits || script.header.unproved.is_some() {
                self.left_out.insert(index);
                continue;
            }
            self.lints.turn_to(index);
            let before = self.problems.len();
            let Some(made) = self.upgrade_alone(script)? else {
                self.left_out.insert(index);
                continue;
            };
            self.lints.upgraded(&made);
            self.note_fingerprint(&made);
            let after = self.problems.len();
            self.there_and_back(script, &made)?;
            self.steps.insert(index, Step { made, is_sound: self.problems.len() == before });
            if after > before {
                // What the upgrade left behind can make statements fail that are right: that would tell one mistake twice.
                let others = self.problems.split_off(after);
                self.problems.extend(others.into_iter().filter(|problem| !ProofFault::is_failure(problem)));
            }
        }
        Ok(())
    }

    /// The fingerprint is that of the schema before, changed by what the script changed: a thousand tables that it did not touch cost nothing.
    fn note_fingerprint(&mut self, made: &Changes) {
        if self.left_out.is_empty() {
            let before = self.fingerprints.last().copied();
            let before = before.unwrap_or_else(|| self.base.fingerprint());
            self.fingerprints.push(before.after(made));
        }
    }

    /// Runs an upgrade; where it fails, nothing of it stays. Gives what it changed.
    fn upgrade_alone(&mut self, script: &ParsedScript) -> rusqlite::Result<Option<Changes>> {
        self.scratch.control("SAVEPOINT script")?;
        if let Err(failure) = self.run(script, SectionKind::Upgrade) {
            self.roll_back()?;
            self.report_failure(script, &failure, |section, message| ProofFault::Fails { section, message });
            return Ok(None);
        }
        let made = self.changes(script, SectionKind::Upgrade)?;
        self.scratch.control("RELEASE script")?;
        Ok(Some(made))
    }

    /// Runs the downgrade and the upgrade again, and compares; whatever fails, the database stays as it is after the upgrade.
    fn there_and_back(&mut self, script: &ParsedScript, made: &Changes) -> rusqlite::Result<()> {
        self.scratch.control("SAVEPOINT script")?;
        let faults = self.problems.len();
        if let Err(failure) = self.run(script, SectionKind::Downgrade) {
            self.report_failure(script, &failure, |section, message| ProofFault::Fails { section, message });
            return self.roll_back();
        }
        let taken_back = self.changes(script, SectionKind::Downgrade)?;
        let nothing_to_do =
            script.section(SectionKind::Downgrade).is_some_and(|section| section.statements.is_empty());
        let (left, reordered) = apart(made.clone().then(taken_back.clone()));
        self.expect_none(script, SectionKind::Downgrade, &left, |differences| ProofFault::NotReversed {
            differences,
            nothing_to_do,
        });
        self.lints.reordered(SectionKind::Downgrade, &reordered, self.reader.schema());
        if self.problems.len() == faults && (reordered.is_empty() || self.lints.allows_column_order()) {
            self.lints.taken_back(made);
            match self.run(script, SectionKind::Upgrade) {
                Ok(()) => {
                    let made_again = self.changes(script, SectionKind::Upgrade)?;
                    let difference = but_for_column_order(taken_back.then(made_again));
                    self.expect_none(script, SectionKind::Upgrade, &difference, |differences| {
                        ProofFault::NotRepeated { differences }
                    });
                }
                Err(failure) => {
                    self.report_failure(script, &failure, |_, message| ProofFault::FailsAgain { message });
                }
            }
        }
        if self.problems.len() == faults && reordered.is_empty() {
            return self.scratch.control("RELEASE script");
        }
        self.roll_back()
    }

    /// The lines of branches, where all that can be told of single scripts is told.
    fn branches(&mut self) -> rusqlite::Result<()> {
        let indexes = self.assembled.graph.indexes();
        let passed: Vec<Index> = indexes.filter(|index| !self.left_out.contains(*index)).collect();
        let is_faulty = |index: &Index| {
            let source = self.assembled.scripts.get(*index).map(|script| &script.source);
            let mut places = self.problems.iter().filter_map(|problem| problem.place.as_ref());
            source.is_some_and(|source| places.any(|place| Arc::ptr_eq(&place.source, source)))
                || self.lints.hides_something(*index)
        };
        let faulty: Set = passed.iter().copied().filter(is_faulty).collect();
        self.problems.extend(branches::check(self.assembled, self.options, &passed, &faulty)?);
        Ok(())
    }

    /// The whole chain down: what passes alone can still fail on rows that other scripts leave behind. Back at the base there is nothing
    /// that could make a second way up another than the first.
    fn whole_chain(&mut self) -> rusqlite::Result<()> {
        let scripts: &'a [ParsedScript] = &self.assembled.scripts;
        let ran = self.assembled.graph.indexes().rev().filter(|index| !self.left_out.contains(*index));
        for script in ran.filter_map(|index| scripts.get(index)) {
            if let Err(failure) = run_section(&self.scratch, script, SectionKind::Downgrade) {
                self.report_failure(script, &failure, |_, message| ProofFault::FailsFromHead { message });
                return Ok(());
            }
        }
        self.scratch.touched();
        self.reader.read(&self.scratch.connection, &Touched::Everything)?;
        let left = but_for_column_order(Changes::between(&self.base, self.reader.schema()));
        if !left.is_empty() {
            self.problems.push(Problem::overall(&ProofFault::LeftAtBase { differences: tell(&left) }));
        }
        Ok(())
    }

    /// Runs a section, while the lints look on.
    fn run(&mut self, script: &ParsedScript, kind: SectionKind) -> Result<(), Failure> {
        let Some(section) = script.section(kind) else { return Ok(()) };
        for statement in &section.statements {
            self.lints.before(&self.scratch.connection, self.reader.schema(), kind, statement);
            run_statement(&self.scratch, script, kind, statement)?;
            if let Some(message) = self.scratch.took_as_text() {
                self.lints.took_as_text(self.reader.schema(), statement, &message);
            }
        }
        Ok(())
    }

    /// Lets the database be as it was at the savepoint. A statement may have rolled everything back already (`RAISE(ROLLBACK)`, an interrupt):
    /// that is the same place, since the scripts before were released.
    fn roll_back(&mut self) -> rusqlite::Result<()> {
        if !self.scratch.connection.is_autocommit() {
            self.scratch.control("ROLLBACK TO script; RELEASE script")?;
        }
        self.scratch.touched();
        self.reader.read(&self.scratch.connection, &Touched::Everything).map(|_| ())
    }

    /// What a section changed.
    ///
    /// Rule: a section leaves no temporary object, and no view or trigger that refers to nothing.
    fn changes(&mut self, script: &ParsedScript, kind: SectionKind) -> rusqlite::Result<Changes> {
        let temporary = self.scratch.temporary_objects()?;
        if !temporary.is_empty() {
            let objects = temporary.iter().map(|(kind, name)| format!("{kind} `{name}`")).collect();
            let fault = ProofFault::Temporary { section: kind, objects };
            self.report_once(problem_after(script, kind, &fault));
            for (object, name) in &temporary {
                self.scratch.control(&format!("DROP {object} IF EXISTS temp.{}", quoted(name)))?;
            }
        }
        let changes = self.reader.read(&self.scratch.connection, &self.scratch.touched())?;
        for broken in references::check(&self.scratch.connection, self.reader.schema(), &changes) {
            let references::Broken { object, message } = broken;
            let fault = ProofFault::BrokenReference { section: kind, object, message };
            self.report_once(problem_after(script, kind, &fault));
        }
        Ok(changes)
    }

    fn expect_none(
        &mut self,
        script: &ParsedScript,
        kind: SectionKind,
        changes: &Changes,
        fault: impl Fn(Vec<String>) -> ProofFault,
    ) {
        if changes.is_empty() {
            return;
        }
        self.report_after(script, kind, &fault(tell(changes)));
        let missing = changes.objects.iter().filter(|(_, change)| change.is.is_none());
        let drops: Vec<Place> = missing
            .filter_map(|((object, name), _)| {
                Some(script.place(drop_of(script, kind, *object, name.as_str())?))
            })
            .filter(|_| kind == SectionKind::Downgrade)
            .collect();
        if let Some(problem) = self.problems.last_mut() {
            problem.related.extend(drops.into_iter().map(|place| (place, NOT_MADE.to_owned())));
        }
    }

    /// A fault of a section as a whole is told at its marker.
    fn report_after(&mut self, script: &ParsedScript, kind: SectionKind, fault: &ProofFault) {
        self.problems.push(problem_after(script, kind, fault));
    }

    /// The upgrade runs twice, and what it does wrong is told once.
    fn report_once(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn report_failure(
        &mut self,
        script: &ParsedScript,
        failure: &Failure,
        fault: impl Fn(SectionKind, String) -> ProofFault,
    ) {
        self.problems.push(problem_of(self.options, script, failure, fault));
    }
}

/// A fault of a section as a whole is told at its marker.
fn problem_after(script: &ParsedScript, kind: SectionKind, fault: &ProofFault) -> Problem {
    let marker = script.section(kind).map_or(0..0, |section| section.marker.clone());
    Problem::at(script.place(marker), fault)
}

/// What is said beside a `DROP` after which something is missing.
const NOT_MADE: &str = "dropped here, and not made by the upgrade";
