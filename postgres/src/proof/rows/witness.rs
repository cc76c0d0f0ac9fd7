//! Adds rows that the statements of a script change, before the script runs.

use aludel_core::chain::Script;
use aludel_core::graph::Index;
use aludel_core::plan::Direction;

use super::Pass;
use super::search::{Found, Goal, Search};
use super::statement::{depends_on_rows, updates};
use super::watch::Touched;
use crate::scratch::ScratchError;

/// The number of statements that the search may execute for one script.
const BUDGET: usize = 4000;

impl Pass<'_> {
    /// Searches for rows that each statement of a script changes, and adds them.
    pub(super) fn find_witnesses(&mut self, index: Index, script: &Script) -> Result<(), ScratchError> {
        let is_inside = |direction: &Direction| script.outside_transaction(*direction).is_none();
        if !is_inside(&Direction::Upgrade) {
            return Ok(());
        }
        let is_reverted = script.declared.irreversible.is_empty() && is_inside(&Direction::Downgrade);
        let sections =
            if is_reverted { &[Direction::Upgrade, Direction::Downgrade][..] } else { &[Direction::Upgrade] };
        let statements: Vec<(Direction, usize, &str)> = sections
            .iter()
            .flat_map(|direction| {
                let all = script.section(*direction).statements().enumerate();
                all.map(|(number, statement)| (*direction, number, statement))
            })
            .collect();
        if !statements.iter().any(|(.., statement)| depends_on_rows(statement)) {
            return Ok(());
        }
        let texts: Vec<&str> = statements.iter().map(|(.., statement)| *statement).collect();
        let mut budget = BUDGET;
        let counts = self.search(budget)?.survey(&texts)?;
        for (place, (count, (direction, number, statement))) in counts.iter().zip(statements).enumerate() {
            // An update may leave the values of a row unchanged.
            let is_seen = *count > 0 && !updates(statement);
            if !depends_on_rows(statement) || is_seen {
                continue;
            }
            let goal = Goal { statement, before: texts.get(..place).unwrap_or_default(), all: &texts };
            let mut search = self.search(budget)?;
            let found = search.find(&goal)?;
            budget = search.budget;
            let key = (index, direction, number);
            // The server does not count the rows that a code block changes, so the block is
            // recorded only here.
            self.seen.insert(key);
            match found {
                Found::Present => drop(self.changed.insert(key)),
                Found::Witness(rows) => {
                    self.changed.insert(key);
                    self.add(&rows)?;
                }
                Found::Nothing => drop(self.idle.insert(key)),
                Found::Unknown => {}
            }
        }
        Ok(())
    }

    fn search(&mut self, budget: usize) -> Result<Search<'_>, ScratchError> {
        let (reader, client) = self.session.clients()?;
        self.image.prepare(reader)?;
        Ok(Search { client, reader, image: &self.image, settled: &self.settled, budget })
    }

    /// Adds rows by running the statements that insert them.
    pub(super) fn add(&mut self, rows: &[String]) -> Result<(), ScratchError> {
        let client = self.session.client();
        let is_added = client.batch_execute(&format!("BEGIN; {}; COMMIT", rows.join("; "))).is_ok();
        if !is_added {
            // A deferred constraint rejected the rows.
            client.batch_execute("ROLLBACK")?;
            return Ok(());
        }
        // Triggers may have changed any table.
        self.read_again(&Touched::Everything)
    }
}
