//! Hands a linear chain to [refinery](https://docs.rs/refinery)'s own runner.
//!
//! The way up only: refinery knows no downgrade and no branches. Let its `Runner` be grouped (`set_grouped(true)`), for by itself it runs
//! script and history row in two transactions; and switch the enforcement of foreign keys off before, as a rebuilt table needs it.

use aludel_core::graph::Graph;
use refinery::Migration;

use crate::Chain;

/// Why a chain cannot be handed over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Refinery's versions are numbers in a row: a chain with branches, merge points, several bases or dependencies has no such order.
    #[error("the chain is not linear at revision `{revision}`, so its revisions have no stable numbers")]
    NotLinear {
        /// Where.
        revision: String,
    },
    /// Refinery refuses a script.
    #[error("refinery refuses revision `{revision}`")]
    Refused {
        /// Which.
        revision: String,
        /// Refinery's words.
        source: ::refinery::Error,
    },
}

/// The scripts of a linear chain as refinery's migrations, in order: `V<n>__<revision>_<message>`, counted from 1 at the base.
///
/// The numbers are stable: a chain grows at its head, and what was handed over keeps its number, name and text.
///
/// # Errors
///
/// Where the chain is not linear.
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

/// The first revision at which the chain is more than a line.
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
