//! The judgement: what runs in which order, what is compared with what, and whom to blame.

use std::ops::Range;

use rusqlite::Connection;

use super::rows::{self, Step, Steps};
use super::scratch::{Scratch, Stopped};
use super::{Options, ProofFault, Report, references};
use crate::chain::Assembled;
use crate::graph::{Index, Set};
use crate::problem::{Explain, Problem};
use crate::schema::sqlite::{Reader, Touched};
use crate::schema::{Changes, Schema, tell};
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
        let mut judge = Judge { assembled, options, scratch, reader, base, problems, left_out, steps };
        judge.each_alone()?;
        if judge.problems.is_empty() {
            judge.whole_chain()?;
        }
        let Judge { mut problems, steps, .. } = judge;
        if !options.with_rows {
            return Ok(Report { problems, unsampled: Vec::new() });
        }
        let with_rows = rows::judge(assembled, options, &steps)?;
        problems.extend(with_rows.problems);
        Ok(Report { problems, unsampled: with_rows.unsampled })
    };
    run().unwrap_or_else(|error| {
        let problems = vec![Problem::overall(&ProofFault::Scratch { message: error.to_string() })];
        Report { problems, unsampled: Vec::new() }
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
    /// What the upgrades changed, for the proof with rows.
    steps: Steps,
}

/// A statement that stopped, and where it stands in its file.
pub(super) struct Failure {
    pub(super) section: SectionKind,
    pub(super) stopped: Stopped,
    pub(super) statement: Range<usize>,
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
            let before = self.problems.len();
            let Some(made) = self.upgrade_alone(script)? else {
                self.left_out.insert(index);
                continue;
            };
            let after = self.problems.len();
            self.there_and_back(script, made.clone())?;
            self.steps.insert(index, Step { made, is_sound: self.problems.len() == before });
            if after > before {
                // What the upgrade left behind can make statements fail that are right: that would tell one mistake twice.
                let others = self.problems.split_off(after);
                self.problems.extend(others.into_iter().filter(|problem| !ProofFault::is_failure(problem)));
            }
        }
        Ok(())
    }

    /// Runs an upgrade; where it fails, nothing of it stays. Gives what it changed.
    fn upgrade_alone(&mut self, script: &ParsedScript) -> rusqlite::Result<Option<Changes>> {
        self.scratch.control("SAVEPOINT script")?;
        if let Err(failure) = run_section(&self.scratch, script, SectionKind::Upgrade) {
            self.roll_back()?;
            self.report_failure(script, &failure, |section, message| ProofFault::Fails { section, message });
            return Ok(None);
        }
        let made = self.changes(script, SectionKind::Upgrade)?;
        self.scratch.control("RELEASE script")?;
        Ok(Some(made))
    }

    /// Runs the downgrade and the upgrade again, and compares; whatever fails, the database stays as it is after the upgrade.
    fn there_and_back(&mut self, script: &ParsedScript, made: Changes) -> rusqlite::Result<()> {
        self.scratch.control("SAVEPOINT script")?;
        let faults = self.problems.len();
        if let Err(failure) = run_section(&self.scratch, script, SectionKind::Downgrade) {
            self.report_failure(script, &failure, |section, message| ProofFault::Fails { section, message });
            return self.roll_back();
        }
        let taken_back = self.changes(script, SectionKind::Downgrade)?;
        let nothing_to_do =
            script.section(SectionKind::Downgrade).is_some_and(|section| section.statements.is_empty());
        self.expect_none(script, SectionKind::Downgrade, &made.then(taken_back.clone()), |differences| {
            ProofFault::NotReversed { differences, nothing_to_do }
        });
        if self.problems.len() == faults {
            match run_section(&self.scratch, script, SectionKind::Upgrade) {
                Ok(()) => {
                    let made_again = self.changes(script, SectionKind::Upgrade)?;
                    let difference = taken_back.then(made_again);
                    self.expect_none(script, SectionKind::Upgrade, &difference, |differences| {
                        ProofFault::NotRepeated { differences }
                    });
                }
                Err(failure) => {
                    self.report_failure(script, &failure, |_, message| ProofFault::FailsAgain { message });
                }
            }
        }
        if self.problems.len() == faults {
            return self.scratch.control("RELEASE script");
        }
        self.roll_back()
    }

    /// The whole chain down and up once more: what passes alone can still fail on rows that other scripts leave behind.
    fn whole_chain(&mut self) -> rusqlite::Result<()> {
        let ran: Vec<Index> =
            self.assembled.graph.indexes().filter(|index| !self.left_out.contains(*index)).collect();
        let head = self.reader.schema().clone();
        if !self.run_all(ran.iter().rev().copied(), SectionKind::Downgrade) {
            return Ok(());
        }
        self.compare_whole(&self.base.clone())?;
        if self.run_all(ran.iter().copied(), SectionKind::Upgrade) {
            self.compare_whole(&head)?;
        }
        Ok(())
    }

    /// Runs a section of many scripts, up to the first that fails. Says whether all ran.
    fn run_all(&mut self, indexes: impl Iterator<Item = Index>, kind: SectionKind) -> bool {
        let scripts: &'a [ParsedScript] = &self.assembled.scripts;
        for script in indexes.filter_map(|index| scripts.get(index)) {
            if let Err(failure) = run_section(&self.scratch, script, kind) {
                self.report_failure(script, &failure, |section, message| ProofFault::FailsFromHead {
                    section,
                    message,
                });
                return false;
            }
        }
        true
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
        let temporary = temporary_objects(&self.scratch.connection)?;
        if !temporary.is_empty() {
            let objects = temporary.iter().map(|(kind, name)| format!("{kind} `{name}`")).collect();
            self.report_after(script, kind, &ProofFault::Temporary { section: kind, objects });
            for (object, name) in &temporary {
                self.scratch.control(&format!("DROP {object} IF EXISTS temp.{}", quoted(name)))?;
            }
        }
        let changes = self.reader.read(&self.scratch.connection, &self.scratch.touched())?;
        for broken in references::check(&self.scratch.connection, self.reader.schema(), &changes) {
            let references::Broken { object, message } = broken;
            self.report_after(script, kind, &ProofFault::BrokenReference { section: kind, object, message });
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
        if !changes.is_empty() {
            self.report_after(script, kind, &fault(tell(changes)));
        }
    }

    fn compare_whole(&mut self, expected: &Schema) -> rusqlite::Result<()> {
        self.scratch.touched();
        self.reader.read(&self.scratch.connection, &Touched::Everything)?;
        let changes = Changes::between(expected, self.reader.schema());
        if !changes.is_empty() {
            self.problems.push(Problem::overall(&ProofFault::LeftAtBase { differences: tell(&changes) }));
        }
        Ok(())
    }

    /// A fault of a section as a whole is told at its marker.
    fn report_after(&mut self, script: &ParsedScript, kind: SectionKind, fault: &ProofFault) {
        let marker = script.section(kind).map_or(0..0, |section| section.marker.clone());
        self.problems.push(Problem::at(script.place(marker), fault));
    }

    fn report_failure(
        &mut self,
        script: &ParsedScript,
        failure: &Failure,
        fault: impl Fn(SectionKind, String) -> ProofFault,
    ) {
        self.problems.push(told(self.options, script, failure, fault));
    }
}

/// Runs a section of a script, up to the first statement that fails.
pub(super) fn run_section(
    scratch: &Scratch,
    script: &ParsedScript,
    kind: SectionKind,
) -> Result<(), Failure> {
    let Some(section) = script.section(kind) else { return Ok(()) };
    for statement in &section.statements {
        let sql = script.source.text.get(statement.clone()).unwrap_or_default();
        scratch.run(sql).map_err(|stopped| Failure {
            section: kind,
            stopped,
            statement: statement.clone(),
        })?;
    }
    Ok(())
}

/// A failure at its place; `fault` says what it means that SQLite refused the statement.
pub(super) fn told<F: Explain>(
    options: &Options,
    script: &ParsedScript,
    failure: &Failure,
    fault: impl FnOnce(SectionKind, String) -> F,
) -> Problem {
    let section = failure.section;
    let mut span = failure.statement.clone();
    let bounded = match &failure.stopped {
        Stopped::Steps => ProofFault::TooManySteps { section, steps: options.steps },
        Stopped::Pages => ProofFault::TooManyPages { section, megabytes: options.pages / 256 },
        Stopped::OwnTable(table) => ProofFault::OwnTable { table: table.clone() },
        Stopped::NotAuthorized(message) => ProofFault::NotAuthorized { message: message.clone() },
        Stopped::Failed(message, offset) => {
            span = offset.map_or(span.clone(), |offset| word_at(script, &span, offset));
            return Problem::at(script.place(span), &fault(section, message.clone()));
        }
    };
    Problem::at(script.place(span), &bounded)
}

/// The word at an offset of a statement.
fn word_at(script: &ParsedScript, statement: &Range<usize>, offset: usize) -> Range<usize> {
    let start = (statement.start + offset).min(statement.end);
    let rest = script.source.text.get(start..statement.end).unwrap_or_default();
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let length = rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len());
    let one = rest.chars().next().map_or(0, char::len_utf8);
    start..start + length.max(one)
}

/// The temporary objects of a connection: the kind and the name.
fn temporary_objects(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT type, name FROM temp.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
