//! Upgrades and downgrades a script, and finds what the downgrade does not restore.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use aludel_core::guarded::Savepoint;
use aludel_core::problem::{Problem, Spanned};
use aludel_core::schema::{Changes, Name};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use super::difference::RowDifference;
use super::fault::RowFault;
use super::image::{Row, TableImage};
use super::judge::{RowJudge, tables_of};
use super::loss::{self, Loss};
use super::trial::Trial;
use crate::proof::scratch::{SEQUENCE, Stopped, Written};
use crate::proof::section::{SectionFailure, run_section};

/// An error, with the data that determines its place.
pub(super) enum Finding {
    /// An error at a known place.
    At(Range<usize>, RowFault, Vec<String>),
    /// A complete problem.
    Reported(Problem),
    /// Lost rows, or lost column values, with the original of one such row.
    Lost { image: Rc<TableImage>, row: Row, columns: Vec<String>, fault: RowFault, notes: Vec<String> },
    /// A counter that was lowered.
    Fallen { section: SectionKind, table: Name, was: i64, fault: RowFault },
    /// Dangling rows.
    Dangling { section: SectionKind, child: Name, fault: RowFault },
}

/// The result of upgrading and downgrading a script.
#[derive(Default)]
pub(super) struct RoundTrip {
    /// The statement that failed, or `None` if all succeeded.
    pub(super) failure: Option<SectionFailure>,
    /// `true` if a constraint rejected that statement.
    pub(super) is_refused: bool,
    pub(super) findings: Vec<Finding>,
    /// The losses, whether declared or not.
    pub(super) real: BTreeSet<Loss>,
    pub(super) written: BTreeSet<Name>,
    /// `true` if the upgrade is applied at the end.
    pub(super) is_applied: bool,
}

impl RoundTrip {
    /// Returns `true` if the rows are restored byte for byte.
    pub(super) fn is_clean(&self) -> bool {
        self.failure.is_none() && self.findings.is_empty() && self.real.is_empty()
    }

    /// Returns the number of errors.
    pub(super) fn trouble(&self) -> usize {
        let of = |finding: &Finding| match finding {
            Finding::Lost { columns, .. } => columns.len().max(1),
            _ => 1,
        };
        self.findings.iter().map(of).sum::<usize>() + if self.failure.is_some() { 1000 } else { 0 }
    }
}

impl RowJudge<'_> {
    /// Upgrades a script, downgrades it, and upgrades it again if nothing is lost. Returns the
    /// savepoint before it.
    pub(super) fn round_trip(
        &mut self,
        script: &ParsedScript,
        made: &Changes,
        trial: &mut Trial,
    ) -> Result<(RoundTrip, Savepoint)> {
        let mut outcome = RoundTrip::default();
        self.scratch.written();
        trial.watch.begin();
        let savepoint = Savepoint::open(self.scratch.connection())?;
        if let Err(failure) = self.watched(script, SectionKind::Upgrade, &mut trial.watch) {
            outcome.is_refused = self.scratch.is_refused();
            outcome.failure = Some(failure);
            return Ok((outcome, savepoint));
        }
        let Written { tables, directly, .. } = self.scratch.written();
        self.directly = directly;
        outcome.written = tables;
        outcome.written.extend(tables_of(made));
        let upgraded = Savepoint::open(self.scratch.connection())?;
        self.down_and_up(script, made, trial, &mut outcome)?;
        if outcome.is_applied && trial.watch.is_schema_kept() && outcome.real.is_empty() {
            self.roll_back(upgraded)?;
        } else {
            upgraded.release(self.scratch.connection())?;
        }
        Ok((outcome, savepoint))
    }

    /// Downgrades a script, compares the rows, and upgrades it again.
    fn down_and_up(
        &mut self,
        script: &ParsedScript,
        made: &Changes,
        trial: &mut Trial,
        outcome: &mut RoundTrip,
    ) -> Result<()> {
        self.keys.learn(made);
        let mut found = self.dangling(SectionKind::Upgrade, &outcome.written)?;
        let fallen = self.fallen_after_upgrade(made, &outcome.written)?;
        let outdated_before = self.outdated_indexes(script, SectionKind::Upgrade, &outcome.written);
        if let Err(failure) = self.watched(script, SectionKind::Downgrade, &mut trial.watch) {
            outcome.is_refused = self.scratch.is_refused();
            outcome.findings = found;
            outcome.failure = Some(failure);
            return Ok(());
        }
        let Written { tables, directly, .. } = self.scratch.written();
        outcome.written.extend(tables);
        self.directly.extend(directly);
        if found.is_empty() {
            found = self.dangling(SectionKind::Downgrade, &outcome.written)?;
        }
        // An index that the upgrade left out of date is reported for the upgrade.
        if outdated_before.is_empty() {
            let outdated = self.outdated_indexes(script, SectionKind::Downgrade, &outcome.written);
            found.extend(outdated.into_iter().map(Finding::Reported));
        }
        outcome.real = self.losses(script, &outcome.written, fallen, trial, &mut found)?;
        // If the rows are restored, upgrading again has the same result, and the downgrade can be
        // rolled back instead. After the rollback of a schema change, SQLite would read the whole
        // schema again, which takes longer.
        let stays_applied = !trial.is_on_witnesses && !trial.watch.has_unseen();
        if found.is_empty() && (stays_applied || !outcome.real.is_empty()) {
            outcome.is_applied = true;
            if !(outcome.real.is_empty() && trial.watch.is_schema_kept()) {
                let again = run_section(&self.scratch, script, SectionKind::Upgrade);
                found.extend(again.err().map(|failure| fails_again(script, &failure)));
            }
        }
        outcome.findings = found;
        Ok(())
    }

    fn dangling(&self, section: SectionKind, written: &BTreeSet<Name>) -> Result<Vec<Finding>> {
        let tables = self.keys.affected(written);
        let found = self.keys.dangling(self.scratch.connection(), &tables)?;
        let found = found.into_iter().map(|dangling| Finding::Dangling {
            section,
            child: Name::new(dangling.child.as_str()),
            fault: RowFault::Dangling { section, dangling },
        });
        Ok(found.collect())
    }

    /// Returns the losses. A loss that is neither declared nor already reported is a finding.
    fn losses(
        &self,
        script: &ParsedScript,
        written: &BTreeSet<Name>,
        fallen: Vec<Fallen>,
        trial: &Trial,
        found: &mut Vec<Finding>,
    ) -> Result<BTreeSet<Loss>> {
        let (declared, unknown) = loss::declared(script, &self.image);
        found.extend(unknown.into_iter().map(Finding::Reported));
        let is_declared = |loss: &Loss| {
            trial.reported.contains(loss) || declared.iter().any(|declared| declared.value == *loss)
        };
        let mut real = BTreeSet::new();
        for image in self.image.of(written) {
            // The pass without rows reports a table that was not restored.
            let known = trial.watch.read.get(&Name::new(&image.name));
            let after = match known.filter(|known| known.columns == image.columns) {
                Some(known) => Ok(Rc::clone(known)),
                None => image.again(self.scratch.connection()).map(Rc::new),
            };
            let Ok(after) = after else { continue };
            let mut difference = RowDifference::between(image, &after);
            // Rows that a trigger writes, such as an audit log, may stay.
            if !self.directly.contains(&Name::new(&image.name)) {
                difference.left.clear();
            }
            if !difference.is_empty() {
                compare(script, image, &difference, is_declared, &mut real, found);
            }
        }
        for fallen in self.fallen_after_downgrade(written, fallen)? {
            let table = fallen.table.clone();
            let rows_are_lost = real.contains(&Loss::Rows { table: table.clone() });
            let loss = Loss::Counter { table };
            real.insert(loss.clone());
            if !is_declared(&loss) && !rows_are_lost {
                found.push(fallen.finding(&loss));
            }
        }
        Ok(real)
    }

    /// Returns the declared losses that did not occur in any run.
    pub(super) fn kept(&self, script: &ParsedScript, real: &BTreeSet<Loss>) -> Vec<Finding> {
        let (declared, unknown) = loss::declared(script, &self.image);
        if !unknown.is_empty() {
            return Vec::new();
        }
        let counters = self.counters.keys().cloned().collect();
        loss::kept(&declared, real, &self.image, &counters).into_iter().map(declared_but_kept).collect()
    }

    fn fallen_after_upgrade(&self, made: &Changes, written: &BTreeSet<Name>) -> Result<Vec<Fallen>> {
        let counts = |name: &Name| {
            let key = self.table_after(made, name).and_then(|table| table.primary_key.as_ref());
            key.is_some_and(|key| key.autoincrement)
        };
        self.fallen(SectionKind::Upgrade, written, counts)
    }

    fn fallen_after_downgrade(
        &self,
        written: &BTreeSet<Name>,
        mut before: Vec<Fallen>,
    ) -> Result<Vec<Fallen>> {
        let others = self.fallen(SectionKind::Downgrade, written, |_| true)?;
        let new = others.into_iter().filter(|new| before.iter().all(|old| old.table != new.table));
        let new: Vec<Fallen> = new.collect();
        before.extend(new);
        Ok(before)
    }

    /// Returns the counters that are lower than before the script.
    fn fallen(
        &self,
        section: SectionKind,
        written: &BTreeSet<Name>,
        counts: impl Fn(&Name) -> bool,
    ) -> Result<Vec<Fallen>> {
        let mut fallen = Vec::new();
        let all = written.contains(&Name::new(SEQUENCE));
        for (table, was) in self.counters.iter().filter(|(name, _)| all || written.contains(name)) {
            let is = self.counter(table)?;
            if is.unwrap_or_default() < *was && counts(table) {
                fallen.push(Fallen { section, table: table.clone(), was: *was, is });
            }
        }
        Ok(fallen)
    }

    /// Returns the AUTOINCREMENT counter of a table, or `None` if there is none.
    pub(super) fn counter(&self, table: &Name) -> Result<Option<i64>> {
        let connection = self.scratch.connection();
        let sql = "SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?1 COLLATE NOCASE";
        connection.query_row(sql, [table.as_str()], |row| row.get(0))
    }
}

/// A counter that is lower than before.
pub(super) struct Fallen {
    section: SectionKind,
    table: Name,
    was: i64,
    is: Option<i64>,
}

impl Fallen {
    fn finding(self, loss: &Loss) -> Finding {
        let Self { section, table, was, is } = self;
        let (name, declare) = (table.to_string(), vec![loss.to_string()]);
        let fault = RowFault::CounterFallsBack { section, table: name, was, is, declare };
        Finding::Fallen { section, table, was, fault }
    }
}

/// Compares one table, and adds its losses and findings.
fn compare(
    script: &ParsedScript,
    image: &Rc<TableImage>,
    difference: &RowDifference,
    declares: impl Fn(&Loss) -> bool,
    real: &mut BTreeSet<Loss>,
    found: &mut Vec<Finding>,
) {
    let name = &image.name;
    if let Some(row) = difference.lost.first() {
        let loss = Loss::Rows { table: Name::new(name) };
        if !declares(&loss) {
            let (count, of, declare) = (difference.lost.len(), image.rows.len(), vec![loss.to_string()]);
            let fault = RowFault::RowsLost { table: name.clone(), lost: count, of, declare, hint: None };
            let notes = vec![format!("one of them: {}", image.describe(row, &[]))];
            let (image, row) = (Rc::clone(image), row.clone());
            found.push(Finding::Lost { image, row, columns: Vec::new(), fault, notes });
        }
        real.insert(loss);
    }
    let lost = |column: &str| Loss::Column { table: Name::new(name), column: Name::new(column) };
    let columns = difference.columns(image);
    let undeclared: Vec<_> = columns.iter().filter(|(column, _)| !declares(&lost(column))).collect();
    real.extend(columns.iter().map(|(column, _)| lost(column)));
    if let Some((_, (before, after))) = undeclared.first() {
        let names: Vec<&str> = undeclared.iter().map(|(column, _)| column.as_str()).collect();
        let declare = names.iter().map(|column| lost(column).to_string()).collect();
        let columns: Vec<String> = names.iter().map(ToString::to_string).collect();
        let fault =
            RowFault::ValuesLost { table: name.clone(), columns: columns.clone(), declare, hint: None };
        let notes = vec![
            format!("a row before the upgrade: {}", image.describe(before, &names)),
            format!("the same row after the downgrade: {}", image.describe(after, &names)),
        ];
        let (image, row) = (Rc::clone(image), (*before).clone());
        found.push(Finding::Lost { image, row, columns, fault, notes });
    }
    // If some rows are lost and others are left behind, they are the same rows with changed values.
    // One error is enough.
    let is_reported = !difference.lost.is_empty() && !declares(&Loss::Rows { table: Name::new(name) });
    if let Some(row) = difference.left.first().filter(|_| !is_reported) {
        let fault = RowFault::RowsLeftBehind { table: name.clone(), count: difference.left.len() };
        let notes = vec![format!("one of them: {}", image.describe(row, &[]))];
        found.push(Finding::At(marker(script, SectionKind::Downgrade), fault, notes));
    }
}

fn declared_but_kept(loss: &Spanned<Loss>) -> Finding {
    let is_counter = matches!(loss.value, Loss::Counter { .. });
    let fault = RowFault::DeclaredButKept { loss: loss.value.to_string(), is_counter };
    Finding::At(loss.span.clone(), fault, Vec::new())
}

fn fails_again(script: &ParsedScript, failure: &SectionFailure) -> Finding {
    let (span, message) = match &failure.stopped {
        Stopped::Failed(message, _) => (failure.statement.clone(), message.clone()),
        _ => (marker(script, SectionKind::Upgrade), "it was stopped".to_owned()),
    };
    Finding::At(span, RowFault::FailsAgain { message }, Vec::new())
}

/// Returns the byte range of the line that starts a section.
pub(super) fn marker(script: &ParsedScript, kind: SectionKind) -> Range<usize> {
    script.section(kind).map_or(0..0, |section| section.marker.clone())
}
