//! Rows that a program writes between the upgrade and the downgrade.
//!
//! Such a row need not satisfy the schema before the upgrade. If it does, the downgrade must keep
//! it.

use std::collections::BTreeSet;
use std::ops::Range;

use aludel_core::guarded::rolled_back;
use aludel_core::schema::{Changes, Name};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::{Result, params_from_iter};

use super::ScriptRun;
use super::difference::RowDifference;
use super::fault::RowFault;
use super::fill::Fill;
use super::harm::{exchanged, has_any};
use super::image::{Row, TableImage};
use super::judge::RowJudge;
use super::loss::{self, Loss};
use super::reach::Reach;
use super::round_trip::{Finding, marker};
use super::search::{Found, Search};
use super::trial::Trial;
use crate::proof::section::run_section;

impl<'a> RowJudge<'a> {
    /// Searches for such rows, to run downgrade statements that have changed no rows so far.
    pub(super) fn search_after_upgrade(&mut self, script: &'a ParsedScript, trial: &mut Trial) -> Result<()> {
        let upgrade = trial.watch.works.iter().filter(|((section, _), _)| *section == SectionKind::Upgrade);
        if !upgrade.map(|(_, work)| &work.reach).any(Reach::defines) {
            // The schema allows the same rows as before.
            return Ok(());
        }
        for goal in trial.watch.unseen(SectionKind::Downgrade) {
            let search = Search::new(self, script, &trial.watch, goal)?.map(Search::after_upgrade);
            let found = search.map_or(Ok(Found::Nothing), |mut search| search.run())?;
            let Found::Witness(fill) = found else { continue };
            let Some(work) = trial.watch.works.get_mut(&goal) else { continue };
            work.is_seen = true;
            work.unseen_tables.clear();
            let (span, tables) = (work.span.clone(), work.reach.changes.clone());
            for (image, rows) in self.removed(script, &fill, &tables)? {
                self.report_removed(script, span.clone(), &image, &rows, trial)?;
            }
        }
        Ok(())
    }

    /// Reports those of these rows that the downgrade removes if they are written after the upgrade.
    /// Leaves out tables whose columns the upgrade converts, because the rows would have other
    /// values.
    pub(super) fn search_between(
        &mut self,
        script: &ParsedScript,
        run: &ScriptRun,
        mut fill: Fill,
        trial: &mut Trial,
    ) -> Result<()> {
        fill.retain(|row| self.keeps_columns(&run.made, &Name::new(&row.image.name)));
        let tables = fill.iter().map(|row| Name::new(&row.image.name)).collect();
        for (image, rows) in self.removed(script, &fill, &tables)? {
            let exchanged = exchanged(script);
            let rows: Vec<Row> = rows.into_iter().filter(|row| !has_any(row, &exchanged)).collect();
            self.report_removed(script, marker(script, SectionKind::Downgrade), &image, &rows, trial)?;
        }
        Ok(())
    }

    /// Returns `true` if a table has the same columns after the upgrade, and perhaps others.
    fn keeps_columns(&self, made: &Changes, name: &Name) -> bool {
        let (Some(was), Some(is)) = (self.schema.table(name.as_str()), self.table_after(made, name)) else {
            return false;
        };
        was.foreign_keys == is.foreign_keys
            && was.columns.iter().all(|column| {
                let kept = is.column(&column.name);
                kept.is_some_and(|kept| kept.declared_type == column.declared_type)
            })
    }

    /// Returns the rows that a downgrade removes although the schema before the upgrade allows
    /// them, by table.
    fn removed(
        &mut self,
        script: &ParsedScript,
        fill: &Fill,
        tables: &BTreeSet<Name>,
    ) -> Result<Vec<(TableImage, Vec<Row>)>> {
        self.undone(|judge| {
            if run_section(&judge.scratch, script, SectionKind::Upgrade).is_err() {
                return Ok(Vec::new());
            }
            judge.apply(fill)?;
            let connection = judge.scratch.connection();
            let read = judge.image.of(tables).filter_map(|image| image.again(connection).ok());
            let between: Vec<TableImage> = read.collect();
            if run_section(&judge.scratch, script, SectionKind::Downgrade).is_err() {
                return Ok(Vec::new());
            }
            let mut removed = Vec::new();
            for image in between {
                let Ok(after) = image.again(connection) else { continue };
                let mut rows = Vec::new();
                for row in RowDifference::between(&image, &after).lost {
                    if judge.allows(&image, &row)? {
                        rows.push(row);
                    }
                }
                removed.push((image, rows));
            }
            Ok(removed)
        })
    }

    /// Returns `true` if a table accepts a row in addition to the rows that it contains.
    fn allows(&self, image: &TableImage, row: &Row) -> Result<bool> {
        let insert = image.insertion("ABORT");
        let table = BTreeSet::from([Name::new(&image.name)]);
        rolled_back(self.scratch.connection(), || {
            let inserted = self
                .without_triggers(|connection| connection.execute(&insert, params_from_iter(row)).map(drop));
            Ok(inserted.is_ok() && self.keys.dangling(self.scratch.connection(), &table)?.is_empty())
        })?
    }

    fn report_removed(
        &mut self,
        script: &ParsedScript,
        span: Range<usize>,
        image: &TableImage,
        rows: &[Row],
        trial: &mut Trial,
    ) -> Result<()> {
        let Some(row) = rows.first() else { return Ok(()) };
        let table = image.name.clone();
        let loss = Loss::Rows { table: Name::new(&table) };
        let (declared, _) = loss::declared(script, &self.image);
        let is_known = trial.reported.contains(&loss) || declared.iter().any(|known| known.value == loss);
        trial.real.insert(loss.clone());
        if is_known {
            return Ok(());
        }
        let declare = vec![loss.to_string()];
        let fault = RowFault::RowsLost { table, lost: rows.len(), of: image.rows.len(), declare, hint: None };
        let is_section = marker(script, SectionKind::Downgrade) == span;
        let fault = if is_section { RowFault::AfterSection { fault: Box::new(fault) } } else { fault };
        let note = format!("one of them, written after the upgrade: {}", image.describe(row, &[]));
        trial.reported.insert(loss);
        let problem = self.place(script, Finding::At(span, fault, vec![note]))?;
        trial.push(problem);
        Ok(())
    }
}
