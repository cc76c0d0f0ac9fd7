//! Limits login attempts, per account and per address.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::concurrency::Source;

/// The time after which an attempt no longer counts.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// The maximum number of failed attempts for one account within that time.
const PER_ACCOUNT: usize = 10;

/// The maximum number of failed attempts from one address within that time.
const PER_SOURCE: usize = 30;

/// The maximum number of remembered accounts and addresses. If there are more, the old ones are
/// forgotten.
const REMEMBERED: usize = 10_000;

/// The subject of a limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Account(String),
    Source(Source),
}

/// The recent failed attempts.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    failed: Mutex<BTreeMap<Subject, VecDeque<Instant>>>,
}

impl Attempts {
    /// Counts an attempt as failed until [`Attempts::succeeded`] is called. Returns the time to
    /// wait if there were too many failed attempts.
    pub(super) fn begin(&self, account: Option<&str>, source: Source, now: Instant) -> Result<(), Duration> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= REMEMBERED {
            failed.retain(|_, times| times.back().is_some_and(|last| now.duration_since(*last) < WINDOW));
        }
        let subjects = subjects(account, source);
        for (subject, limit) in &subjects {
            let Some(times) = failed.get_mut(subject) else { continue };
            while times.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
                times.pop_front();
            }
            if let (true, Some(first)) = (times.len() >= *limit, times.front()) {
                return Err(WINDOW.saturating_sub(now.duration_since(*first)));
            }
        }
        for (subject, _) in subjects {
            failed.entry(subject).or_default().push_back(now);
        }
        Ok(())
    }

    /// Forgets all failed attempts for the account, and one failed attempt from the address.
    pub(super) fn succeeded(&self, account: Option<&str>, source: Source) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        for (subject, _) in subjects(account, source) {
            match subject {
                Subject::Account(_) => drop(failed.remove(&subject)),
                Subject::Source(_) => drop(failed.get_mut(&subject).and_then(VecDeque::pop_back)),
            }
        }
    }
}

/// Returns the subjects whose limits apply to an attempt. A registration has no account yet.
fn subjects(account: Option<&str>, source: Source) -> Vec<(Subject, usize)> {
    let account = account.map(|account| account.chars().take(64).collect::<String>().to_lowercase());
    let account = account.map(|account| (Subject::Account(account), PER_ACCOUNT));
    account.into_iter().chain([(Subject::Source(source), PER_SOURCE)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn source(last: u8) -> Source {
        Source::of(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn an_account_is_locked_for_a_while_and_others_are_not() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for number in 0..PER_ACCOUNT {
            assert_eq!(attempts.begin(Some("ada"), source(1), now), Ok(()), "{number}");
        }
        assert_eq!(attempts.begin(Some("Ada"), source(2), now), Err(WINDOW));
        assert_eq!(attempts.begin(Some("grace"), source(1), now), Ok(()));
        assert_eq!(attempts.begin(Some("ada"), source(1), now + WINDOW), Ok(()));
    }

    #[test]
    fn an_address_is_locked_whatever_the_account() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for number in 0..PER_SOURCE {
            assert_eq!(attempts.begin(Some(&number.to_string()), source(1), now), Ok(()));
        }
        assert!(attempts.begin(Some("ada"), source(1), now).is_err());
        assert_eq!(attempts.begin(Some("ada"), source(2), now), Ok(()));
    }

    #[test]
    fn a_success_counts_as_no_failure() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..2 * PER_SOURCE {
            assert_eq!(attempts.begin(Some("ada"), source(1), now), Ok(()));
            attempts.succeeded(Some("ada"), source(1));
        }
    }
}
