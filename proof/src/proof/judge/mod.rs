//! Runs the scripts in order, compares the schemas, and finds the statements that caused a
//! difference.

mod alone;
mod blame;

use std::sync::Arc;

use aludel_core::chain::Assembled;
use aludel_core::graph::{Index, Set};
use aludel_core::problem::{Problem, Severity};
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Fingerprint, Schema, describe};
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{ParsedScript, SectionKind};

use super::bound::BoundFault;
use super::head::upgrade_to_head;
use super::rows::{self, Rows, ScriptRuns};
use super::scratch::Scratch;
use super::section::{SectionFailure, end_section, problem_of, run_section, run_statement};
use super::{Options, ProofFault, Report, branches, irreversible, references};
use crate::lint::{Linted, Lints};

/// Runs a chain and returns everything that the proof found.
pub(super) fn judge(assembled: &Assembled, options: &Options) -> Report {
    let run = || -> rusqlite::Result<Report> {
        let mut judge = Judge::open(assembled, options)?;
        judge.each_alone()?;
        if !options.is_over() {
            judge.branches()?;
        }
        judge.lints.at_head(judge.scratch.connection(), judge.reader.schema(), judge.left_out.is_empty());
        let head = judge.head()?;
        if judge.problems.iter().all(|problem| problem.severity == Severity::Note) {
            judge.whole_chain()?;
        }
        let rows = if options.with_rows && !options.is_over() {
            rows::judge(assembled, options, &judge.runs)?
        } else {
            Rows::default()
        };
        let Judge { mut problems, lints, left_out, fingerprints, .. } = judge;
        let Linted { problems: of_lints, allowed } = lints.finish(&left_out, &rows.lost);
        problems.extend(of_lints);
        problems.extend(rows.problems);
        let Rows { unsampled, statements, .. } = rows;
        Ok(Report { problems, unsampled, allowed, statements, fingerprints, head })
    };
    run().unwrap_or_else(|error| {
        let problem = if options.is_over() {
            Problem::overall(&BoundFault::OutOfTime)
        } else {
            Problem::overall(&ProofFault::Scratch { message: error.to_string() })
        };
        let problems = vec![problem];
        Report { problems, ..Report::default() }
    })
}

/// Compares two versions of a script. Runs the chain with rows up to the script, then upgrades and
/// downgrades with each version.
///
/// Describes the differences. The result is empty if both versions have the same effect.
pub(super) fn differences_between(
    assembled: &Assembled,
    options: &Options,
    (index, versions): (Index, [&ParsedScript; 2]),
) -> rusqlite::Result<Vec<String>> {
    let mut judge = Judge::open(assembled, options)?;
    judge.each_alone()?;
    rows::differences(assembled, options, &judge.runs, (index, versions))
}

struct Judge<'a> {
    assembled: &'a Assembled,
    options: &'a Options,
    scratch: Scratch,
    reader: Reader,
    /// The schema before the first script.
    base: Schema,
    problems: Vec<Problem>,
    /// Scripts that do not run, because they are `Unproved`, they failed, or they come after such a
    /// script.
    left_out: Set,
    lints: Lints<'a>,
    /// The changes of the upgrades, for the proof with rows.
    runs: ScriptRuns,
    /// The fingerprint of the schema after each script, up to the first script that is left out.
    fingerprints: Vec<Fingerprint>,
}

impl<'a> Judge<'a> {
    fn open(assembled: &'a Assembled, options: &'a Options) -> rusqlite::Result<Self> {
        let scratch = Scratch::open(options)?.recording(&assembled.scripts);
        let mut reader = Reader::ignoring(scratch.own_tables());
        reader.read(scratch.connection(), &Touched::Everything)?;
        let base = reader.schema().clone();
        Ok(Self {
            assembled,
            options,
            scratch,
            reader,
            base,
            problems: irreversible::check(assembled, &options.irreversible),
            left_out: Set::default(),
            lints: Lints::new(assembled, options),
            runs: ScriptRuns::new(),
            fingerprints: Vec::new(),
        })
    }

    /// Tries the branches of the chain. Each script has already been checked in its place.
    fn branches(&mut self) -> rusqlite::Result<()> {
        let indexes = self.assembled.graph.indexes();
        let passed: Vec<Index> = indexes.filter(|index| !self.left_out.contains(*index)).collect();
        let is_faulty = |index: &Index| {
            let source = self.assembled.scripts.get(*index).map(|script| &script.source);
            let mut places = self.problems.iter().filter_map(|problem| problem.place.as_ref());
            source.is_some_and(|source| places.any(|place| Arc::ptr_eq(&place.source, source)))
                || self.lints.hides_something(*index)
        };
        let mut faulty = irreversible::scripts(self.assembled);
        faulty.extend(passed.iter().copied().filter(is_faulty));
        self.problems.extend(branches::check(self.assembled, self.options, &passed, &faulty)?);
        Ok(())
    }

    /// Downgrades the whole chain. Scripts that pass in their place can still fail on rows that
    /// other scripts leave behind.
    ///
    /// The chain is not upgraded again, because nothing is left at the base that could change the
    /// result. If a chain has irreversible scripts, it is downgraded only as far as a database can
    /// be.
    fn whole_chain(&mut self) -> rusqlite::Result<()> {
        let scripts: &'a [ParsedScript] = &self.assembled.scripts;
        let graph = &self.assembled.graph;
        let staying = graph.ancestors(irreversible::scripts(self.assembled).iter());
        let is_reverted = |index: &Index| !self.left_out.contains(*index) && !staying.contains(*index);
        let ran = graph.indexes().rev().filter(is_reverted);
        for script in ran.filter_map(|index| scripts.get(index)) {
            if let Err(failure) = run_section(&self.scratch, script, SectionKind::Downgrade) {
                self.report_failure(script, &failure, |_, message| ProofFault::FailsFromHead { message });
                return Ok(());
            }
        }
        if !staying.is_empty() {
            return Ok(());
        }
        self.scratch.touched();
        self.reader.read(self.scratch.connection(), &Touched::Everything)?;
        let left = Changes::between(&self.base, self.reader.schema())
            .naming_parents(self.reader.schema())
            .without_column_order();
        if !left.is_empty() {
            self.problems.push(Problem::overall(&ProofFault::LeftAtBase { differences: describe(&left) }));
        }
        Ok(())
    }

    /// Returns the schema at the head, or `None` if it is unknown because a script failed.
    fn head(&self) -> rusqlite::Result<Option<Schema>> {
        if self.left_out.is_empty() {
            return Ok(Some(self.reader.schema().clone()));
        }
        let scratch = Scratch::open(self.options)?;
        let is_known = upgrade_to_head(&scratch, self.assembled).is_ok();
        is_known.then(|| scratch.schema()).transpose()
    }

    /// Runs a section together with the lints.
    fn run(&mut self, script: &ParsedScript, kind: SectionKind) -> Result<(), SectionFailure> {
        let Some(section) = script.section(kind) else { return Ok(()) };
        for statement in &section.statements {
            self.lints.before(self.scratch.connection(), self.reader.schema(), kind, statement);
            run_statement(&self.scratch, script, kind, statement)?;
            if let Some(table) = self.scratch.read_version_table() {
                self.lints.read_version_table(statement, &table);
            }
            if let Some(message) = self.scratch.took_as_text() {
                self.lints.took_as_text(self.reader.schema(), statement, &message);
            }
        }
        end_section(&self.scratch, script, kind)
    }

    /// Returns the changes of a section.
    ///
    /// Rule: a section leaves behind no temporary objects, and no view or trigger that refers to a
    /// missing object.
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
        let changes = self.reader.read(self.scratch.connection(), &self.scratch.touched())?;
        for broken in references::check(self.scratch.connection(), self.reader.schema(), &changes) {
            let references::Broken { object, message } = broken;
            let fault = ProofFault::BrokenReference { section: kind, object, message };
            self.report_once(problem_after(script, kind, &fault));
        }
        Ok(changes)
    }

    /// Reports a problem only once, even though the upgrade runs twice.
    fn report_once(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn report_failure(
        &mut self,
        script: &ParsedScript,
        failure: &SectionFailure,
        fault: impl Fn(SectionKind, String) -> ProofFault,
    ) {
        self.problems.push(problem_of(self.options, script, failure, fault));
    }
}

/// Returns a problem that concerns a whole section. Its place is the section's marker.
fn problem_after(script: &ParsedScript, kind: SectionKind, fault: &ProofFault) -> Problem {
    let marker = script.section(kind).map_or(0..0, |section| section.marker.clone());
    Problem::at(script.place(marker), fault)
}
