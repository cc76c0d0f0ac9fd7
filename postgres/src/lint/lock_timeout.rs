//! `missing-lock-timeout`

use aludel_core::chain::Script;
use aludel_core::plan::Direction;
use aludel_core::script::postgres::{OutsideStatement, tokens};

use super::finding::Finding;
use crate::Explanation;

pub(super) const LINT: Explanation = Explanation {
    code: "missing-lock-timeout",
    summary: "a statement waits for a lock without a limit, and all queries on its table wait behind it",
    explanation: "\
While a statement waits for a lock on a table, all later queries on the table wait behind it. A run
therefore limits how long each statement waits, by default to 5 seconds (`statement_lock_timeout`),
and retries. Scripts do not have to set `lock_timeout`. Two kinds of scripts have no limit: those
that remove it, and those outside a transaction, to which it does not apply.

    SET LOCAL lock_timeout = 0;

    -- Outside Transaction: it cannot run in one
    VACUUM FULL photos;

To fix it, remove the setting, or write `CONCURRENTLY`, so that the statement does not block others.
If nobody uses the table while the script runs, allow the lint.",
};

/// The help text for a statement that always blocks others.
const ALONE: &str = "run it while nobody uses the table, and allow the lint";

/// Returns a finding if a statement removes the limit that the run sets.
pub(super) fn removes_limit(statement: &str, limit: &str) -> Option<Finding> {
    let names_it = tokens(statement)
        .iter()
        .any(|token| token.name().or_else(|| token.value()).is_some_and(|name| name == "lock_timeout"));
    (names_it && limit == "0").then(|| Finding {
        lint: LINT,
        title: "the rest of this script waits for locks without a limit, and queries on the tables wait behind it"
            .to_owned(),
        help: "remove the setting: the run limits the waiting time and retries (`statement_lock_timeout`)".to_owned(),
    })
}

/// Returns a finding if a statement outside a transaction blocks others, because no limit applies
/// to it.
pub(super) fn outside(script: &Script) -> Option<Finding> {
    script.outside_transaction(Direction::Upgrade)?;
    let statement = script.upgrade.statements().next()?;
    let has = |word: &str| tokens(statement).iter().any(|token| token.is(word));
    let help = match OutsideStatement::parse(statement)? {
        OutsideStatement::Reindex { .. } if !has("CONCURRENTLY") => "write `REINDEX … CONCURRENTLY`",
        OutsideStatement::Cluster { .. } => ALONE,
        OutsideStatement::Vacuum if has("FULL") => ALONE,
        _ => return None,
    };
    Some(Finding {
        lint: LINT,
        title: "this statement waits for an exclusive lock without a limit, and all queries on the table wait behind it"
            .to_owned(),
        help: help.to_owned(),
    })
}
