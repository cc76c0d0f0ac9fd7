//! The id of the uploads folder that a database is bound to, and the photos that have a file in it.
//!
//! These queries also work if a database is not at the head. At a revision that lacks one of the
//! tables, there is no id or there are no photos.

use std::path::Path;

use aludel::Table;
use aludel::rusqlite::params;

use crate::models::{Photo, UploadsBinding};
use crate::uploads::{ContentHash, place_of_row};

use super::connection::Connection;
use super::error::DatabaseError;
use super::value::Stamp;
use super::write::Writer;

/// The key of the table's only row.
const SLOT: i64 = 1;

/// Returns the id of the folder that a database is bound to, or `None` if it was never bound.
pub(crate) fn binding_of(connection: Connection<'_>) -> Result<Option<String>, DatabaseError> {
    if !has(connection, UploadsBinding::TABLE)? {
        return Ok(None);
    }
    let sql = "SELECT id FROM uploads_binding WHERE slot = ?1";
    connection.query_row(sql, params![SLOT], |row| row.get(0))
}

/// Returns the id like [`binding_of`], and locks its row until the transaction ends. On SQLite, a
/// transaction for writing is a lock.
pub(super) fn held_binding(connection: Connection<'_>) -> Result<Option<String>, DatabaseError> {
    let sql = connection.choose(
        "SELECT id FROM uploads_binding WHERE slot = ?1",
        "SELECT id FROM uploads_binding WHERE slot = ?1 FOR UPDATE",
    );
    connection.query_row(sql, params![SLOT], |row| row.get(0))
}

/// The key of the advisory lock, chosen at random.
const BINDING_LOCK: i64 = 0x5068_6f74_6f53_6166;

/// Keeps other servers that start from binding the same database, which may have no row to lock yet.
/// PostgreSQL releases the lock when the connection ends at the latest. On SQLite, the lock of the
/// uploads folder is enough.
pub(crate) fn lock_binding(connection: Connection<'_>) -> Result<(), DatabaseError> {
    if let Connection::Postgres(_) = connection {
        connection.execute("SELECT pg_advisory_lock(?1)", params![BINDING_LOCK])?;
    }
    Ok(())
}

/// Releases the lock of [`lock_binding`].
pub(crate) fn unlock_binding(connection: Connection<'_>) -> Result<(), DatabaseError> {
    if let Connection::Postgres(_) = connection {
        connection.execute("SELECT pg_advisory_unlock(?1)", params![BINDING_LOCK])?;
    }
    Ok(())
}

/// Binds the database to the place with this id.
pub(super) fn bind(connection: Connection<'_>, id: &str, now: String) -> Result<(), DatabaseError> {
    let row = UploadsBinding { slot: SLOT, id: id.to_owned(), bound_at: Stamp(now) };
    connection
        .insert(&row, "ON CONFLICT (slot) DO UPDATE SET id = excluded.id, bound_at = excluded.bound_at")?;
    Ok(())
}

/// Calls a function with the path of each photo whose row refers to a file in the uploads folder.
pub(crate) fn local_files<E: From<DatabaseError>>(
    connection: Connection<'_>,
    mut each: impl FnMut(&Path) -> Result<(), E>,
) -> Result<(), E> {
    if !has(connection, Photo::TABLE)? {
        return Ok(());
    }
    let sql = connection.choose(
        "SELECT file_path FROM photos WHERE typeof(file_path) = 'text'",
        "SELECT file_path FROM photos WHERE file_path IS NOT NULL",
    );
    connection.for_each(sql, &[], |row| {
        let file_path: String = row.get(0)?;
        place_of_row(&file_path).map_or(Ok(()), &mut each)
    })
}

/// Calls a function with each content hash, and with the id and name of one photo that has it.
pub(crate) fn hashed_photos<E: From<DatabaseError>>(
    connection: Connection<'_>,
    mut each: impl FnMut(&ContentHash, &str, &str) -> Result<(), E>,
) -> Result<(), E> {
    let sql = connection.choose(
        "SELECT sha256, min(uuid), original_filename FROM photos
         WHERE typeof(sha256) = 'text' GROUP BY sha256 ORDER BY sha256",
        "SELECT DISTINCT ON (sha256) sha256, uuid, original_filename FROM photos
         WHERE sha256 IS NOT NULL ORDER BY sha256, uuid",
    );
    connection.for_each(sql, &[], |row| {
        let (hash, uuid, name): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        ContentHash::parse(&hash).map_or(Ok(()), |hash| each(&hash, &uuid, &name))
    })
}

impl Writer<'_> {
    /// Binds the database to the place with this id, whatever it was bound to.
    pub(crate) fn bind(&mut self, id: &str, now: String) -> Result<(), DatabaseError> {
        bind(self.connection(), id, now)
    }
}

fn has(connection: Connection<'_>, table: &str) -> Result<bool, DatabaseError> {
    let sql = connection.choose(
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1)",
        "SELECT to_regclass(?1) IS NOT NULL",
    );
    connection.value(sql, params![table])
}
