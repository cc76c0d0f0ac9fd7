//! Exports a linear chain to [refinery](https://docs.rs/refinery)'s runner.
//!
//! Only upgrades are exported, because refinery has no downgrades or branches. Call
//! `set_grouped(true)` on its `Runner`, because by default it runs a script and its history row in
//! two transactions. Switch foreign key enforcement off first, because rebuilding a table requires
//! it.

use aludel_core::graph::Graph;
use refinery::Migration;

use crate::Chain;

/// The reason why a chain cannot be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The chain is not linear. Refinery's versions are consecutive numbers, which branches, merge
    /// points, several bases or dependencies do not have.
    #[error("the chain is not linear at revision `{revision}`, so its revisions have no stable numbers")]
    NotLinear {
        /// The first revision that is not linear.
        revision: String,
    },
    /// Refinery rejects a script.
    #[error("refinery rejects revision `{revision}`")]
    Refused {
        /// The rejected revision.
        revision: String,
        /// The error of refinery.
        source: ::refinery::Error,
    },
}

/// Returns the scripts of a linear chain as refinery's migrations, in order:
/// `V<n>__<revision>_<message>`, counted from 1 at the base.
///
/// The numbers are stable: a chain grows at its head, so an exported migration keeps its number,
/// name and text.
///
/// # Errors
///
/// Returns an error if the chain is not linear.
pub fn migrations<C>(chain: &Chain<C>) -> Result<Vec<Migration>, ExportError> {
    let graph = chain.graph();
    if let Some(revision) = first_fork(&graph) {
        return Err(ExportError::NotLinear { revision });
    }
    chain
        .scripts
        .iter()
        .enumerate()
        .map(|(index, script)| {
            let words: String = format!("{}_{}", script.id, script.message)
                .chars()
                .map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
                .collect();
            Migration::unapplied(&format!("V{}__{words}", index + 1), &script.upgrade.sql)
                .map_err(|source| ExportError::Refused { revision: script.id.to_string(), source })
        })
        .collect()
}

/// Returns the first revision that makes the chain non-linear, or `None` if it is linear.
fn first_fork(graph: &Graph) -> Option<String> {
    graph
        .indexes()
        .find(|index| {
            let node = graph.node(*index);
            let expected = index.checked_sub(1);
            node.down.as_slice() != expected.as_slice() || !node.depends_on.is_empty()
        })
        .map(|index| graph.id(index).to_owned())
}
