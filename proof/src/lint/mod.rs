//! The lints, which flag SQL that SQLite accepts but the author will regret.
//!
//! Each lint has a name, an explanation and a level. A script's header disables a lint with
//! `Allow: <name>`. A lint reports a problem only if it is certain, because rejecting a correct
//! script is worse than accepting a bad one.
//!
//! Most lints check a script while the proof runs it, because the effect of a statement depends on
//! the schema. A rule that a later script can still satisfy, such as one about an index, is checked
//! at the head.
//!
//! Each lint is in a separate file. [`Lints`] calls the lints and respects `Allow`, but contains
//! none of their rules.

mod allow;
mod by_position;
mod clock;
mod column_order;
mod drops;
mod exists;
mod keys;
mod program;
mod quotes;
mod reads;
mod settings;
mod star;
mod statement;

use std::collections::BTreeSet;
use std::ops::Range;

use aludel_core::chain::Assembled;
use aludel_core::graph::{Index, Set};
use aludel_core::problem::{Explain, Problem, Words, words};
use aludel_core::schema::{Change, Changes, Name, Schema};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Connection;

use crate::message::{Level, Message};
use crate::proof::{ColumnOrder, Options};

pub use settings::{Allowed, LintSettings};
pub(crate) use statement::{drops_column, help_after_rename, names, renamed_then_dropped};

/// All lints, sorted by name.
pub(crate) const ALL: &[&Message] = &[
    &program::LINT,
    &by_position::LINT,
    &clock::LINT,
    &column_order::LINT,
    &quotes::LINT,
    &drops::LINT,
    &keys::MISMATCH,
    &keys::WITHOUT_INDEX,
    &exists::LINT,
    &keys::NULLABLE,
    &reads::LINT,
    &star::LINT,
    &allow::UNUSED,
];

/// A lint's finding, as a message.
#[derive(Debug, Clone)]
struct Finding {
    lint: &'static Message,
    level: Level,
    title: String,
    label: String,
    help: String,
    span: Range<usize>,
    note: Option<String>,
    /// The table whose rows are lost. The finding is dropped if the proof with rows also reports
    /// that loss.
    rows_of: Option<Name>,
}

impl Finding {
    /// Creates a finding with the lint's own level.
    fn new(
        lint: &'static Message,
        span: Range<usize>,
        title: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (title, label, help) = (title.into(), label.into(), help.into());
        Self { lint, level: lint.level, title, label, help, span, note: None, rows_of: None }
    }

    /// Turns the finding into a note, which does not make the check fail.
    fn into_note(mut self) -> Self {
        self.level = Level::Note;
        self
    }
}

impl Explain for Finding {
    fn words(&self) -> Words {
        words(self.lint.code, self.title.clone(), self.label.clone(), self.help.clone())
    }
}

/// The lints, as they check a chain while the proof runs it.
#[derive(Debug)]
pub(crate) struct Lints<'a> {
    assembled: &'a Assembled,
    current: Index,
    seen: BTreeSet<(Index, usize)>,
    introduced: keys::Introduced,
    findings: Vec<(Index, Finding)>,
    column_order: ColumnOrder,
    /// The tables whose column order a downgrade changes, with the script.
    reordered: Vec<(Index, Name)>,
    /// The lints that the settings allow.
    allowed: Allowed,
    /// The errors in the settings.
    problems: Vec<Problem>,
}

/// The result of the lints.
#[derive(Debug, Default)]
pub(crate) struct Linted {
    pub(crate) problems: Vec<Problem>,
    /// The number of errors that the settings allow.
    pub(crate) allowed: usize,
}

impl<'a> Lints<'a> {
    /// Runs the lints that need only the text of scripts.
    pub(crate) fn new(assembled: &'a Assembled, options: &Options) -> Self {
        let (seen, introduced) = (BTreeSet::new(), keys::Introduced::default());
        let (allowed, problems) = options.lints.resolve(&assembled.graph);
        let mut lints = Self {
            assembled,
            current: 0,
            seen,
            introduced,
            findings: Vec::new(),
            column_order: options.column_order,
            reordered: Vec::new(),
            allowed,
            problems,
        };
        for (index, script) in assembled.scripts.iter().enumerate() {
            let found = clock::check(script).into_iter().chain(star::check(script));
            lints.findings.extend(found.map(|finding| (index, finding)));
        }
        lints
    }

    /// Sets the script that the proof is running.
    pub(crate) fn turn_to(&mut self, index: Index) {
        self.current = index;
    }

    /// Returns `true` if the current script's downgrade may change the order of columns.
    pub(crate) fn leaves_column_order(&self) -> bool {
        self.column_order == ColumnOrder::Free || self.allows_column_order()
    }

    fn allows_column_order(&self) -> bool {
        self.allows(self.current, column_order::LINT.code)
    }

    /// Returns `true` if an `IF EXISTS` clause in the script hides a wrong assumption. Running the
    /// script in another order would report it again.
    pub(crate) fn hides_something(&self, index: Index) -> bool {
        let hides =
            |finding: &Finding| finding.lint.code == exists::LINT.code && finding.level == Level::Deny;
        !self.allows(index, exists::LINT.code)
            && self.findings.iter().any(|(at, finding)| *at == index && hides(finding))
    }

    /// Checks a statement just before it first runs. `schema` is the schema at the beginning of the
    /// section.
    pub(crate) fn before(
        &mut self,
        connection: &Connection,
        schema: &Schema,
        kind: SectionKind,
        statement: &Range<usize>,
    ) {
        let Some(script) = self.script() else { return };
        if !exists::is_candidate(script, statement) || !self.seen.insert((self.current, statement.start)) {
            return;
        }
        let finding = exists::check(connection, schema, script, kind, statement);
        self.add(finding);
    }

    /// Records a statement in which SQLite interpreted a double-quoted name as a string.
    pub(crate) fn took_as_text(&mut self, schema: &Schema, statement: &Range<usize>, message: &str) {
        let Some(script) = self.script() else { return };
        let finding = quotes::check(schema, script, statement, message);
        if let Some(finding) = finding.filter(|_| self.seen.insert((self.current, statement.start))) {
            self.add([finding]);
        }
    }

    /// Records a statement that reads a table whose rows differ between databases at the same
    /// revision.
    pub(crate) fn read_version_table(&mut self, statement: &Range<usize>, table: &str) {
        if self.seen.insert((self.current, statement.start)) {
            self.add([reads::finding(statement, table)]);
        }
    }

    /// Checks the changes of an upgrade.
    pub(crate) fn upgraded(&mut self, made: &Changes) {
        let Some(script) = self.script() else { return };
        let findings = program::check(script, made);
        self.introduced.note(self.current, made);
        self.add(findings);
    }

    /// Checks a downgrade that restored the schema.
    pub(crate) fn downgraded(&mut self, made: &Changes) {
        let Some(script) = self.script() else { return };
        let findings = drops::check(script, made);
        self.add(findings);
    }

    /// Checks a section that changed the order of columns. `schema` is the current schema.
    pub(crate) fn reordered(&mut self, kind: SectionKind, tables: &[Change], schema: &Schema) {
        let Some(script) = self.script() else { return };
        if !self.allows_column_order() {
            let names = tables.iter().filter_map(|table| Some(Name::new(table.was.as_ref()?.name())));
            self.reordered.extend(names.map(|name| (self.current, name)));
        }
        let findings: Vec<Finding> =
            tables.iter().filter_map(|table| column_order::finding(script, kind, table, schema)).collect();
        self.add(findings);
    }

    /// Runs the lints that need the schema at the head. `is_whole` is `false` if some scripts did
    /// not run, because one of them may create a missing table.
    pub(crate) fn at_head(&mut self, connection: &Connection, schema: &Schema, is_whole: bool) {
        let found = keys::check(self.assembled, connection, schema, &self.introduced, is_whole);
        self.findings.extend(found);
        if self.column_order == ColumnOrder::Free {
            for (index, table) in &self.reordered {
                self.findings.extend(by_position::check(self.assembled, *index, table, schema));
            }
        }
    }

    /// Returns every finding that no header disables, plus errors and notes about the headers
    /// themselves. Omits findings about tables for which the proof already reports lost rows.
    pub(crate) fn finish(mut self, left_out: &Set, lost: &BTreeSet<(Index, Name)>) -> Linted {
        let mut problems = std::mem::take(&mut self.problems);
        let mut allowed = 0;
        self.findings = exists::one_note_per_script(std::mem::take(&mut self.findings));
        let used = |index: Index, name: &str| {
            self.findings.iter().any(|(at, finding)| *at == index && finding.lint.code == name)
        };
        for (index, script) in self.assembled.scripts.iter().enumerate() {
            let is_used = |name: &str| left_out.contains(index) || used(index, name);
            let are_unused_allowed = self.allowed.contains(index, allow::UNUSED.code);
            problems.extend(allow::check(script, |name| are_unused_allowed || is_used(name)));
        }
        for (index, finding) in &self.findings {
            let Some(script) = self.assembled.scripts.get(*index) else { continue };
            let is_seen =
                finding.rows_of.as_ref().is_some_and(|table| lost.contains(&(*index, table.clone())));
            let is_compared =
                finding.lint.code != column_order::LINT.code || self.column_order == ColumnOrder::Compared;
            if !is_compared || is_seen || allow::allows(script, finding.lint.code) {
                continue;
            }
            if !self.allowed.contains(*index, finding.lint.code) {
                problems.push(problem_of(script, finding));
            } else if finding.level != Level::Note {
                allowed += 1;
            }
        }
        Linted { problems, allowed }
    }

    /// Returns `true` if a script's header or the settings allow a lint.
    fn allows(&self, index: Index, lint: &str) -> bool {
        let script = self.assembled.scripts.get(index);
        script.is_some_and(|script| allow::allows(script, lint)) || self.allowed.contains(index, lint)
    }

    fn script(&self) -> Option<&'a ParsedScript> {
        self.assembled.scripts.get(self.current)
    }

    fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        let current = self.current;
        self.findings.extend(findings.into_iter().map(|finding| (current, finding)));
    }
}

fn problem_of(script: &ParsedScript, finding: &Finding) -> Problem {
    let name = finding.lint.code;
    let problem = Problem::at(script.place(finding.span.clone()), finding);
    let problem = match &finding.note {
        Some(note) => problem.with_note(note.clone()),
        None => problem,
    };
    match finding.level {
        Level::Fault | Level::Deny => problem.with_note(format!(
            "`aludel explain {name}` explains it; `-- Allow: {name}` in the header allows it"
        )),
        Level::Note => problem.with_note(format!("`-- Allow: {name}` in the header allows it")).into_note(),
    }
}
