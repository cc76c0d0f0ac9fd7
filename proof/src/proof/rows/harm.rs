//! Searches for rows that a script harms: rows that differ after the upgrade and the downgrade.
//!
//! The search for a statement ends with the first rows that the statement changes, although it may
//! do more harm to others. Here, the whole script runs on candidates, with the values that any of
//! its statements looks for.
//!
//! A loss is an error if a database probably contains such rows. It is a note if it probably does
//! not, or if the row already had a value that the upgrade writes to other rows.

use std::collections::BTreeSet;
use std::rc::Rc;

use aludel_core::schema::Name;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use super::ScriptRun;
use super::cell::Cell;
use super::dice::Dice;
use super::fill::Fill;
use super::image::{Row, TableImage};
use super::judge::RowJudge;
use super::loss::Loss;
use super::round_trip::{Finding, RoundTrip};
use super::search::{Mode, Tables, counted};
use super::trial::{Trial, losses_of};
use super::words::Words;
use crate::proof::scratch::Stopped;

/// The rounds: how the tables are filled, and `true` if a database probably contains such rows.
const ROUNDS: [(Mode, bool); 8] = [
    ((24, 6, 12), true),
    ((24, 6, 0), true),
    ((24, 3, 40), true),
    ((24, 24, 12), true),
    ((6, 6, 12), true),
    ((24, 6, 12), false),
    ((24, 6, 0), false),
    ((24, 3, 40), false),
];

/// How the tables are filled after the upgrade.
const BETWEEN: Mode = (24, 6, 12);

/// The maximum number of harmed rows to examine in one round.
const EXAMINED: usize = 8;

/// The maximum number of times that one script is tried.
const TRIES: usize = 160;

/// The maximum number of steps of a statement in one try.
const STEPS: u64 = 100_000;

/// The maximum number of times that rows are halved because the script fails on them.
const HALVINGS: usize = 4;

/// A harmed row, with rows on which the script harms it.
struct Harm {
    image: Rc<TableImage>,
    row: Row,
    losses: Vec<Loss>,
    fill: Fill,
}

impl Harm {
    /// Returns `true` if a value that is lost is one of these, or contains it.
    fn has_any(&self, values: &BTreeSet<Cell>) -> bool {
        let is_lost = |column: &str| {
            self.losses.iter().any(|loss| match loss {
                Loss::Column { column: lost, .. } => lost.is(column),
                Loss::Rows { .. } | Loss::Counter { .. } => true,
            })
        };
        let lost = self.image.columns.iter().zip(&self.row).filter(|(column, _)| is_lost(column));
        has_any(lost.map(|(_, cell)| cell), values)
    }
}

/// Returns `true` if a value in a row is one of these values, or contains it.
pub(super) fn has_any<'r>(row: impl IntoIterator<Item = &'r Cell>, values: &BTreeSet<Cell>) -> bool {
    row.into_iter().any(|cell| {
        values.iter().any(|value| match (cell, value) {
            (Cell::Text(text), Cell::Text(part)) if !part.is_empty() => {
                text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
            }
            _ => cell == value,
        })
    })
}

impl<'a> RowJudge<'a> {
    /// Searches for harmed rows, and reports their losses.
    pub(super) fn search_harm(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        trial: &mut Trial,
    ) -> Result<()> {
        trial.tries_left = TRIES;
        let mut possible = Vec::new();
        let mut dice = Dice::new(&script.source.text);
        for is_likely in [true, false] {
            let (tables, count) = self.tables_of(script, trial, is_likely)?;
            for (round, (mode, _)) in
                ROUNDS.iter().enumerate().filter(|(_, (_, likely))| *likely == is_likely)
            {
                if tables.sources.is_empty() || trial.tries_left == 0 {
                    break;
                }
                let fill = tables.fill(&mut dice, *mode, round);
                self.examine(script, run, fill, is_likely, HALVINGS, &mut possible, trial)?;
            }
            if is_likely {
                let fill = tables.fill(&mut dice, BETWEEN, ROUNDS.len());
                self.search_between(script, run, fill, trial)?;
            }
            if is_likely && let Some(count) = count {
                // If a statement takes too many steps on so many rows, fewer may still be tried.
                let tries_left = trial.tries_left;
                let fill = tables.fill(&mut dice, (count, 6, 0), ROUNDS.len());
                self.examine(script, run, fill, true, HALVINGS, &mut possible, trial)?;
                trial.tries_left = tries_left;
            }
        }
        for harm in possible {
            if !harm.losses.iter().all(|loss| trial.reported.contains(loss)) {
                self.report_harm(script, run, &harm, true, trial)?;
            }
        }
        Ok(())
    }

    /// Returns the tables that the script's statements reach, and the number of rows that a
    /// statement may count to.
    fn tables_of(
        &self,
        script: &ParsedScript,
        trial: &Trial,
        is_likely: bool,
    ) -> Result<(Tables, Option<usize>)> {
        let writing = || trial.watch.works.values().filter(|work| work.reach.writes_rows());
        let names: BTreeSet<&Name> = writing().flat_map(|work| &work.reach.tables).collect();
        let columns: BTreeSet<(Name, String)> =
            writing().flat_map(|work| work.reach.reads.iter().chain(&work.reach.sets)).cloned().collect();
        let by_name: BTreeSet<String> = columns.iter().map(|(_, column)| column.clone()).collect();
        let mut words = Words::default();
        for work in writing() {
            let sql = script.source.text.get(work.span.clone()).unwrap_or_default();
            words.add(self.words(sql, &by_name, &work.reach)?);
        }
        let mut sources = Vec::new();
        for name in names.into_iter().filter(|name| self.generated.contains(*name)) {
            let Some(mut source) = self.source(name)? else { continue };
            source.is_target = true;
            for column in &mut source.columns {
                let key = (name.clone(), column.column.name.to_lowercase());
                let is_reformed = trial.reformed.contains(&key);
                if by_name.contains(&key.1) && !(is_reformed && is_likely) {
                    column.collect_harmed(&words, is_likely);
                }
            }
            sources.push(source);
        }
        Ok((Tables { sources, counts: None }, counted(&words)))
    }

    /// Runs the script on rows. Reports the losses that are errors, and adds the others to
    /// `possible`.
    #[expect(clippy::too_many_arguments, reason = "a step of one search")]
    fn examine(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        mut fill: Fill,
        is_likely: bool,
        halvings: usize,
        possible: &mut Vec<Harm>,
        trial: &mut Trial,
    ) -> Result<()> {
        let exchanged = exchanged(script);
        for _ in 0..EXAMINED {
            if fill.is_empty() || trial.tries_left == 0 {
                return Ok(());
            }
            let outcome = self.try_round_trip(script, run, &fill, trial)?;
            if let Some(failure) = &outcome.failure {
                if !matches!(failure.stopped, Stopped::Failed(..)) {
                    // It takes too many steps.
                    trial.tries_left = 0;
                }
                if halvings > 0 && fill.len() > 1 && trial.tries_left > 0 {
                    let rest = fill.split_off(fill.len() / 2);
                    for half in [fill, rest] {
                        self.examine(script, run, half, is_likely, halvings - 1, possible, trial)?;
                    }
                }
                return Ok(());
            }
            trial.real.extend(outcome.real.iter().cloned());
            let Some((image, row, losses)) = outcome.findings.iter().find_map(lost) else { return Ok(()) };
            let place = fill.iter().position(|one| one.image.name == image.name && one.row == row);
            let mut harm = Harm { image, row, losses, fill: fill.clone() };
            if let Some(place) = place {
                let alone = vec![fill.remove(place)];
                let outcome = self.try_round_trip(script, run, &alone, trial)?;
                if outcome.failure.is_none() && outcome.findings.iter().any(|one| lost(one).is_some()) {
                    harm.fill = alone;
                }
            }
            if is_likely && !harm.has_any(&exchanged) {
                self.report_harm(script, run, &harm, false, trial)?;
                continue;
            }
            possible.push(harm);
            // The others show whether the script does more harm.
            fill.retain(|one| !has_any(&one.row, &exchanged));
            if place.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Runs the upgrade and the downgrade on additional rows, then undoes everything.
    fn try_round_trip(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        fill: &Fill,
        trial: &mut Trial,
    ) -> Result<RoundTrip> {
        trial.tries_left = trial.tries_left.saturating_sub(1);
        self.undone(|judge| {
            let written = judge.add(fill, false)?;
            judge.refresh(&written)?;
            judge.count(&written)?;
            judge.scratch.bound(Some(STEPS));
            let tried = judge.round_trip(script, &run.made, trial);
            judge.scratch.bound(None);
            let (outcome, savepoint) = tried?;
            judge.roll_back(savepoint)?;
            Ok(outcome)
        })
    }

    /// Reports the losses of a harmed row.
    fn report_harm(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        harm: &Harm,
        is_possible: bool,
        trial: &mut Trial,
    ) -> Result<()> {
        self.undone(|judge| {
            let (outcome, savepoint) = judge.round_trip_with(script, run, &harm.fill, trial)?;
            judge.roll_back(savepoint)?;
            for finding in outcome.findings {
                if lost(&finding).is_none() {
                    continue;
                }
                let losses = losses_of(&finding);
                let problem = judge.place(script, finding)?;
                if is_possible {
                    trial.push(problem.into_note().with_note(POSSIBLE));
                } else {
                    let rows = losses.iter().filter(|loss| matches!(loss, Loss::Rows { .. }));
                    judge.found.lost.extend(rows.map(|loss| (judge.current, loss.table().clone())));
                    trial.push(problem);
                }
                trial.reported.extend(losses);
            }
            Ok(())
        })
    }
}

/// Returns `true` if a script may harm rows: it has a downgrade, and a statement depends on rows.
pub(super) fn is_at_risk(script: &ParsedScript, trial: &Trial) -> bool {
    let is_reversible = script.header.irreversible.is_none();
    is_reversible && trial.watch.works.values().any(|work| work.reach.depends_on_rows())
}

/// Returns the literals that both sections contain. These are often the values that the upgrade
/// writes and the downgrade replaces. A row that already had such a value cannot be distinguished.
pub(super) fn exchanged(script: &ParsedScript) -> BTreeSet<Cell> {
    let of = |kind| -> BTreeSet<Cell> {
        let statements = script.section(kind).into_iter().flat_map(|section| &section.statements);
        let texts = statements.filter_map(|span| script.source.text.get(span.clone()));
        texts.flat_map(|sql| Words::literals(sql, &BTreeSet::new()).exact.to_vec()).collect()
    };
    of(SectionKind::Upgrade).intersection(&of(SectionKind::Downgrade)).cloned().collect()
}

/// Explains why a loss is only a note.
const POSSIBLE: &str = "this is no error, because a database may never contain such a row";

/// Returns the row and the losses of a finding, or `None` for another error.
fn lost(finding: &Finding) -> Option<(Rc<TableImage>, Row, Vec<Loss>)> {
    match finding {
        Finding::Lost { image, row, .. } => Some((Rc::clone(image), row.clone(), losses_of(finding))),
        _ => None,
    }
}
