//! Fills the tables that a script created. Rows come from the script's `-- sample` section. Tables
//! that the section does not fill get generated rows.

use std::collections::BTreeSet;
use std::ops::Range;

use aludel_core::graph::Index;
use aludel_core::problem::Problem;
use aludel_core::schema::sqlite::Touched;
use aludel_core::schema::{Changes, Column, Kind, Name};
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use super::Unsampled;
use super::fault::RowFault;
use super::judge::RowJudge;
use super::round_trip::marker;
use crate::proof::section::{SectionFailure, problem_of};

impl RowJudge<'_> {
    /// Supplies rows, and adds the tables that it wrote to.
    pub(super) fn seed_rows(
        &mut self,
        index: Index,
        script: &ParsedScript,
        made: &Changes,
        written: &mut BTreeSet<Name>,
    ) -> Result<()> {
        let mut shown = BTreeSet::new();
        if let Some(section) =
            script.section(SectionKind::Sample).filter(|section| !section.statements.is_empty())
        {
            shown = self.run_sample(script, &section.statements, written)?;
            self.shown.extend(shown.iter().cloned());
        }
        let mut empty = BTreeSet::new();
        for name in written.iter().filter(|name| !shown.contains(name) && !self.bare.contains(name)) {
            if self.schema.object(Kind::Table, name.as_str()).is_some() && self.is_empty(name) {
                empty.insert(name.clone());
            }
        }
        let unfilled = self.fill_empty(&empty, written)?;
        for (table, columns) in new_columns(made) {
            self.fill_columns(table, &columns)?;
        }
        self.generated.extend(empty);
        for (table, reason) in unfilled {
            if self.is_empty(&table) {
                let revision = self.assembled.graph.id(index).to_owned();
                self.found.unsampled.push(Unsampled { table: table.to_string(), revision, reason });
            }
        }
        self.scratch.written();
        let tables = self.keys.affected(written);
        self.keys.accept(self.scratch.connection(), &tables);
        self.count(written)
    }

    /// Runs a sample section. Returns the tables for which it supplies rows.
    fn run_sample(
        &mut self,
        script: &ParsedScript,
        statements: &[Range<usize>],
        written: &mut BTreeSet<Name>,
    ) -> Result<BTreeSet<Name>> {
        let sql = |statement: &Range<usize>| script.source.text.get(statement.clone()).unwrap_or_default();
        self.scratch.written();
        for statement in statements {
            self.scratch.look_at(sql(statement));
        }
        self.scratch.touched();
        let shown = self.scratch.written().inserted;
        self.make_room(&shown, written)?;
        let mut problems = Vec::new();
        for statement in statements {
            let place = script.place(statement.clone());
            if let Err(stopped) = self.scratch.run(sql(statement)) {
                let failure =
                    SectionFailure { section: SectionKind::Sample, stopped, statement: statement.clone() };
                let fault = |_, message| RowFault::SampleFails { message };
                problems.push(problem_of(self.options, script, &failure, fault));
            }
            if self.scratch.touched() != Touched::Nothing {
                problems.push(Problem::at(place, &RowFault::SampleChangesSchema));
            }
        }
        written.extend(self.scratch.written().tables);
        let tables = self.keys.affected(written);
        for dangling in self.keys.dangling(self.scratch.connection(), &tables)? {
            let section = SectionKind::Sample;
            let place = script.place(marker(script, section));
            problems.push(Problem::at(place, &RowFault::Dangling { section, dangling }));
        }
        self.found.problems.extend(problems);
        Ok(shown)
    }

    /// Removes generated rows from tables that a sample section fills, and the rows that refer to
    /// them.
    fn make_room(&mut self, shown: &BTreeSet<Name>, written: &mut BTreeSet<Name>) -> Result<()> {
        let made: Vec<&Name> = shown.iter().filter(|name| self.generated.contains(name)).collect();
        if made.is_empty() {
            return Ok(());
        }
        self.without_triggers(|connection| {
            for table in &made {
                connection.execute_batch(&format!("DELETE FROM main.{}", quoted(table.as_str())))?;
            }
            Ok(())
        })?;
        written.extend(made.into_iter().cloned());
        self.remove_orphans(shown, written)
    }

    fn is_empty(&self, table: &Name) -> bool {
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM main.{})", quoted(table.as_str()));
        let Ok(mut statement) = self.scratch.connection().prepare_cached(&sql) else { return true };
        statement.query_row([], |row| row.get(0)).unwrap_or(true)
    }

    /// Reads the counters of the tables that were written.
    pub(super) fn count(&mut self, written: &BTreeSet<Name>) -> Result<()> {
        for name in written {
            let counts = self.schema.table(name.as_str()).and_then(|table| table.primary_key.as_ref());
            self.counters.remove(name);
            if counts.is_some_and(|key| key.autoincrement)
                && let Some(counter) = self.counter(name)?
            {
                self.counters.insert(name.clone(), counter);
            }
        }
        Ok(())
    }
}

/// Returns the columns that a script added to existing tables.
fn new_columns(made: &Changes) -> Vec<(&str, Vec<&Column>)> {
    let changed = made.objects.values().filter_map(|change| {
        let (was, is) = (change.was.as_ref()?.as_table()?, change.is.as_ref()?);
        let new = is.as_table()?.columns.iter().filter(|column| was.column(&column.name).is_none());
        Some((is.name(), new.collect::<Vec<_>>()))
    });
    changed.filter(|(_, columns)| !columns.is_empty()).collect()
}
