//! Scratch databases on an existing server.
//!
//! The connection that creates a scratch database holds an advisory lock whose key is the name of
//! the database. If the lock is free, the process that created the database has ended. Advisory
//! locks belong to one database, so a comment on the scratch database names the database that has
//! the lock. Only databases with this comment are dropped.

use aludel_core::script::postgres::quoted;
use postgres::Client;

use super::{PREFIX, ScratchError};

/// The comment on a scratch database.
const COMMENT: &str = "scratch database of aludel, locked in ";

/// Locks the name of a database, before it is created.
pub(super) fn mark(admin: &mut Client, name: &str) -> Result<(), ScratchError> {
    admin.execute("SELECT pg_advisory_lock(hashtextextended($1::text, 0))", &[&name])?;
    Ok(())
}

/// Unlocks the name of a database, after it was dropped.
pub(super) fn unmark(admin: &mut Client, name: &str) -> Result<(), ScratchError> {
    admin.execute("SELECT pg_advisory_unlock(hashtextextended($1::text, 0))", &[&name])?;
    Ok(())
}

/// Writes the comment on a database.
pub(super) fn comment(admin: &mut Client, name: &str) -> Result<(), ScratchError> {
    let row = admin.query_one(
        "SELECT format('COMMENT ON DATABASE %I IS %L', $1::text, $2::text || current_database())",
        &[&name, &COMMENT],
    )?;
    Ok(admin.batch_execute(row.get(0))?)
}

/// Drops the databases whose process has ended. Keeps a database that somebody is connected to.
pub(super) fn drop_leftovers(admin: &mut Client) -> Result<(), ScratchError> {
    let rows = admin.query(
        "SELECT datname::text FROM pg_database \
         WHERE starts_with(datname, $1::text) \
         AND shobj_description(oid, 'pg_database') = $2::text || current_database()",
        &[&PREFIX, &COMMENT],
    )?;
    for row in rows {
        let name: String = row.get(0);
        let lock = "SELECT pg_try_advisory_lock(hashtextextended($1::text, 0))";
        if admin.query_one(lock, &[&name])?.get(0) {
            // Another process may have dropped it, or somebody may be connected to it.
            let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {}", quoted(&name)));
            unmark(admin, &name)?;
        }
    }
    Ok(())
}
