//! How far the program has come, for `/readyz`.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// How far the program has come. As JSON: `{"status":"migrating","done":1,"total":4,"revision":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(crate) enum Stage {
    /// The database is not at the head yet.
    Migrating {
        /// Revisions that have run.
        done: usize,
        /// Revisions that have to run; 0 while that is not known.
        total: usize,
        /// The revision that runs now; empty before the first.
        revision: String,
    },
    /// Photos are served.
    Ready,
    /// Another process moved the database to another revision; this program no longer fits.
    Moved {
        /// Where it is now.
        revisions: Vec<String>,
    },
    /// The database is no longer bound to the uploads folder of this program.
    Unbound,
    /// No further work should be sent here.
    Stopping,
}

/// The stage, shared by whoever moves it and whoever tells it.
#[derive(Debug)]
pub(crate) struct Readiness {
    stage: Mutex<Stage>,
}

impl Readiness {
    /// Before the first of `total` revisions.
    pub(crate) fn migrating(total: usize) -> Self {
        Self { stage: Mutex::new(Stage::Migrating { done: 0, total, revision: String::new() }) }
    }

    /// The stage now.
    pub(crate) fn stage(&self) -> Stage {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Moves on. What is stopping never becomes ready again.
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
