//! Checks that the ledger is consistent.
//!
//! Each row records the state of the database after its step. Starting from the revisions that are
//! applied now, the rows are undone in memory, newest first. Every row, down to the first one, must
//! have the resulting state.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::chain::{Chain, state};
use aludel_core::frozen::Checksums;
use aludel_core::graph::Set;

use super::fault::{LedgerFault, LedgerFaultKind};
use super::scripts::has_its_checksum;
use crate::ledger::{Entry, Numbered, REPAIR, list};

/// The maximum number of rows to check below the oldest one that is needed. Checking a row requires
/// a hash over all applied revisions.
const MOST_ROWS_BELOW: usize = 1000;

/// Checks the rows, newest first.
///
/// The check ends early in two cases, but never above a row that is needed. Below a
/// `stamp --purge`, the position is unknown. Below the steps of a program such as Alembic, which
/// writes no rows, the states do not match.
pub(super) fn check(
    chain: &Chain,
    (applied, instead): (&Set, &Checksums),
    (needed, rows): (&[&Numbered], &[Numbered]),
) -> Result<(), LedgerFault> {
    let newest = |id: &str| rows.iter().find(|row| row.entry.revision == id);
    // The comments of a recorded script may differ from those in the chain, and so may its
    // checksum.
    let with_checksum = |index| {
        let script = chain.script(index);
        let recorded = newest(&script.id).and_then(|row| row.entry.checksum.clone());
        (script.id.to_string(), recorded.unwrap_or_else(|| script.checksum.to_string()))
    };
    let is_replaced = |index: &usize| chain.squash() == Some(*index) && !instead.is_empty();
    let of_chain = applied.iter().filter(|index| !is_replaced(index)).map(with_checksum);
    let applied_scripts = of_chain.chain(instead.clone()).collect();
    let mut audit =
        Audit { chain, rows, applied: applied_scripts, needed: needed.iter().map(|row| row.id).collect() };
    let with_rows: BTreeSet<&str> = rows.iter().map(|row| &*row.entry.revision).collect();
    let has_steps_without_rows = audit.applied.keys().any(|id| !with_rows.contains(&**id));
    let mut below = 0;
    let mut repaired = BTreeSet::new();
    for (number, row) in rows.iter().enumerate() {
        if audit.needed.is_empty() {
            below += 1;
        }
        if below > MOST_ROWS_BELOW {
            return Ok(());
        }
        if !row.is_readable {
            return Err(row.fault(LedgerFaultKind::Unreadable));
        }
        if !repaired.contains(&row.id) && row.entry.state != audit.state() {
            let may_end = audit.needed.is_empty() && has_steps_without_rows;
            return if may_end { Ok(()) } else { Err(row.fault(LedgerFaultKind::State)) };
        }
        if repaired.contains(&row.id) {
            continue;
        }
        let from_here = rows.get(number..).unwrap_or_default();
        let group = from_here
            .iter()
            .take_while(|next| next.entry.direction == REPAIR && next.entry.state == row.entry.state);
        for (offset, row) in group.enumerate() {
            audit.undo_repair(number + offset, row)?;
            repaired.insert(row.id);
        }
        if repaired.contains(&row.id) {
            continue;
        }
        let Some(purged) = purged(from_here) else {
            audit.undo(number, row)?;
            continue;
        };
        purged.iter().try_for_each(|row| audit.check_purged(row))?;
        return audit.end(row);
    }
    Ok(())
}

/// Returns the rows of `stamp --purge` if the rows begin with them. All of them contain the state
/// at the end. The rows of other stamps each contain the state after that row.
fn purged(rows: &[Numbered]) -> Option<&[Numbered]> {
    let first = rows.first()?;
    let belongs = |row: &&Numbered| row.entry.direction == "stamp" && row.entry.state == first.entry.state;
    let count = rows.iter().take_while(belongs).count();
    rows.get(..count).filter(|rows| rows.len() > 1)
}

struct Audit<'a> {
    chain: &'a Chain,
    rows: &'a [Numbered],
    /// The checksum of each revision that is applied after the row.
    applied: BTreeMap<String, String>,
    /// The rows whose scripts will run.
    needed: BTreeSet<i64>,
}

impl Audit<'_> {
    fn state(&self) -> String {
        state(self.applied.iter().map(|(revision, checksum)| (&**revision, &**checksum)))
    }

    /// Undoes a row.
    fn undo(&mut self, number: usize, row: &Numbered) -> Result<(), LedgerFault> {
        let Entry { revision, direction, checksum, .. } = &row.entry;
        match (&**direction, checksum) {
            ("upgrade" | "stamp", Some(checksum)) => {
                self.check_script(row)?;
                if self.applied.remove(revision).as_ref() != Some(checksum) {
                    return Err(row.fault(LedgerFaultKind::Sequence));
                }
                if let Some(parent) = row.parents().find(|parent| !self.applied.contains_key(*parent)) {
                    return Err(row.fault(LedgerFaultKind::Parent { parent: parent.to_owned() }));
                }
                self.needed.remove(&row.id);
            }
            ("downgrade", Some(checksum)) => {
                self.check_script(row)?;
                self.restore(row, checksum.clone())?;
            }
            ("stamp", None) => {
                let older = self.rows.get(number + 1..).unwrap_or_default();
                let applied = older.iter().find(|older| older.entry.revision == *revision);
                match applied.and_then(|older| older.entry.checksum.clone()) {
                    Some(checksum) => self.restore(row, checksum)?,
                    None => return Err(row.fault(LedgerFaultKind::Sequence)),
                }
            }
            _ => return Err(row.fault(LedgerFaultKind::Direction { direction: direction.clone() })),
        }
        Ok(())
    }

    /// Undoes a repair: the previous row of the same revision contains the script that was
    /// replaced.
    fn undo_repair(&mut self, number: usize, row: &Numbered) -> Result<(), LedgerFault> {
        self.check_script(row)?;
        let Entry { revision, checksum, .. } = &row.entry;
        let older = self.rows.get(number + 1..).unwrap_or_default();
        let before = older.iter().find(|older| older.entry.revision == *revision);
        let before = before.and_then(|older| older.entry.checksum.clone());
        match (self.applied.get_mut(revision), before) {
            (Some(applied), Some(before)) if Some(&*applied) == checksum.as_ref() => *applied = before,
            _ => return Err(row.fault(LedgerFaultKind::Sequence)),
        }
        self.needed.remove(&row.id);
        Ok(())
    }

    fn restore(&mut self, row: &Numbered, checksum: String) -> Result<(), LedgerFault> {
        match self.applied.insert(row.entry.revision.clone(), checksum) {
            None => Ok(()),
            Some(_) => Err(row.fault(LedgerFaultKind::Sequence)),
        }
    }

    fn check_purged(&mut self, row: &Numbered) -> Result<(), LedgerFault> {
        let Entry { revision, checksum, .. } = &row.entry;
        if checksum.is_none() {
            return Ok(());
        }
        self.check_script(row)?;
        if self.applied.get(revision) != checksum.as_ref() {
            return Err(row.fault(LedgerFaultKind::Sequence));
        }
        self.needed.remove(&row.id);
        Ok(())
    }

    /// Ends the check at a row, unless one below it is needed.
    fn end(&self, row: &Numbered) -> Result<(), LedgerFault> {
        if self.needed.is_empty() { Ok(()) } else { Err(row.fault(LedgerFaultKind::Sequence)) }
    }

    /// Returns an error if the checksum of a row does not match its scripts and parents.
    fn check_script(&self, row: &Numbered) -> Result<(), LedgerFault> {
        let labels = |id: &str| {
            let newest = self.rows.iter().find(|row| row.entry.revision == id);
            let labels = newest.and_then(|row| row.entry.branch_labels.as_deref()).unwrap_or_default();
            list(labels).map(str::to_owned).collect()
        };
        // A dependency may be named by a label that only the chain knows.
        if has_its_checksum(&row.entry, labels) || self.is_of_the_chain(&row.entry) {
            return Ok(());
        }
        Err(row.fault(LedgerFaultKind::Checksum))
    }

    /// Returns `true` if a row contains the same script and parents as the chain.
    fn is_of_the_chain(&self, entry: &Entry) -> bool {
        let Some(script) = self.chain.scripts.iter().find(|script| script.id == entry.revision) else {
            return false;
        };
        let is_same = |recorded: &str, parents: &[usize]| {
            let parents = parents.iter().map(|index| &*self.chain.script(*index).id);
            list(recorded).collect::<BTreeSet<_>>() == parents.collect()
        };
        entry.checksum.as_deref() == Some(&*script.checksum)
            && entry.upgrade_sql.as_deref() == Some(&*script.upgrade.sql)
            && entry.downgrade_sql.as_deref() == Some(&*script.downgrade.sql)
            && is_same(&entry.revises, &script.down)
            && is_same(&entry.depends_on, &script.depends_on)
    }
}
