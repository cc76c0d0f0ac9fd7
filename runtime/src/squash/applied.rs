//! The scripts that were applied to a database of a squashed chain, according to its version rows
//! and its ledger.

use std::collections::BTreeMap;

use aludel_core::chain::Chain;
use aludel_core::frozen::{Checksums, Succession};
use aludel_core::graph::Graph;
use aludel_core::plan::{Position, UnknownRevisions};

use crate::Error;
use crate::records::Records;
use crate::status::Situation;

/// Returns the position of version rows, or the situation of a database that has no position.
pub(crate) fn position(chain: &Chain, graph: &Graph, rows: &[String]) -> Result<Position, Box<Situation>> {
    let succession = chain.predecessors.succession();
    let rows = without_replaced(rows, graph, &succession);
    Position::of_rows(graph, &rows).map_err(|UnknownRevisions { revisions }| {
        let (replaced, unknown): (Vec<String>, Vec<String>) =
            revisions.into_iter().partition(|revision| succession.has_replaced_any(revision));
        if !unknown.is_empty() {
            return Box::new(Situation::Ahead(unknown));
        }
        let point = chain.squash().map(|base| graph.id(base).to_owned()).unwrap_or_default();
        Box::new(Situation::BeforeSquash { revisions: replaced, point })
    })
}

/// Removes the version rows of replaced scripts if others imply them. Alembic keeps the row of a
/// revision that another revision depends on.
fn without_replaced(rows: &[String], graph: &Graph, succession: &Succession) -> Vec<String> {
    let is_known = |row: &String| graph.find_id(row).is_some();
    let stays = |row: &&String| is_known(row) || !succession.has_replaced_any(row);
    if rows.iter().any(is_known) { rows.iter().filter(stays).cloned().collect() } else { rows.to_vec() }
}

/// Returns the scripts that were applied instead of the base. The result is empty if the base was
/// applied, or if the ledger does not record what was applied.
pub(crate) fn instead(records: &impl Records, chain: &Chain) -> Result<Checksums, Error> {
    if chain.squash().is_none() {
        return Ok(Checksums::new());
    }
    Ok(replaced(chain, &chain.predecessors.succession(), &records.checksums()?))
}

/// Finds the generation of replaced scripts that was applied, based on the recorded checksums.
fn replaced(chain: &Chain, succession: &Succession, recorded: &BTreeMap<String, String>) -> Checksums {
    let Some(base) = chain.squash().map(|base| chain.script(base)) else { return Checksums::new() };
    let current = |id: &str| recorded.get(id).map(|checksum| succession.amended(id, checksum));
    if !current(&base.id).is_some_and(|checksum| succession.has_replaced(&base.id, checksum)) {
        return Checksums::new();
    }
    let is_applied = |scripts: &Checksums| {
        scripts.iter().all(|(id, checksum)| current(id).is_none_or(|current| current == checksum))
    };
    let mut generations = succession.generations(&base.id);
    let oldest = generations.pop();
    let mut scripts = generations.into_iter().find(is_applied).or(oldest).unwrap_or_default();
    // The state is computed from the recorded checksums.
    for (id, checksum) in &mut scripts {
        recorded.get(id).into_iter().for_each(|recorded| checksum.clone_from(recorded));
    }
    scripts
}
