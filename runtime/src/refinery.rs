//! Exports a linear chain for the runner of [refinery](https://docs.rs/refinery).
//!
//! Only the upgrades are exported, because refinery has neither downgrades nor branches. Refinery
//! is not a dependency of this crate, so any version of it can be used:
//!
//! ```ignore
//! let migrations = aludel::refinery::migrations(&CHAIN)?
//!     .iter()
//!     .map(|migration| refinery::Migration::unapplied(&migration.name, &migration.sql))
//!     .collect::<Result<Vec<_>, _>>()?;
//! refinery::Runner::new(&migrations).set_grouped(true).run(&mut connection)?;
//! ```
//!
//! Call `set_grouped(true)` on the runner. Otherwise, refinery runs a script and writes its history
//! row in two transactions. Disable foreign key enforcement before the run, because rebuilding a
//! table requires it.

use std::borrow::Cow;

use aludel_core::graph::Graph;

use crate::Chain;

/// A script in the form that `refinery::Migration::unapplied` accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The version and the name: `V<n>__<revision>_<message>`.
    pub name: String,
    /// The SQL of the upgrade.
    pub sql: Cow<'static, str>,
}

/// The reason that a chain cannot be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The chain begins with the base of a squash. Refinery would reject a database that ran the
    /// replaced scripts.
    #[error("the scripts up to `{revision}` were squashed, and refinery refuses databases that ran them")]
    Squashed {
        /// The squash point.
        revision: String,
    },
    /// The chain has branches, merge points, several bases or dependencies. Refinery's versions are
    /// consecutive numbers, so the chain must be linear.
    #[error("the chain is not linear at revision `{revision}`, so its revisions have no stable numbers")]
    NotLinear {
        /// The first revision that breaks the order.
        revision: String,
    },
    /// A script runs outside a transaction, but refinery runs every script inside one.
    #[error("revision `{revision}` runs outside a transaction, which refinery's runner cannot do")]
    OutsideTransaction {
        /// The first such revision.
        revision: String,
    },
}

/// Returns the scripts of a linear chain in order, numbered from 1 at the base.
///
/// The numbers are stable: a chain grows at its head, and an exported script keeps its number, name
/// and text.
///
/// # Errors
///
/// Returns [`ExportError::NotLinear`] if the chain is not linear,
/// [`ExportError::OutsideTransaction`] if a script runs outside a transaction, and
/// [`ExportError::Squashed`] if the chain begins with the base of a squash.
pub fn migrations<C>(chain: &Chain<C>) -> Result<Vec<Migration>, ExportError> {
    let chain = chain.untyped();
    let graph = chain.graph();
    if let Some(revision) = first_fork(&graph) {
        return Err(ExportError::NotLinear { revision });
    }
    let mut scripts = chain.scripts.iter();
    if let Some(script) = scripts.find(|script| !script.declared.outside_transaction.is_empty()) {
        return Err(ExportError::OutsideTransaction { revision: script.id.to_string() });
    }
    if let Some(base) = chain.squash() {
        return Err(ExportError::Squashed { revision: graph.id(base).to_owned() });
    }
    let numbered = chain.scripts.iter().zip(1..);
    Ok(numbered
        .map(|(script, number): (_, usize)| {
            let words: String = format!("{}_{}", script.id, script.message)
                .chars()
                .map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
                .collect();
            Migration { name: format!("V{number}__{words}"), sql: script.upgrade.sql.clone() }
        })
        .collect())
}

/// Returns the first revision at which the chain is not linear.
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
