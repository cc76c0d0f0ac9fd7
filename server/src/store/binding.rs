//! The id of the uploads folder that a database is bound to, and the photos with a file there.
//!
//! These queries also work before a database is at the head. At a revision without these tables,
//! there is no id and there are no photos.

use std::path::Path;

use aludel::Table;
use aludel::rusqlite::{self, Connection, OptionalExtension};

use crate::models::{Photo, UploadsBinding};
use crate::uploads::{ContentHash, place_of_row};

use super::value::Stamp;
use super::write::Writer;

/// The key of the table's only row.
const SLOT: i64 = 1;

/// Returns the id of the folder that a database is bound to, or `None` if it was never bound.
pub(crate) fn binding_of(connection: &Connection) -> Result<Option<String>, rusqlite::Error> {
    if !has(connection, UploadsBinding::TABLE)? {
        return Ok(None);
    }
    let sql = "SELECT id FROM uploads_binding WHERE slot = ?1";
    connection.prepare_cached(sql)?.query_row([SLOT], |row| row.get(0)).optional()
}

/// Calls a function with the path of each photo that has a file in the uploads folder, according to
/// its row.
pub(crate) fn local_files<E: From<rusqlite::Error>>(
    connection: &Connection,
    mut each: impl FnMut(&Path) -> Result<(), E>,
) -> Result<(), E> {
    if !has(connection, Photo::TABLE)? {
        return Ok(());
    }
    let mut statement =
        connection.prepare("SELECT file_path FROM photos WHERE typeof(file_path) = 'text'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let file_path: String = row.get(0)?;
        if let Some(place) = place_of_row(&file_path) {
            each(place)?;
        }
    }
    Ok(())
}

/// Calls a function with each content hash, and the id and the name of one photo that has it.
pub(crate) fn hashed_photos<E: From<rusqlite::Error>>(
    connection: &Connection,
    mut each: impl FnMut(&ContentHash, &str, &str) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection.prepare(
        "SELECT sha256, min(uuid), original_filename FROM photos
         WHERE typeof(sha256) = 'text' GROUP BY sha256 ORDER BY sha256",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (hash, uuid, name): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some(hash) = ContentHash::parse(&hash) {
            each(&hash, &uuid, &name)?;
        }
    }
    Ok(())
}

impl Writer<'_> {
    /// Binds the database to the folder with this id.
    pub(crate) fn bind(&mut self, id: &str, now: String) -> Result<(), rusqlite::Error> {
        let row = UploadsBinding { slot: SLOT, id: id.to_owned(), bound_at: Stamp(now) };
        let sql = format!(
            "{} ON CONFLICT (slot) DO UPDATE SET id = excluded.id, bound_at = excluded.bound_at",
            UploadsBinding::INSERT
        );
        self.connection().execute(&sql, &*row.params())?;
        Ok(())
    }
}

fn has(connection: &Connection, table: &str) -> Result<bool, rusqlite::Error> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1)",
        [table],
        |row| row.get(0),
    )
}
