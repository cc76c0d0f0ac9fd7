//! Records the tables that a section touches, and the statements that change rows.

use std::collections::BTreeSet;

use aludel_core::chain::Section;
use postgres::{Client, SimpleQueryMessage};

use super::statement::changes_rows;
use crate::proof::session::Observer;

/// The tables whose rows a section may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Touched {
    /// Any table.
    Everything,
    /// The tables with these OIDs.
    Tables(BTreeSet<u32>),
}

/// Watches one run of a section.
pub(super) struct Watch<'a> {
    section: &'a Section,
    pub(super) touched: Touched,
    /// The statements that can change rows.
    pub(super) seen: BTreeSet<usize>,
    /// The statements that changed at least one row.
    pub(super) changed: BTreeSet<usize>,
}

/// The query for locked tables. A statement that changes a table holds a lock on it until the
/// transaction ends.
const LOCKED: &str = "SELECT DISTINCT relation FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' \
     AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') AND relation >= 16384";

impl<'a> Watch<'a> {
    pub(super) fn new(section: &'a Section) -> Self {
        let (seen, changed) = (BTreeSet::new(), BTreeSet::new());
        Self { section, touched: Touched::Tables(BTreeSet::new()), seen, changed }
    }
}

impl Observer for Watch<'_> {
    fn ran(&mut self, _: &mut Client, statement: usize, rows: u64) -> Result<(), postgres::Error> {
        let text = self.section.statements().nth(statement).unwrap_or_default();
        if changes_rows(text) {
            self.seen.insert(statement);
            if rows > 0 {
                self.changed.insert(statement);
            }
        }
        Ok(())
    }

    fn commits(&mut self, client: &mut Client) -> Result<(), postgres::Error> {
        // Renaming an enum label changes the text of values, and renaming a schema changes the
        // names of tables. Neither locks the table.
        let is_lockless = |statement: &str| {
            let statement = statement.to_ascii_lowercase();
            ["alter type", "alter schema"].iter().any(|words| statement.contains(words))
        };
        if self.section.statements().any(is_lockless) {
            self.touched = Touched::Everything;
            return Ok(());
        }
        let oid = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten()?.parse().ok(),
            _ => None,
        };
        self.touched = Touched::Tables(client.simple_query(LOCKED)?.iter().filter_map(oid).collect());
        Ok(())
    }
}
