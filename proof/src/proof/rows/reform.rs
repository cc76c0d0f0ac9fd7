//! Replaces values if a script fails only because of their kind: text that is not JSON, text that
//! is not a date, numbers too large to count to, keys without a parent.
//!
//! The new rows are kept only if they cause fewer errors. An error with every kind of value is
//! reported.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::schema::{Changes, Column, Kind, Name, Table};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use super::ScriptRun;
use super::judge::RowJudge;
use super::round_trip::{Finding, RoundTrip};
use super::search::TIME_FUNCTIONS;
use super::trial::Trial;
use super::values::Sort;
use super::words::names;
use crate::proof::NewReferences;
use crate::proof::scratch::Stopped;

/// Columns and the kind of value that they get, by table.
type Kinds = BTreeMap<Name, BTreeMap<String, Sort>>;

impl RowJudge<'_> {
    /// Tries other kinds of values. Returns `true` if rows were replaced.
    pub(super) fn reform(
        &mut self,
        script: &ParsedScript,
        run: &ScriptRun,
        trial: &mut Trial,
        outcome: &RoundTrip,
    ) -> Result<bool> {
        let mut is_reformed = false;
        let mut trouble = outcome.trouble();
        for sort in [Sort::Json, Sort::DateTime, Sort::Small] {
            let kinds = self.kinds(script, trial, outcome, sort);
            let give = |judge: &Self| judge.give_kinds(&kinds);
            if let Some(less) =
                self.with_others(script, run, &kinds.keys().cloned().collect(), trouble, give)?
            {
                (trouble, is_reformed) = (less, true);
                let columns = kinds.into_iter().flat_map(|(table, columns)| {
                    columns.into_keys().map(move |column| (table.clone(), column.to_lowercase()))
                });
                trial.reformed.extend(columns);
            }
        }
        if self.options.new_references == NewReferences::Reported {
            return Ok(is_reformed);
        }
        let referring = self.newly_referring(&run.made, outcome);
        let give = |judge: &Self| judge.give_parents(&referring);
        let tables = referring.iter().map(|(name, _, _)| name.clone()).collect();
        Ok(self.with_others(script, run, &tables, trouble, give)?.is_some() || is_reformed)
    }

    /// Keeps new values if they cause fewer errors. Returns the number of those.
    fn with_others(
        &mut self,
        script: &ParsedScript,
        run: &ScriptRun,
        tables: &BTreeSet<Name>,
        trouble: usize,
        give: impl Fn(&Self) -> Result<()>,
    ) -> Result<Option<usize>> {
        if tables.is_empty() || trouble == 0 {
            return Ok(None);
        }
        let other = self.undone(|judge| {
            give(judge)?;
            judge.refresh(tables)?;
            let (other, savepoint) = judge.round_trip(script, &run.made, &mut Trial::default())?;
            judge.roll_back(savepoint)?;
            Ok(other.trouble())
        })?;
        if other >= trouble {
            return Ok(None);
        }
        give(self)?;
        self.refresh(tables)?;
        Ok(Some(other))
    }

    /// Returns the columns that need such values: a statement that reads them calls functions of
    /// time, or fails for another reason than a constraint.
    fn kinds(&self, script: &ParsedScript, trial: &Trial, outcome: &RoundTrip, sort: Sort) -> Kinds {
        let stopped = outcome.failure.as_ref().filter(|_| !outcome.is_refused);
        let mut kinds = Kinds::new();
        for work in trial.watch.works.values() {
            let calls =
                |is_such: &dyn Fn(&str) -> bool| work.reach.functions.iter().any(|name| is_such(name));
            let stopped_here = stopped.is_some_and(|failure| failure.statement == work.span);
            let failed_here =
                stopped_here && stopped.is_some_and(|failure| matches!(failure.stopped, Stopped::Failed(..)));
            let asks = match sort {
                Sort::Json => failed_here,
                Sort::DateTime => calls(&|name| TIME_FUNCTIONS.contains(&name)),
                _ => stopped_here,
            };
            if !asks {
                continue;
            }
            let own = script.source.text.get(work.span.clone()).unwrap_or_default();
            let sql = if stopped_here { script.source.text.as_str() } else { own };
            let named: BTreeSet<String> = names(sql).into_iter().map(|name| name.to_lowercase()).collect();
            for name in work.reach.tables.iter().filter(|name| self.generated.contains(name)) {
                let Some(table) = self.schema.table(name.as_str()) else { continue };
                let is_reached = |column: &&Column| {
                    let lower = column.name.to_lowercase();
                    named.contains(&lower) || work.reach.reads.contains(&(name.clone(), lower))
                };
                let fit = table
                    .columns
                    .iter()
                    .filter(is_reached)
                    .filter(|column| is_open_to(column, sort) && !refers(table, column));
                kinds.entry(name.clone()).or_default().extend(fit.map(|column| (column.name.clone(), sort)));
            }
        }
        kinds.retain(|_, columns| !columns.is_empty());
        kinds
    }

    fn give_kinds(&self, kinds: &Kinds) -> Result<()> {
        for (name, columns) in kinds {
            let Some(table) = self.schema.table(name.as_str()) else { continue };
            let columns = columns.iter().filter_map(|(column, sort)| Some((table.column(column)?, *sort)));
            self.give(name.as_str(), table, &columns.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Returns the tables that, after the upgrade, have dangling rows by foreign keys that the
    /// upgrade adds, each as it is then, with its columns.
    fn newly_referring(&self, made: &Changes, outcome: &RoundTrip) -> Vec<(Name, Table, Vec<Name>)> {
        let mut found = Vec::new();
        for finding in &outcome.findings {
            let Finding::Dangling { section: SectionKind::Upgrade, child, .. } = finding else { continue };
            let is = made.objects.get(&(Kind::Table, child.clone())).and_then(|change| change.is.as_ref());
            let tables = self.schema.table(child.as_str()).zip(is.and_then(|is| is.as_table()));
            let Some((was, is)) = tables.filter(|_| self.generated.contains(child)) else { continue };
            let known = |columns: &Vec<Name>| was.foreign_keys.iter().any(|key| key.columns == *columns);
            let new = is.foreign_keys.iter().map(|key| &key.columns).filter(|columns| !known(columns));
            let columns: Vec<Name> =
                new.flatten().filter(|name| was.column(name.as_str()).is_some()).cloned().collect();
            if !columns.is_empty() {
                found.push((child.clone(), is.clone(), columns));
            }
        }
        found
    }

    fn give_parents(&self, referring: &[(Name, Table, Vec<Name>)]) -> Result<()> {
        for (name, table, columns) in referring {
            let columns = columns.iter().filter_map(|column| table.column(column.as_str()));
            self.give(
                name.as_str(),
                table,
                &columns.map(|column| (column, Sort::of(column))).collect::<Vec<_>>(),
            )?;
        }
        Ok(())
    }
}

/// Returns `true` if a column can hold values of a kind that its declaration does not name.
fn is_open_to(column: &Column, sort: Sort) -> bool {
    let own = Sort::of(column);
    column.generated.is_none()
        && match sort {
            Sort::Json => matches!(own, Sort::Text | Sort::Any | Sort::Blob),
            Sort::DateTime => matches!(own, Sort::Text | Sort::Any),
            _ => matches!(own, Sort::Integer | Sort::BigInteger | Sort::Number | Sort::Real | Sort::Any),
        }
}

fn refers(table: &Table, column: &Column) -> bool {
    table.foreign_keys.iter().flat_map(|key| &key.columns).any(|key| key.is(&column.name))
}
