//! The `state` of a database: one hash over all that is applied to it.

use sha2::{Digest as _, Sha256};

use super::Chain;
use crate::graph::{Index, Set};
use crate::script::hexadecimal;

/// How many lines stand between two hashes that are kept.
const LINES_BETWEEN: usize = 16;

/// SHA-256, in lowercase hexadecimal, over the sorted lines `<revision> <checksum>`, each with its line end.
///
/// The ledger keeps it with every step, so that a start at head asks one question: is this still the number that the program knows?
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

/// The `state` of a database while revisions come and go.
///
/// The lines of the whole chain are sorted once, and the hash of what stands before every few lines is kept: a step hashes only what stands
/// after its own line.
#[derive(Debug, Clone)]
pub struct RunningState {
    /// Every line of the chain, sorted, and whether it is applied.
    lines: Vec<(String, bool)>,
    /// Where the line of a revision stands.
    places: Vec<usize>,
    /// The hash of what is applied before each [`LINES_BETWEEN`]th line, and last that of everything.
    hashed: Vec<Sha256>,
}

impl RunningState {
    /// The state when exactly these revisions are applied.
    #[must_use]
    pub fn new(chain: &Chain, applied: &Set) -> Self {
        let mut lines: Vec<(String, Index)> = chain
            .scripts
            .iter()
            .enumerate()
            .map(|(index, script)| (line(&script.id, &script.checksum), index))
            .collect();
        lines.sort_unstable();
        let mut places: Vec<(Index, usize)> =
            lines.iter().enumerate().map(|(place, (_, index))| (*index, place)).collect();
        places.sort_unstable();
        let mut state = Self {
            lines: lines.into_iter().map(|(line, index)| (line, applied.contains(index))).collect(),
            places: places.into_iter().map(|(_, place)| place).collect(),
            hashed: vec![Sha256::new()],
        };
        state.hash_from(0);
        state
    }

    /// A revision is applied, or ceases to be.
    pub fn set(&mut self, revision: Index, is_applied: bool) {
        let Some(place) = self.places.get(revision).copied() else { return };
        if let Some((_, applied)) = self.lines.get_mut(place) {
            *applied = is_applied;
        }
        self.hash_from(place / LINES_BETWEEN);
    }

    /// The hash, as [`state`] gives it.
    #[must_use]
    pub fn hash(&self) -> String {
        let all = self.hashed.last().cloned().unwrap_or_default();
        hexadecimal(&all.finalize())
    }

    /// Hashes anew from one of the kept hashes on.
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
            let mut running = RunningState::new(&chain, &applied);
            for (revision, is_applied) in steps {
                let revision = revision.index(ids.len());
                if is_applied { applied.insert(revision) } else { applied.remove(revision) };
                running.set(revision, is_applied);
                prop_assert_eq!(running.hash(), chain.state_of(&applied));
            }
        }
    }
}
