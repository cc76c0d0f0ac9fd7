//! Runs the statements of a script, and locates the one that failed.

use aludel_core::chain::Script;
use aludel_core::plan::Direction;
use aludel_core::script::postgres::text_literal as literal;

use super::super::capabilities::TRANSACTION;
use super::super::error::{offset, words_of};
use super::super::session::{Session, milliseconds};
use crate::error::{RunningStatement, StatementFailure};
use crate::{DatabaseError, Error};

/// The action as named in error messages.
const SETTING: &str = "reading the settings of the session";

/// The settings that a run changes until the end of its transaction.
const OF_THE_RUN: [&str; 2] = ["lock_timeout", "statement_timeout"];

impl Session<'_> {
    /// Checks the server's capabilities, and sets the run's limits until the end of its transaction.
    /// Returns the transaction's identifier.
    pub(super) fn prepare_run(&self) -> Result<String, Error> {
        let limits = [self.runner.statement_lock_timeout, self.runner.statement_timeout].map(milliseconds);
        let set = |(name, limit)| format!("SET LOCAL {name} = {limit}");
        self.check_capabilities(&OF_THE_RUN.iter().zip(limits).map(set).collect::<Vec<_>>())
    }

    /// Returns the identifier of the current transaction.
    pub(super) fn transaction(&self) -> Result<String, Error> {
        let rows = self.rows("reading the transaction", &format!("SELECT {TRANSACTION}"))?;
        Ok(rows.first().and_then(|row| row.get(0)).unwrap_or_default().to_owned())
    }

    /// Runs one direction of a script inside the transaction of the run.
    pub(super) fn run_script(&self, script: &Script, direction: Direction) -> Result<(), Error> {
        let section = script.section(direction);
        // `SET LOCAL` lasts until the end of the transaction, which all scripts share.
        let may_set = section.sql.to_ascii_lowercase().contains("set");
        let before = if may_set { self.settings()? } else { Vec::new() };
        for (number, statement) in section.statements().enumerate() {
            self.runner.stop_if_interrupted()?;
            let place = RunningStatement { script, direction, section, number };
            self.run(statement).map_err(|source| failed(place, source))?;
        }
        if may_set { self.restore(&before) } else { Ok(()) }
    }

    /// Returns the settings that differ from the server's settings, with their values.
    fn settings(&self) -> Result<Vec<(String, String)>, Error> {
        let sql = "SELECT name, current_setting(name) FROM pg_catalog.pg_settings WHERE source = 'session' \
             UNION ALL SELECT 'role', current_setting('role') ORDER BY 1";
        let rows = self.query(SETTING, sql, &[])?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Restores the settings that a script changed, so that the next script starts with the
    /// session's settings.
    fn restore(&self, before: &[(String, String)]) -> Result<(), Error> {
        let after = self.settings()?;
        let mut sql = Vec::new();
        for (name, value) in before.iter().filter(|setting| !after.contains(setting)) {
            let is_of_run = OF_THE_RUN.contains(&name.as_str());
            sql.push(format!("SELECT set_config({}, {}, {is_of_run});", literal(name), literal(value)));
        }
        for (name, _) in after.iter().filter(|(name, _)| !before.iter().any(|(known, _)| known == name)) {
            sql.push(format!("RESET {name};"));
        }
        if sql.is_empty() {
            return Ok(());
        }
        self.execute("restoring the settings of the session", &sql.concat())
    }
}

/// Creates the error for a statement that the server rejected.
pub(super) fn failed(place: RunningStatement<'_>, source: postgres::Error) -> Error {
    Error::Failed(Box::new(failure(place, words_of(&source), source)))
}

/// Creates a failure at the position to which the server's error points.
pub(super) fn failure(
    place: RunningStatement<'_>,
    message: String,
    source: postgres::Error,
) -> StatementFailure {
    let text = place.section.statements().nth(place.number).unwrap_or_default();
    let offset = source.as_db_error().and_then(|error| offset(text, error));
    place.failure(message, Some(DatabaseError::from(source)), offset)
}
