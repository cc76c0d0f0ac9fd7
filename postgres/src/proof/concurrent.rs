//! Runs the two halves of a proof at the same time: the one that checks the schemas, and the one with
//! rows.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aludel_core::chain::{Chain, Script};

use super::{Prover, Report};
use crate::scratch::ScratchError;

/// The words of statements that change what all databases of a server share.
const OF_SERVER: [&str; 8] =
    ["role", "user", "grant", "revoke", "reassign", "tablespace", "system", "subscription"];

/// Returns `true` if a script contains a word of a statement that changes what all databases of a
/// server share, such as roles. Two passes at the same time would then meet each other's changes.
pub(super) fn may_change_server(chain: &Chain) -> bool {
    let has_word = |sql: &str| {
        let text = sql.to_ascii_lowercase();
        let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').peekable();
        let mut is_group = false;
        while let Some(word) = words.next() {
            is_group |= ["create", "alter", "drop"].contains(&word) && words.peek() == Some(&"group");
            if is_group || OF_SERVER.contains(&word) || word.contains("replication") {
                return true;
            }
        }
        false
    };
    let sections = |script: &Script| {
        [&script.upgrade, &script.downgrade, &script.declared.sample].map(|one| has_word(&one.sql))
    };
    chain.scripts.iter().flat_map(sections).any(|has_word| has_word)
}

impl Prover<'_> {
    /// Checks the schemas, and meanwhile runs the chain with rows as if there were no error. If there
    /// is one, runs it again, because rows show no errors of scripts that have one already.
    pub(super) fn schemas_and_rows(&mut self) -> Result<(), ScratchError> {
        let mut rows = Prover { report: Report::default(), is_stopped: Arc::default(), ..self.clone() };
        let is_stopped = rows.is_stopped.clone();
        let found = std::thread::scope(|scope| {
            let running = scope.spawn(move || rows.with_rows().map(|()| rows));
            let schemas = self.schemas();
            let is_sound = schemas.is_ok() && !self.has_faults() && self.leaves.is_empty();
            is_stopped.store(!is_sound, Ordering::Relaxed);
            let rows = running.join();
            schemas?;
            // A panic of the other thread is one of this thread too.
            let rows = rows.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok::<_, ScratchError>(if is_sound { Some(rows?) } else { None })
        })?;
        let Some(Prover { faulty, report, .. }) = found else { return self.with_rows() };
        self.faulty = faulty;
        self.report.problems.extend(report.problems);
        self.report.counts.row_statements = report.counts.row_statements;
        self.report.counts.rows_changed = report.counts.rows_changed;
        Ok(())
    }
}
