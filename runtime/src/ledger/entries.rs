//! Creates the ledger rows for steps and stamps.

use std::collections::BTreeSet;

use aludel_core::chain::{Chain, RunningState};
use aludel_core::frozen::Checksums;
use aludel_core::graph::{Graph, Index};
use aludel_core::plan::{Direction, Position, Stamp, Step};

use super::{Entry, REPAIR, STARTED};
use crate::status::RunStart;

/// The direction of a row for which no script ran.
const STAMP: &str = "stamp";

/// Creates rows for the scripts of a chain.
#[derive(Clone, Copy)]
pub(crate) struct Entries<'c> {
    pub(crate) chain: &'c Chain,
    pub(crate) graph: &'c Graph,
    /// `true` if the scripts run without the proof at the user's request.
    pub(crate) unproved: bool,
}

impl Entries<'_> {
    /// Returns the row for one step, and updates the running state.
    pub(crate) fn step(&self, step: &Step, state: &mut RunningState) -> Entry {
        let (word, is_applied) = match step.direction {
            Direction::Upgrade => ("upgrade", true),
            Direction::Downgrade => ("downgrade", false),
        };
        state.set(step.revision, is_applied);
        Entry { direction: word.to_owned(), ..self.entry(step.revision, state.hash()) }
    }

    /// Returns the row for a step that begins outside a transaction, at a position.
    pub(crate) fn start(&self, step: &Step, from: &Position, instead: &Checksums) -> Entry {
        let [upgrade, downgrade] = STARTED;
        let word = match step.direction {
            Direction::Upgrade => upgrade,
            Direction::Downgrade => downgrade,
        };
        let state = self.chain.state_of(from.applied(), instead);
        Entry { direction: word.to_owned(), ..self.entry(step.revision, state) }
    }

    /// Returns one row for each script whose current text replaces the recorded one. All of them
    /// contain the state after the last one. They precede the rows of a run, so that the ledger is
    /// consistent.
    pub(crate) fn repairs(&self, start: &RunStart) -> Vec<Entry> {
        if start.reworded.is_empty() {
            return Vec::new();
        }
        let state = self.chain.state_of(start.position.applied(), &start.instead);
        let entry = |index: &Index| self.entry(*index, state.clone());
        start
            .reworded
            .iter()
            .map(entry)
            .map(|entry| Entry { direction: REPAIR.to_owned(), ..entry })
            .collect()
    }

    /// Returns one row for each revision that a stamp removes or adds, and for each script that was
    /// applied instead of a base that is removed.
    pub(crate) fn stamps(&self, start: &RunStart, stamp: &Stamp) -> Vec<Entry> {
        let chain = self.chain;
        let mut state = chain.running_state(start.position.applied(), &start.instead);
        let ceases = stamp.ceases.iter().map(|index| (*index, false));
        let becomes = stamp.becomes.iter().map(|index| (*index, true));
        let stamped = |(index, is_applied): (Index, bool)| {
            state.set(index, is_applied);
            let entry = Entry { direction: STAMP.to_owned(), ..self.entry(index, state.hash()) };
            match (is_applied, chain.squash() == Some(index)) {
                (false, true) if !start.instead.is_empty() => replaced(&start.instead, &entry.state),
                (false, _) => vec![without_script(entry)],
                (true, _) => vec![entry],
            }
        };
        ceases.chain(becomes).flat_map(stamped).collect()
    }

    /// Returns the row for a revision, without a direction or time. The row of an irreversible
    /// script has no downgrade.
    fn entry(&self, revision: Index, state: String) -> Entry {
        let (node, script) = (self.graph.node(revision), self.chain.script(revision));
        let is_reversible = script.declared.irreversible.is_empty();
        Entry {
            revision: script.id.to_string(),
            revises: self.graph.ids(node.down.iter().copied()).join(","),
            depends_on: self.graph.ids(node.depends_on.iter().copied()).join(","),
            message: script.message.to_string(),
            checksum: Some(script.checksum.to_string()),
            state,
            upgrade_sql: Some(script.upgrade.sql.to_string()),
            downgrade_sql: is_reversible.then(|| script.downgrade.sql.to_string()),
            unproved: self.unproved,
            branch_labels: Some(script.labels.join(",")),
            loses: Some(script.declared.loses.join(",")),
            allow: Some(script.declared.allow.join(",")),
            ..Entry::default()
        }
    }

    /// Returns one ledger row for each revision that is no longer applied, including unknown ones,
    /// and for each that is applied now.
    pub(crate) fn anew(&self, rows: &[String], stamp: &Stamp) -> Vec<Entry> {
        let graph = self.graph;
        let known = rows.iter().filter_map(|row| graph.find_id(row));
        let before = Position::new(graph, known);
        let unknown: BTreeSet<&String> = rows.iter().filter(|row| graph.find(row).is_none()).collect();
        let after = stamp.after.applied();
        let state = self.chain.state_of(after, &Checksums::new());
        let stamped = |entry: Entry| Entry { direction: STAMP.to_owned(), ..entry };
        let entry = |index| self.entry(index, state.clone());
        let forgotten = unknown.into_iter().map(|row| Entry {
            revision: row.clone(),
            state: state.clone(),
            ..Entry::default()
        });
        let ceased = before.applied().iter().rev().filter(|index| !after.contains(*index));
        let ceased = ceased.map(|index| without_script(entry(index)));
        forgotten.chain(ceased).chain(after.iter().map(entry)).map(stamped).collect()
    }
}

/// Returns the rows of replaced scripts that a stamp removes. All of them contain the state after
/// the last one.
fn replaced(scripts: &Checksums, state: &str) -> Vec<Entry> {
    let row = |revision: &String| Entry {
        revision: revision.clone(),
        direction: STAMP.to_owned(),
        state: state.to_owned(),
        ..Entry::default()
    };
    scripts.keys().map(row).collect()
}

fn without_script(entry: Entry) -> Entry {
    Entry {
        checksum: None,
        upgrade_sql: None,
        downgrade_sql: None,
        branch_labels: None,
        loses: None,
        allow: None,
        ..entry
    }
}
