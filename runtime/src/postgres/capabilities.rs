//! Tests whether a server has the features that a run needs. Servers that speak PostgreSQL's
//! protocol differ, and their names and versions reveal little, so each feature is tried.

use aludel_core::script::postgres::{quoted, text_literal};

use super::session::{Session, is_true};
use crate::Error;

/// The action as named in error messages.
const ASKING: &str = "checking the server's capabilities";

/// The identifier of the current transaction.
pub(super) const TRANSACTION: &str = "pg_current_xact_id()::text";

impl Session<'_> {
    /// Checks that the server supports advisory locks, and that a rollback undoes schema changes.
    ///
    /// Call this inside the transaction of the run, after taking the lock. Sets these settings in
    /// the same round trip, and returns the identifier of the transaction.
    pub(super) fn check_capabilities(&self, settings: &[String]) -> Result<String, Error> {
        let refused = |missing| Error::NotCapable { missing };
        let probe = format!("{}.aludel_probe", quoted(&self.tables.schema));
        let mut statements = vec![
            "SAVEPOINT aludel_probe".to_owned(),
            format!("CREATE TABLE {probe} ()"),
            "ROLLBACK TO SAVEPOINT aludel_probe".to_owned(),
            "RELEASE SAVEPOINT aludel_probe".to_owned(),
        ];
        statements.extend_from_slice(settings);
        // A server may accept the function but lock nothing.
        statements.push(format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks \
                WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted), \
             to_regclass({}) IS NULL, {TRANSACTION}",
            text_literal(&probe)
        ));
        let rows = self.rows(ASKING, &statements.join("; "))?;
        let answers = rows.first();
        if !is_true(answers, 0) {
            return Err(refused("advisory locks (the lock was granted, but `pg_locks` does not show it)"));
        }
        if !is_true(answers, 1) {
            return Err(refused(
                "transactions that include `CREATE TABLE` (a rollback left the table in place)",
            ));
        }
        Ok(answers.and_then(|row| row.get(2)).unwrap_or_default().to_owned())
    }
}
