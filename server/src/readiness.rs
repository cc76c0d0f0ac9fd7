//! The stage of the program, as reported by `/readyz`.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// The stage of the program. As JSON: `{"status":"migrating","done":1,"total":4,"revision":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(crate) enum Stage {
    /// The database is not at the head yet.
    Migrating {
        /// The number of revisions that have run.
        done: usize,
        /// The number of revisions to run, or 0 if it is not known yet.
        total: usize,
        /// The revision that is running, or an empty string before the first one.
        revision: String,
    },
    /// Photos are served.
    Ready,
    /// Photos are served, but no new ones are accepted until there is more free space.
    Full,
    /// Another process migrated the database to a revision that this program does not serve.
    Moved {
        /// The current revisions of the database.
        revisions: Vec<String>,
    },
    /// The database is no longer bound to the uploads folder of this program.
    Unbound,
    /// The program is stopping, and should not get further requests.
    Stopping,
}

/// The current stage, shared between the code that changes it and the code that reports it.
#[derive(Debug)]
pub(crate) struct Readiness {
    stage: Mutex<Stage>,
}

impl Readiness {
    /// Creates a stage before the first of `total` revisions.
    pub(crate) fn migrating(total: usize) -> Self {
        Self { stage: Mutex::new(Stage::Migrating { done: 0, total, revision: String::new() }) }
    }

    /// Returns the current stage.
    pub(crate) fn stage(&self) -> Stage {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the stage. A stopping program never becomes ready again.
    pub(crate) fn reach(&self, next: Stage) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if *stage != Stage::Stopping {
            *stage = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stopping_never_becomes_ready_again() {
        let readiness = Readiness::migrating(3);
        readiness.reach(Stage::Stopping);
        readiness.reach(Stage::Ready);
        assert_eq!(readiness.stage(), Stage::Stopping);
    }

    #[test]
    fn progress_is_told_in_flat_json() {
        let json = serde_json::to_string(&Readiness::migrating(3).stage());
        assert_eq!(json.ok().as_deref(), Some(r#"{"status":"migrating","done":0,"total":3,"revision":""}"#));
    }
}
