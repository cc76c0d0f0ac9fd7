//! Compares the proofs with the scripts.

use std::collections::BTreeSet;

use super::entry::{Scope, scopes};
use super::fault::ProvedFault;
use super::lock::Lock;
use super::stale::{Stale, Why};
use crate::chain::{Assembled, Chain, VERSION_TABLE};
use crate::folder::Folder;
use crate::graph::Index;
use crate::problem::{Problem, listed};

/// Compares the proofs with the scripts of a chain. Returns stale proofs in the canonical order of
/// their scripts, followed by proofs without a script.
#[must_use]
pub fn check(chain: &Chain, lock: &Lock) -> Vec<Stale> {
    let graph = chain.graph();
    // The scripts that are new or were edited.
    let mut changed: Vec<Index> = Vec::new();
    let mut stale = Vec::new();
    for (index, scope) in scopes(chain).iter().enumerate() {
        let revision = graph.id(index);
        if lock.find(revision, scope).is_some() {
            continue;
        }
        let own = own(lock, revision, scope);
        let why = own.clone().unwrap_or_else(|| {
            let ancestors = graph.ancestors([index]);
            let of = |index: Index| graph.id(index).to_owned();
            let ancestor = changed.iter().find(|index| ancestors.contains(**index));
            match (ancestor, changed.first()) {
                (Some(ancestor), _) => Why::Ancestor { revision: of(*ancestor) },
                (None, Some(first)) => Why::Preceding { revision: of(*first) },
                (None, None) => Why::Reproved,
            }
        });
        changed.extend(own.map(|_| index));
        stale.push(Stale { revision: revision.to_owned(), why });
    }
    let surplus: BTreeSet<&str> = lock.lines.iter().map(|line| line.entry.revision.as_str()).collect();
    let surplus = surplus.into_iter().filter(|revision| graph.find_id(revision).is_none());
    stale.extend(surplus.map(|revision| Stale { revision: revision.to_owned(), why: Why::Surplus }));
    stale
}

/// Returns the reason if the script itself is new or was edited, or `None` otherwise.
fn own(lock: &Lock, revision: &str, scope: &Scope) -> Option<Why> {
    let mut entries = lock.entries_of(revision).peekable();
    if entries.peek().is_none() {
        return Some(Why::New);
    }
    entries.all(|entry| entry.scope.script != scope.script).then_some(Why::Edited)
}

/// Checks the proofs of a folder. Returns the fingerprint after each script, in canonical order.
///
/// # Errors
///
/// Returns every error in the file or, if there is none, every stale proof.
pub fn fingerprints(folder: &Folder, assembled: &Assembled) -> Result<Vec<String>, Vec<Problem>> {
    if folder.proofs.is_none() && !assembled.scripts.is_empty() {
        return Err(vec![Problem::overall(&ProvedFault::Missing)]);
    }
    let (lock, problems) = Lock::of(folder.proofs.as_ref());
    if !problems.is_empty() {
        return Err(problems);
    }
    let chain = assembled.chain(VERSION_TABLE);
    let problems = self::problems(assembled, &check(&chain, &lock));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(valid(&chain, &lock))
}

/// Returns the fingerprint of each script, in canonical order, and an empty string for a script
/// without a valid proof.
#[must_use]
pub fn known_fingerprints(folder: &Folder, assembled: &Assembled) -> Vec<String> {
    let (lock, _) = Lock::of(folder.proofs.as_ref());
    valid(&assembled.chain(VERSION_TABLE), &lock)
}

fn valid(chain: &Chain, lock: &Lock) -> Vec<String> {
    let scripts = chain.scripts.iter().zip(scopes(chain));
    let proofs = scripts.map(|(script, scope)| lock.find(&script.id, &scope));
    proofs.map(|proof| proof.map(|entry| entry.fingerprint.clone()).unwrap_or_default()).collect()
}

/// Returns the errors for stale proofs. A note in each error lists the proofs that are stale for
/// the same reason.
///
/// Rule: every script has a proof that covers it and all scripts before it. A proof without a
/// script is not an error.
#[must_use]
pub fn problems(assembled: &Assembled, stale: &[Stale]) -> Vec<Problem> {
    let reproved = stale.iter().find(|stale| stale.why == Why::Reproved);
    let causes = stale.iter().filter(|stale| match stale.why {
        Why::New | Why::Edited => true,
        Why::Reproved => Some(*stale) == reproved,
        Why::Ancestor { .. } | Why::Preceding { .. } | Why::Surplus => false,
    });
    let problem = |cause: &Stale| {
        let following = stale.iter().filter(|other| *other != cause && other.follows(cause));
        let following: Vec<String> = following.map(|other| other.revision.clone()).collect();
        let fault = ProvedFault::Stale { revision: cause.revision.clone(), why: cause.why.clone() };
        let script = assembled.graph.find_id(&cause.revision).and_then(|index| assembled.scripts.get(index));
        let place = script.and_then(|script| Some(script.place(script.header.id.as_ref()?.span.clone())));
        let problem = place.map_or_else(|| Problem::overall(&fault), |place| Problem::at(place, &fault));
        match following.as_slice() {
            [] => problem,
            following => {
                problem.with_note(format!("the proofs after it are stale, too: {}", listed(following)))
            }
        }
    };
    causes.map(problem).collect()
}

impl Stale {
    /// Returns `true` if a proof is stale because of another proof.
    fn follows(&self, cause: &Self) -> bool {
        match &self.why {
            Why::Ancestor { revision } | Why::Preceding { revision } => *revision == cause.revision,
            Why::Reproved => cause.why == Why::Reproved,
            Why::New | Why::Edited | Why::Surplus => false,
        }
    }
}
