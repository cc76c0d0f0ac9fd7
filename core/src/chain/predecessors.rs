//! The released scripts that a chain no longer contains, because they were superseded.
//!
//! A database at a squash point has applied either the base or the scripts that the base replaced.
//! The ledger records which, and the `state` of the database is computed over those scripts.

use std::borrow::Cow;

use super::{Chain, Script, Text, state};
use crate::frozen::{Checksums, Succession, Superseded};
use crate::graph::Index;

/// The released scripts that a chain no longer contains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Predecessors {
    /// Their lines in `frozen.lock`.
    pub lines: Text,
    /// The `state` of the ledger at the heads of a database to which replaced scripts were applied
    /// instead of the base. There is one for each generation, newest first.
    pub states: Cow<'static, [Text]>,
}

impl Predecessors {
    /// No scripts.
    pub const NONE: Self = Self { lines: Cow::Borrowed(""), states: Cow::Borrowed(&[]) };

    /// Collects the superseded scripts. The first script of the chain is their base.
    pub(super) fn new(superseded: &[&Superseded], scripts: &[Script]) -> Self {
        let lines: Vec<String> = superseded.iter().map(ToString::to_string).collect();
        let succession: Succession = superseded.iter().copied().cloned().collect();
        let Some((base, others)) = scripts.split_first() else { return Self::NONE };
        let states = succession.generations(&base.id).into_iter().map(|mut scripts| {
            scripts.extend(others.iter().map(|script| (script.id.to_string(), script.checksum.to_string())));
            Cow::Owned(state(scripts.iter().map(|(id, checksum)| (&**id, &**checksum))))
        });
        Self { states: states.collect(), lines: Cow::Owned(lines.join("\n")) }
    }

    /// Returns the superseded scripts, indexed for lookups.
    #[must_use]
    pub fn succession(&self) -> Succession {
        self.lines.lines().filter_map(Superseded::parse).collect()
    }
}

impl Chain {
    /// Returns the base of a squash, or `None` if the chain does not begin with one.
    #[must_use]
    pub fn squash(&self) -> Option<Index> {
        (!self.predecessors.states.is_empty()).then_some(0)
    }

    /// Returns the lines of a revision that enter the `state`: its own line, or the lines of the
    /// scripts that were applied `instead` of the base.
    pub(super) fn lines_of<'c>(&'c self, index: Index, instead: &'c Checksums) -> Vec<(&'c str, &'c str)> {
        if self.squash() == Some(index) && !instead.is_empty() {
            return instead.iter().map(|(id, checksum)| (&**id, &**checksum)).collect();
        }
        let script = self.script(index);
        vec![(&*script.id, &*script.checksum)]
    }
}
