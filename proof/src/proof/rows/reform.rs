//! Replaces values if a script fails only because of their kind. Examples are text that is not JSON
//! or not a date, numbers that are too large to count to, and keys without a parent.
//!
//! The new rows are kept only if they cause fewer errors. If an error occurs with every kind of
//! value, it is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aludel_core::schema::{Changes, Column, Kind, Name, Object, Table};
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

/// For each table, the object with its foreign keys, and the columns with the kind of value that
/// they get.
type Kinds = BTreeMap<Name, (Arc<Object>, BTreeMap<String, Sort>)>;

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
        for sort in [Some(Sort::Json), Some(Sort::DateTime), Some(Sort::Small), None] {
            let kinds = match sort {
                Some(sort) => self.kinds(script, trial, outcome, sort),
                None => self.newly_referring(&run.made, outcome),
            };
            if kinds.is_empty() || trouble == 0 {
                continue;
            }
            let less = self.undone(|judge| {
                judge.give_kinds(&kinds)?;
                let (other, savepoint) = judge.round_trip(script, &run.made, &mut Trial::default())?;
                judge.roll_back(savepoint)?;
                Ok(other.trouble())
            })?;
            if less >= trouble {
                continue;
            }
            (trouble, is_reformed) = (less, true);
            self.give_kinds(&kinds)?;
            let columns = kinds.into_iter().flat_map(|(table, (_, columns))| {
                columns.into_keys().map(move |column| (table.clone(), column.to_lowercase()))
            });
            trial.reformed.extend(columns);
        }
        Ok(is_reformed)
    }

    /// Returns the columns that need such values. A statement that reads them either calls date and
    /// time functions, or fails for a reason other than a constraint.
    fn kinds(&self, script: &ParsedScript, trial: &Trial, outcome: &RoundTrip, sort: Sort) -> Kinds {
        let stopped = outcome.failure.as_ref().filter(|_| !outcome.is_refused);
        let mut kinds = Kinds::new();
        for work in trial.watch.works.values() {
            let failure = stopped.filter(|failure| failure.statement == work.span);
            let asks = match sort {
                Sort::Json => failure.is_some_and(|failure| matches!(failure.stopped, Stopped::Failed(..))),
                Sort::DateTime => TIME_FUNCTIONS.iter().any(|name| work.reach.functions.contains(*name)),
                _ => failure.is_some(),
            };
            if !asks {
                continue;
            }
            let text = script.source.text.as_str();
            let sql = if failure.is_some() { Some(text) } else { text.get(work.span.clone()) };
            let named = names(sql.unwrap_or_default()).into_iter().map(|name| name.to_lowercase());
            let named: BTreeSet<String> = named.collect();
            for name in work.reach.tables.iter().filter(|name| self.generated.contains(name)) {
                let Some(object) = self.schema.object(Kind::Table, name.as_str()) else { continue };
                let Some(table) = object.as_table() else { continue };
                let is_reached = |column: &&Column| {
                    let lower = column.name.to_lowercase();
                    named.contains(&lower) || work.reach.reads.contains(&(name.clone(), lower))
                };
                let fit =
                    table.columns.iter().filter(is_reached).filter(|column| is_open_to(table, column, sort));
                for column in fit {
                    let (_, columns) =
                        kinds.entry(name.clone()).or_insert_with(|| (object.clone(), BTreeMap::new()));
                    columns.insert(column.name.clone(), sort);
                }
            }
        }
        kinds
    }

    /// Returns the columns of foreign keys that the upgrade adds, if rows then dangle because of
    /// them.
    fn newly_referring(&self, made: &Changes, outcome: &RoundTrip) -> Kinds {
        let mut kinds = Kinds::new();
        if self.options.new_references == NewReferences::Reported {
            return kinds;
        }
        for finding in &outcome.findings {
            let Finding::Dangling { section: SectionKind::Upgrade, child, .. } = finding else { continue };
            let is = made.objects.get(&(Kind::Table, child.clone())).and_then(|change| change.is.as_ref());
            let was = self.schema.table(child.as_str()).filter(|_| self.generated.contains(child));
            let Some((was, object, is)) = was.zip(is).and_then(|(was, is)| Some((was, is, is.as_table()?)))
            else {
                continue;
            };
            let known = |columns: &Vec<Name>| was.foreign_keys.iter().any(|key| key.columns == *columns);
            let new = is.foreign_keys.iter().map(|key| &key.columns).filter(|columns| !known(columns));
            let columns = new.flatten().filter_map(|name| was.column(name.as_str()));
            let columns = columns.map(|column| (column.name.clone(), Sort::of(column)));
            kinds.insert(child.clone(), (object.clone(), columns.collect()));
        }
        kinds.retain(|_, (_, columns)| !columns.is_empty());
        kinds
    }

    fn give_kinds(&mut self, kinds: &Kinds) -> Result<()> {
        for (name, (object, columns)) in kinds {
            let Some(table) = object.as_table() else { continue };
            let columns = columns.iter().filter_map(|(column, sort)| Some((table.column(column)?, *sort)));
            self.give(name.as_str(), table, &columns.collect::<Vec<_>>())?;
        }
        self.refresh(&kinds.keys().cloned().collect())
    }
}

/// Returns `true` if a column accepts values of a kind that its declaration does not mention.
fn is_open_to(table: &Table, column: &Column, sort: Sort) -> bool {
    let own = Sort::of(column);
    let refers = table.foreign_keys.iter().flat_map(|key| &key.columns).any(|key| key.is(&column.name));
    column.generated.is_none()
        && !refers
        && match sort {
            Sort::Json => matches!(own, Sort::Text | Sort::Any | Sort::Blob),
            Sort::DateTime => matches!(own, Sort::Text | Sort::Any),
            _ => matches!(own, Sort::Integer | Sort::BigInteger | Sort::Number | Sort::Real | Sort::Any),
        }
}
