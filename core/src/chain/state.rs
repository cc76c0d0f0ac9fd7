//! The `state` of a database: one hash of everything that is applied to it.

use sha2::{Digest as _, Sha256};

use super::Chain;
use crate::frozen::Checksums;
use crate::graph::{Index, Set};
use crate::script::hexadecimal;

/// The number of lines between two stored hashes.
const LINES_BETWEEN: usize = 16;

/// Returns the SHA-256 of the sorted lines `<revision> <checksum>`, each with its line break, in
/// lowercase hexadecimal.
///
/// The ledger stores the state with every step. A program that starts at the head therefore needs
/// only one query to check that the database has the `state` that the program expects.
#[must_use]
pub fn state<'a>(applied: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut lines: Vec<(&str, &str)> = applied.into_iter().collect();
    lines.sort_unstable();
    let mut hasher = Sha256::new();
    for (revision, checksum) in lines {
        hasher.update(line(revision, checksum));
    }
    hexadecimal(&hasher.finalize())
}

fn line(revision: &str, checksum: &str) -> String {
    format!("{revision} {checksum}\n")
}

/// The `state` of a database during a run.
///
/// The lines of the whole chain are sorted once. The hash of the applied lines is stored at regular
/// intervals, so that a step rehashes only from the nearest stored hash before its own line.
#[derive(Debug, Clone)]
pub struct RunningState {
    /// The line of every script, sorted. The flag is `true` if the line is applied.
    lines: Vec<(String, bool)>,
    /// The positions of the lines of each revision.
    places: Vec<Vec<usize>>,
    /// The hash of the applied lines before every [`LINES_BETWEEN`]th line. The last one is the
    /// hash of all applied lines.
    hashed: Vec<Sha256>,
}

impl RunningState {
    /// Computes the state when exactly these revisions are applied. `instead` lists the scripts
    /// that were applied in place of the base of a squash.
    #[must_use]
    pub fn new(chain: &Chain, applied: &Set, instead: &Checksums) -> Self {
        let mut lines: Vec<(String, Index)> = chain
            .scripts
            .iter()
            .enumerate()
            .flat_map(|(index, _)| chain.lines_of(index, instead).into_iter().map(move |line| (line, index)))
            .map(|((id, checksum), index)| (line(id, checksum), index))
            .collect();
        lines.sort_unstable();
        let mut places = vec![Vec::new(); chain.scripts.len()];
        for (place, (_, index)) in lines.iter().enumerate() {
            places.get_mut(*index).into_iter().for_each(|places: &mut Vec<usize>| places.push(place));
        }
        let mut state = Self {
            lines: lines.into_iter().map(|(line, index)| (line, applied.contains(index))).collect(),
            places,
            hashed: vec![Sha256::new()],
        };
        state.hash_from(0);
        state
    }

    /// Marks a revision as applied or not applied.
    pub fn set(&mut self, revision: Index, is_applied: bool) {
        let Some(places) = self.places.get(revision) else { return };
        for place in places {
            if let Some((_, applied)) = self.lines.get_mut(*place) {
                *applied = is_applied;
            }
        }
        let first = places.first().copied().unwrap_or_default();
        self.hash_from(first / LINES_BETWEEN);
    }

    /// Returns the hash, as [`state`] computes it.
    #[must_use]
    pub fn hash(&self) -> String {
        let all = self.hashed.last().cloned().unwrap_or_default();
        hexadecimal(&all.finalize())
    }

    /// Recomputes the stored hashes, starting with the one at this position.
    fn hash_from(&mut self, kept: usize) {
        self.hashed.truncate(kept + 1);
        let mut hasher = self.hashed.last().cloned().unwrap_or_default();
        for lines in self.lines.chunks(LINES_BETWEEN).skip(kept) {
            for (line, _) in lines.iter().filter(|(_, applied)| *applied) {
                hasher.update(line);
            }
            self.hashed.push(hasher.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::{RunningState, state};
    use crate::chain::{Chain, Script};
    use crate::frozen::Checksums;
    use crate::graph::Set;

    #[test]
    fn state_does_not_depend_on_the_order_and_tells_every_revision() {
        assert_eq!(state([("a", "1"), ("b", "2")]), state([("b", "2"), ("a", "1")]));
        assert_ne!(state([("a", "1"), ("b", "2")]), state([("a", "1")]));
        assert_ne!(state([("a", "1"), ("b", "2")]), state([("a", "2"), ("b", "1")]));
        // printf '' | sha256sum
        assert_eq!(state([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    fn chain(ids: &std::collections::BTreeSet<String>) -> Chain {
        let script = |id: &String| Script {
            id: Cow::Owned(id.clone()),
            checksum: Cow::Owned(format!("sum of {id}")),
            ..Script::default()
        };
        Chain { scripts: ids.iter().rev().map(script).collect(), ..Chain::default() }
    }

    proptest! {
        #[test]
        fn a_running_state_is_the_state_of_what_is_applied(
            ids in proptest::collection::btree_set("[a-z0-9_.]{1,4}", 1..80),
            steps in proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..60),
        ) {
            let chain = chain(&ids);
            let mut applied: Set = [0].into_iter().collect();
            let mut running = RunningState::new(&chain, &applied, &Checksums::new());
            for (revision, is_applied) in steps {
                let revision = revision.index(ids.len());
                if is_applied { applied.insert(revision) } else { applied.remove(revision) };
                running.set(revision, is_applied);
                prop_assert_eq!(running.hash(), chain.state_of(&applied, &Checksums::new()));
            }
        }
    }
}
