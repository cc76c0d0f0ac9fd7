//! The ledger's rows about steps that are taken, and about revisions that are stamped.

use aludel_core::graph::{Graph, Index, Set};
use aludel_core::plan::{Direction, Position, Stamp, Step};

use super::Executor;
use crate::Entry;

impl<C> Executor<'_, '_, C> {
    /// The row about one step, which changes what is applied.
    pub(crate) fn step_entry(&self, graph: &Graph, step: &Step, applied: &mut Set) -> Entry {
        let word = match step.direction {
            Direction::Upgrade => {
                applied.insert(step.revision);
                "upgrade"
            }
            Direction::Downgrade => {
                applied.remove(step.revision);
                "downgrade"
            }
        };
        Entry { direction: word.to_owned(), ..self.entry(graph, step.revision, applied) }
    }

    /// One row for each revision that ceases to be applied, and for each that becomes so.
    pub(crate) fn stamp_entries(&self, graph: &Graph, from: &Position, stamp: &Stamp) -> Vec<Entry> {
        let mut applied = from.applied().clone();
        let ceases = stamp.ceases.iter().map(|index| (*index, false));
        let becomes = stamp.becomes.iter().map(|index| (*index, true));
        let stamped = |(index, is_applied): (Index, bool)| {
            if is_applied {
                applied.insert(index)
            } else {
                applied.remove(index)
            };
            let entry = Entry { direction: "stamp".to_owned(), ..self.entry(graph, index, &applied) };
            if is_applied { entry } else { without_script(entry) }
        };
        ceases.chain(becomes).map(stamped).collect()
    }

    /// The row about a revision, but for the direction and the time.
    pub(super) fn entry(&self, graph: &Graph, revision: Index, applied: &Set) -> Entry {
        let (node, script) = (graph.node(revision), self.migrator.chain.script(revision));
        Entry {
            revision: script.id.to_string(),
            revises: graph.ids(node.down.iter().copied()).join(","),
            depends_on: graph.ids(node.depends_on.iter().copied()).join(","),
            message: script.message.to_string(),
            checksum: Some(script.checksum.to_string()),
            state: self.migrator.chain.state_of(applied),
            upgrade_sql: Some(script.upgrade.sql.to_string()),
            downgrade_sql: Some(script.downgrade.sql.to_string()),
            unproved: self.migrator.unproved,
            ..Entry::default()
        }
    }
}

pub(super) fn without_script(entry: Entry) -> Entry {
    Entry { checksum: None, upgrade_sql: None, downgrade_sql: None, ..entry }
}
