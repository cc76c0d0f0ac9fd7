//! The pass: each script up and down with rows in the tables, judged by what the downgrade brings back.
//!
//! Scripts that the pass without rows found fault with are applied and not judged: one mistake is told once.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Result;

use super::blame::{self, Culprit};
use super::fault::{RowFault, WayOut};
use super::image::Image;
use super::keys::Keys;
use super::literals::Literals;
use super::{Rows, Step, Steps, loss};
use crate::chain::Assembled;
use crate::graph::{Index, Set};
use crate::problem::Problem;
use crate::proof::Options;
use crate::proof::scratch::{Scratch, Stopped, Written};
use crate::proof::section::{Failure, problem_of, run_section};
use crate::schema::sqlite::{Reader, Touched};
use crate::schema::{Changes, Kind, Name, Schema};
use crate::script::{ParsedScript, SectionKind};

/// Executes the chain with rows.
pub(in crate::proof) fn judge(assembled: &Assembled, options: &Options, steps: &Steps) -> Result<Rows> {
    let mut literals = Literals::default();
    assembled.scripts.iter().for_each(|script| read_literals(script, &mut literals));
    for step in steps.values() {
        literals.read_types(&step.made);
    }
    let mut judge = Judge {
        assembled,
        options,
        scratch: Scratch::open(options)?,
        schema: Schema::default(),
        image: Image::default(),
        keys: Keys::default(),
        counters: BTreeMap::new(),
        literals,
        makers: BTreeMap::new(),
        generated: BTreeSet::new(),
        left_out: Set::default(),
        current: 0,
        directly: BTreeSet::new(),
        found: Rows::default(),
    };
    judge.take_base()?;
    for (index, script) in assembled.scripts.iter().enumerate() {
        let waits = assembled.graph.node(index).parents().any(|parent| judge.left_out.contains(parent));
        judge.current = index;
        if let Some(step) = steps.get(&index).filter(|_| !waits) {
            judge.script(index, script, step)?;
            continue;
        }
        judge.left_out.insert(index);
        if script.header.unproved.is_some() && !waits {
            judge.found.problems.extend(loss::surely_unknown(script, &judge.image));
        }
    }
    Ok(judge.found)
}

/// The values that a script's statements on rows name, and what all of its statements use columns for.
fn read_literals(script: &ParsedScript, literals: &mut Literals) {
    for kind in [SectionKind::Upgrade, SectionKind::Downgrade] {
        let is_upgrade = kind == SectionKind::Upgrade;
        let own = if is_upgrade { "" } else { script.text(SectionKind::Upgrade) };
        for statement in script.section(kind).iter().flat_map(|section| &section.statements) {
            let sql = script.source.text.get(statement.clone()).unwrap_or_default();
            literals.read_uses(sql);
            literals.read_parts(sql, own);
            let first = sql.split_whitespace().next().unwrap_or_default();
            let begins = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(first));
            if begins(&["UPDATE", "DELETE", "INSERT", "REPLACE", "WITH"]) {
                literals.read(sql);
                if is_upgrade {
                    literals.read_keys(sql);
                }
            } else if is_upgrade && begins(&["ALTER"]) {
                literals.read_rename(sql);
            }
        }
    }
}

pub(super) struct Judge<'a> {
    pub(super) assembled: &'a Assembled,
    pub(super) options: &'a Options,
    pub(super) scratch: Scratch,
    /// The schema after the scripts so far.
    pub(super) schema: Schema,
    /// The rows after the scripts so far.
    pub(super) image: Image,
    pub(super) keys: Keys,
    /// Where AUTOINCREMENT counts on from.
    pub(super) counters: BTreeMap<Name, i64>,
    pub(super) literals: Literals,
    /// The script that made a table.
    pub(super) makers: BTreeMap<Name, Index>,
    /// The tables whose rows were made here, and not by a script.
    pub(super) generated: BTreeSet<Name>,
    left_out: Set,
    /// The script that is judged.
    pub(super) current: Index,
    /// The tables that its statements themselves write, and not only a trigger.
    pub(super) directly: BTreeSet<Name>,
    pub(super) found: Rows,
}

impl<'a> Judge<'a> {
    /// Reads what was there before the first script.
    fn take_base(&mut self) -> Result<()> {
        let mut reader = Reader::ignoring(self.scratch.own_tables());
        let made = reader.read(self.scratch.connection(), &Touched::Everything)?;
        self.keys.learn(&made);
        self.schema = reader.schema().clone();
        let tables: Vec<Name> = tables_of(&made).collect();
        self.refresh(&tables.into_iter().collect())
    }

    fn refresh(&mut self, tables: &BTreeSet<Name>) -> Result<()> {
        for name in tables {
            let object = self.schema.object(Kind::Table, name.as_str()).cloned();
            self.image.refresh(self.scratch.connection(), name, object.as_deref())?;
        }
        Ok(())
    }

    fn script(&mut self, index: Index, script: &'a ParsedScript, step: &Step) -> Result<()> {
        self.scratch.written();
        self.scratch.control("SAVEPOINT script")?;
        if let Err(failure) = run_section(&self.scratch, script, SectionKind::Upgrade) {
            self.roll_back()?;
            self.left_out.insert(index);
            let problem = self.fails_with_rows(script, &failure)?;
            self.found.problems.push(problem);
            return Ok(());
        }
        let Written { tables: mut written, directly, .. } = self.scratch.written();
        self.directly = directly;
        written.extend(tables_of(&step.made));
        if step.is_sound {
            self.judge(script, &step.made, &written)?;
        }
        self.take(index, &step.made);
        self.bring_rows(index, script, &step.made, &mut written)?;
        self.scratch.control("RELEASE script")?;
        self.refresh(&written)
    }

    /// Judges a script whose upgrade has run; the database is then as it is after the upgrade.
    fn judge(&mut self, script: &'a ParsedScript, made: &Changes, written: &BTreeSet<Name>) -> Result<()> {
        let found = self.there_and_back(script, made, written)?;
        if found.is_empty() {
            return Ok(());
        }
        self.roll_back()?;
        for finding in found {
            let problem = self.place(script, finding)?;
            self.found.problems.push(problem);
        }
        self.scratch.control("SAVEPOINT script")?;
        // It ran before on the same rows.
        let _ = run_section(&self.scratch, script, SectionKind::Upgrade);
        self.scratch.written();
        Ok(())
    }

    /// Takes the script's changes of the schema.
    fn take(&mut self, index: Index, made: &Changes) {
        self.keys.learn(made);
        let gone =
            made.objects.iter().filter(|((kind, _), change)| *kind == Kind::Table && change.is.is_none());
        let gone_were_generated = gone.filter(|((_, name), _)| self.generated.remove(name)).count() > 0;
        for (key, change) in &made.objects {
            match &change.is {
                Some(object) => self.schema.objects.insert(key.clone(), object.clone()),
                None => self.schema.objects.remove(key),
            };
            if key.0 == Kind::Table && change.is.is_some() && change.was.is_none() {
                self.makers.insert(key.1.clone(), index);
                // It may be the old table under a new name.
                if gone_were_generated {
                    self.generated.insert(key.1.clone());
                }
            }
        }
    }

    /// Lets the database be as it was before the script, outside a transaction.
    pub(super) fn roll_back(&self) -> Result<()> {
        if self.scratch.connection().is_autocommit() {
            return Ok(());
        }
        self.scratch.control("ROLLBACK TO script; RELEASE script")
    }

    /// A failure that only rows cause, with the rows that do. The database is as it was before the script.
    pub(super) fn fails_with_rows(&self, script: &ParsedScript, failure: &Failure) -> Result<Problem> {
        let culprit = self.culprit(script, failure)?;
        let tables: Vec<String> = culprit.iter().map(|culprit| culprit.table.name.clone()).collect();
        let maker = tables.first().and_then(|table| self.makers.get(&Name::new(table)));
        let file = maker
            .and_then(|maker| self.assembled.scripts.get(*maker))
            .map(|script| script.source.path.clone());
        let way_out = WayOut { tables, file };
        let mut problem = problem_of(self.options, script, failure, |section, message| {
            RowFault::FailsWithRows { section, message, way_out }
        });
        if let (Some(Culprit { table, rows }), Stopped::Failed(message, _)) = (culprit, &failure.stopped) {
            let column = message.rsplit('.').next().unwrap_or_default();
            let words = if rows.len() == 1 { "the row that breaks it" } else { "together with" };
            for (number, row) in rows.iter().enumerate() {
                let words = if number == 0 { "the row that breaks it" } else { words };
                let row = table.tell(row, &[column]);
                problem = problem.with_note(format!("{words}, in `{}`: {row}", table.name));
            }
        }
        Ok(problem)
    }

    fn culprit(&self, script: &ParsedScript, failure: &Failure) -> Result<Option<Culprit>> {
        let Stopped::Failed(expected, _) = &failure.stopped else { return Ok(None) };
        // Any row would do, and which column it is about stands in the statement.
        if expected.starts_with("Cannot add a") {
            return Ok(None);
        }
        let texts = script.text(SectionKind::Upgrade).to_owned() + script.text(SectionKind::Downgrade);
        let fails = || {
            let down = || match failure.section {
                SectionKind::Downgrade => run_section(&self.scratch, script, SectionKind::Downgrade),
                SectionKind::Upgrade | SectionKind::Sample => Ok(()),
            };
            let found = run_section(&self.scratch, script, SectionKind::Upgrade).and_then(|()| down());
            Ok(found.is_err_and(|found| {
                let same = matches!(&found.stopped, Stopped::Failed(message, _) if message == expected);
                same && found.statement == failure.statement
            }))
        };
        let culprit = blame::find(self.scratch.connection(), &self.image, &texts, fails);
        self.scratch.written();
        culprit
    }
}

/// The tables that changed.
fn tables_of(made: &Changes) -> impl Iterator<Item = Name> {
    made.objects.keys().filter(|(kind, _)| *kind == Kind::Table).map(|(_, name)| name.clone())
}
