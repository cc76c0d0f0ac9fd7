//! Applied scripts whose text differs from the recorded one.

use aludel_core::chain::Chain;
use aludel_core::graph::Index;

use crate::records::Records;
use crate::status::{Differing, differing};
use crate::{DivergedScript, Error};

/// An applied script whose text differs from the recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EditedScript {
    /// The revision.
    pub revision: String,
    /// Its file, as recorded in the chain.
    pub file: String,
    /// The upgrade that was applied, or `None` if it is not in the ledger.
    pub recorded_upgrade: Option<String>,
    /// The downgrade that belonged to the applied upgrade, or `None` if it is not in the ledger.
    pub recorded_downgrade: Option<String>,
    /// The upgrade in the chain.
    pub upgrade: String,
    /// The downgrade in the chain.
    pub downgrade: String,
    /// `true` if the statements and the parents are the same. In that case, nothing has diverged.
    pub is_reworded: bool,
}

impl EditedScript {
    /// Returns the edited scripts of a database with these version rows, in canonical order.
    pub(crate) fn all(records: &impl Records, chain: &Chain, rows: &[String]) -> Result<Vec<Self>, Error> {
        let graph = chain.graph();
        let applied = graph.ancestors(rows.iter().filter_map(|row| graph.find_id(row)));
        let differing = differing(records, chain, &graph, |index| applied.contains(index))?;
        Ok(differing.into_iter().map(|one| Self::new(chain, one)).collect())
    }

    fn new(chain: &Chain, differing: Differing) -> Self {
        let script = chain.script(differing.index);
        Self {
            revision: script.id.to_string(),
            file: script.file.to_string(),
            recorded_upgrade: differing.recorded.upgrade_sql,
            recorded_downgrade: differing.recorded.downgrade_sql,
            upgrade: script.upgrade.sql.to_string(),
            downgrade: script.downgrade.sql.to_string(),
            is_reworded: differing.is_reworded,
        }
    }

    /// Returns the scripts that differ. Fails unless each of them is only reworded or is one of
    /// `scripts`.
    pub(crate) fn chosen(
        scripts: &[Self],
        chain: &Chain,
        differing: &[Differing],
    ) -> Result<Vec<Index>, Error> {
        let is_known = |one: &&Differing| {
            let id = &*chain.script(one.index).id;
            one.is_reworded
                || scripts.iter().any(|script| {
                    script.revision == id
                        && script.recorded_upgrade == one.recorded.upgrade_sql
                        && script.recorded_downgrade == one.recorded.downgrade_sql
                })
        };
        let (known, others): (Vec<&Differing>, Vec<&Differing>) = differing.iter().partition(is_known);
        if others.is_empty() {
            return Ok(known.iter().map(|one| one.index).collect());
        }
        let edited = others.iter().map(|one| DivergedScript::of(chain.script(one.index)));
        Err(Error::Diverged { edited: edited.collect() })
    }
}
