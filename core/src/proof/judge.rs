//! The judgement: what runs in which order, what is compared with what, and whom to blame.

use std::ops::Range;

use rusqlite::Connection;

use super::scratch::{Scratch, Stopped};
use super::{Options, ProofFault, references};
use crate::chain::Assembled;
use crate::graph::{Index, Set};
use crate::problem::Problem;
use crate::schema::sqlite::Reader;
use crate::schema::{Schema, differences};
use crate::script::{ParsedScript, SectionKind};

/// Executes the chain and gives every fault.
pub(super) fn judge(assembled: &Assembled, options: &Options) -> Vec<Problem> {
    let run = || -> rusqlite::Result<Vec<Problem>> {
        let scratch = Scratch::open(options)?;
        let mut reader = Reader::ignoring(scratch.own_tables());
        let empty = reader.read(&scratch.connection)?;
        let mut judge =
            Judge { assembled, options, scratch, reader, problems: Vec::new(), left_out: Set::default() };
        let head = judge.each_alone(empty.clone())?;
        if judge.problems.is_empty() {
            judge.whole_chain(&empty, &head)?;
        }
        Ok(judge.problems)
    };
    run().unwrap_or_else(|error| vec![Problem::overall(&ProofFault::Scratch { message: error.to_string() })])
}

struct Judge<'a> {
    assembled: &'a Assembled,
    options: &'a Options,
    scratch: Scratch,
    reader: Reader,
    problems: Vec<Problem>,
    /// Scripts that are not executed: they say so, they failed, or they come after such a one.
    left_out: Set,
}

/// A statement that stopped, and where it stands in its file.
struct Failure {
    section: SectionKind,
    stopped: Stopped,
    statement: Range<usize>,
}

impl<'a> Judge<'a> {
    /// Each script up, down and up again where it stands; gives the schema at the end.
    fn each_alone(&mut self, empty: Schema) -> rusqlite::Result<Schema> {
        let mut before = empty;
        let scripts: &'a [ParsedScript] = &self.assembled.scripts;
        for (index, script) in scripts.iter().enumerate() {
            let waits =
                self.assembled.graph.node(index).parents().any(|parent| self.left_out.contains(parent));
            if waits || script.header.unproved.is_some() || !self.upgrade_alone(script, &before)? {
                self.left_out.insert(index);
                continue;
            }
            let after = self.reader.read(&self.scratch.connection)?;
            self.there_and_back(script, &before, &after)?;
            before = after;
        }
        Ok(before)
    }

    /// Runs an upgrade; where it fails, nothing of it stays. Says whether it ran.
    fn upgrade_alone(&mut self, script: &ParsedScript, before: &Schema) -> rusqlite::Result<bool> {
        self.scratch.control("SAVEPOINT script")?;
        if let Err(failure) = self.run(script, SectionKind::Upgrade) {
            self.roll_back("script")?;
            self.report_failure(script, &failure, |section, message| ProofFault::Fails { section, message });
            return Ok(false);
        }
        self.check_leftovers(script, SectionKind::Upgrade, before)?;
        self.scratch.control("RELEASE script")?;
        Ok(true)
    }

    /// Runs the downgrade and the upgrade again, and compares; whatever fails, the database stays as it is after the upgrade.
    fn there_and_back(
        &mut self,
        script: &ParsedScript,
        before: &Schema,
        after: &Schema,
    ) -> rusqlite::Result<()> {
        self.scratch.control("SAVEPOINT script")?;
        let faults = self.problems.len();
        if let Err(failure) = self.run(script, SectionKind::Downgrade) {
            self.report_failure(script, &failure, |section, message| ProofFault::Fails { section, message });
            return self.roll_back("script");
        }
        self.check_leftovers(script, SectionKind::Downgrade, after)?;
        let restored = self.reader.read(&self.scratch.connection)?;
        self.compare(script, SectionKind::Downgrade, before, &restored, |differences| {
            ProofFault::NotReversed {
                differences,
                nothing_to_do: script
                    .section(SectionKind::Downgrade)
                    .is_some_and(|section| section.statements.is_empty()),
            }
        });
        if self.problems.len() == faults {
            match self.run(script, SectionKind::Upgrade) {
                Ok(()) => {
                    let again = self.reader.read(&self.scratch.connection)?;
                    self.compare(script, SectionKind::Upgrade, after, &again, |differences| {
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
        self.roll_back("script")
    }

    /// The whole chain down and up once more: what passes alone can still fail on rows that other scripts leave behind.
    fn whole_chain(&mut self, empty: &Schema, head: &Schema) -> rusqlite::Result<()> {
        let ran: Vec<Index> =
            self.assembled.graph.indexes().filter(|index| !self.left_out.contains(*index)).collect();
        let down = ran.iter().rev().map(|index| (*index, SectionKind::Downgrade));
        let up = ran.iter().map(|index| (*index, SectionKind::Upgrade));
        let scripts: &'a [ParsedScript] = &self.assembled.scripts;
        for (index, section) in down.chain(up) {
            let Some(script) = scripts.get(index) else { continue };
            if section == SectionKind::Upgrade && Some(&index) == ran.first() {
                let found = self.reader.read(&self.scratch.connection)?;
                self.compare_whole(empty, &found);
            }
            if let Err(failure) = self.run(script, section) {
                self.report_failure(script, &failure, |section, message| ProofFault::FailsFromHead {
                    section,
                    message,
                });
                return Ok(());
            }
        }
        let found = self.reader.read(&self.scratch.connection)?;
        self.compare_whole(head, &found);
        Ok(())
    }

    fn run(&self, script: &ParsedScript, kind: SectionKind) -> Result<(), Failure> {
        let Some(section) = script.section(kind) else { return Ok(()) };
        for statement in &section.statements {
            let sql = script.source.text.get(statement.clone()).unwrap_or_default();
            self.scratch.run(sql).map_err(|stopped| Failure {
                section: kind,
                stopped,
                statement: statement.clone(),
            })?;
        }
        Ok(())
    }

    fn roll_back(&mut self, savepoint: &str) -> rusqlite::Result<()> {
        self.reader.forget();
        self.scratch.control(&format!("ROLLBACK TO {savepoint}; RELEASE {savepoint}"))
    }

    /// Rule: a section leaves no temporary object, and no view or trigger that refers to nothing.
    fn check_leftovers(
        &mut self,
        script: &ParsedScript,
        kind: SectionKind,
        before: &Schema,
    ) -> rusqlite::Result<()> {
        let temporary = temporary_objects(&self.scratch.connection)?;
        if !temporary.is_empty() {
            let objects = temporary.iter().map(|(kind, name)| format!("{kind} `{name}`")).collect();
            self.report_after(script, kind, &ProofFault::Temporary { section: kind, objects });
            for (object, name) in &temporary {
                let name = name.replace('"', "\"\"");
                self.scratch.control(&format!("DROP {object} IF EXISTS temp.\"{name}\""))?;
            }
        }
        let after = self.reader.read(&self.scratch.connection)?;
        for broken in references::check(&self.scratch.connection, before, &after) {
            let references::Broken { object, message } = broken;
            self.report_after(script, kind, &ProofFault::BrokenReference { section: kind, object, message });
        }
        Ok(())
    }

    fn compare(
        &mut self,
        script: &ParsedScript,
        kind: SectionKind,
        expected: &Schema,
        found: &Schema,
        fault: impl Fn(Vec<String>) -> ProofFault,
    ) {
        let differences = differences(expected, found);
        if !differences.is_empty() {
            self.report_after(script, kind, &fault(differences));
        }
    }

    fn compare_whole(&mut self, expected: &Schema, found: &Schema) {
        let differences = differences(expected, found);
        if !differences.is_empty() {
            self.problems.push(Problem::overall(&ProofFault::LeftAtBase { differences }));
        }
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
        let section = failure.section;
        let mut span = failure.statement.clone();
        let fault = match &failure.stopped {
            Stopped::Steps => ProofFault::TooManySteps { section, steps: self.options.steps },
            Stopped::Pages => ProofFault::TooManyPages { section, megabytes: self.options.pages / 256 },
            Stopped::OwnTable(table) => ProofFault::OwnTable { table: table.clone() },
            Stopped::NotAuthorized(message) => ProofFault::NotAuthorized { message: message.clone() },
            Stopped::Failed(message, offset) => {
                span = offset.map_or(span.clone(), |offset| word_at(script, &span, offset));
                fault(section, message.clone())
            }
        };
        self.problems.push(Problem::at(script.place(span), &fault));
    }
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

/// The temporary objects of a connection: the kind in SQL's word, and the name.
fn temporary_objects(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT upper(type), name FROM temp.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
