//! Checks the schemas and runs the scripts with rows at the same time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aludel_core::chain::{Chain, Script};

use super::{Prover, Report};
use crate::scratch::ScratchError;

/// The words of statements that change the whole server.
const OF_SERVER: [&str; 8] =
    ["role", "user", "grant", "revoke", "reassign", "tablespace", "system", "subscription"];

/// Returns `true` if a script contains words that may change roles or other properties of the whole
/// server. Two passes at the same time would then affect each other.
pub(super) fn may_change_server(chain: &Chain) -> bool {
    let has_word = |sql: &str| {
        let text = sql.to_ascii_lowercase();
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let mut words = words.filter(|word| !word.is_empty()).peekable();
        while let Some(word) = words.next() {
            let next = words.peek().copied().unwrap_or_default();
            let is_of_server =
                ["create", "alter", "drop"].contains(&word) && ["group", "database"].contains(&next);
            if is_of_server
                || (word, next) == ("create", "extension")
                || OF_SERVER.contains(&word)
                || word.contains("replication")
            {
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
    /// Checks the schemas, and runs the chain with rows at the same time. If a script has an error,
    /// runs the chain with rows again, because that pass leaves out what needs such a script.
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
            // A panic of the other thread also ends this one.
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
