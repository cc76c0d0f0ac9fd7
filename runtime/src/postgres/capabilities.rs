//! Tests whether a server has the features that a run needs. Servers that speak PostgreSQL's
//! protocol differ, and their names and versions reveal little, so each feature is tried.

use aludel_core::script::postgres::{quoted, text_literal};

use super::session::{Session, is_true};
use crate::Error;

/// The action as named in error messages.
const ASKING: &str = "checking the server's capabilities";

impl Session<'_> {
    /// Checks that the server supports advisory locks, and that a rollback undoes schema changes.
    ///
    /// Call this inside the transaction of the run, after taking the lock.
    pub(super) fn check_capabilities(&self) -> Result<(), Error> {
        let refused = |missing| Error::NotCapable { missing };
        // A server may accept the function but lock nothing.
        let held = "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks \
             WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted)";
        let probe = format!("{}.aludel_probe", quoted(&self.tables.schema));
        let create = format!(
            "SAVEPOINT aludel_probe; CREATE TABLE {probe} (); ROLLBACK TO SAVEPOINT aludel_probe; RELEASE SAVEPOINT aludel_probe"
        );
        let is_gone = format!("SELECT to_regclass({}) IS NULL", text_literal(&probe));
        let answers = self.rows(ASKING, &[held, &create, &is_gone].join("; "))?;
        if !is_true(answers.first()) {
            return Err(refused("advisory locks (the lock was granted, but `pg_locks` does not show it)"));
        }
        if !is_true(answers.get(1)) {
            return Err(refused(
                "transactions that include `CREATE TABLE` (a rollback left the table in place)",
            ));
        }
        Ok(())
    }
}
