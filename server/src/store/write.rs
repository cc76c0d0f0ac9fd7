//! Changes to the database.

use aludel::rusqlite::{self, Connection, TransactionBehavior, params};

use crate::photos::name::PhotoName;
use crate::uploads::image::Dimensions;
use crate::uploads::{ContentHash, Kind};

use super::photo::Original;
use super::read::Reader;

/// The connection that changes things.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    connection: &'a mut Connection,
}

/// A photo that is about to get its row.
#[derive(Debug)]
pub(crate) struct NewPhoto<'a> {
    /// The id that it gets if it is new.
    pub(crate) uuid: String,
    /// Its client's name for it.
    pub(crate) name: &'a PhotoName,
    /// Its content.
    pub(crate) hash: &'a ContentHash,
    /// Its format.
    pub(crate) kind: Kind,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Its dimensions.
    pub(crate) dimensions: Dimensions,
    /// Now: `YYYY-MM-DD HH:MM:SS.ffffff`, in UTC.
    pub(crate) now: String,
}

impl<'a> Writer<'a> {
    /// Writes on this connection.
    pub(super) fn new(connection: &'a mut Connection) -> Self {
        Self { connection }
    }

    /// Asks on the same connection.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.connection)
    }

    /// Adds a photo, unless the same content is there under the same name; answers whether it was added.
    ///
    /// The booleans have no default in the schema: Python wrote them, and its models do not read nulls.
    pub(crate) fn add(&mut self, photo: &NewPhoto<'_>) -> Result<bool, rusqlite::Error> {
        let place = photo.hash.place(photo.kind);
        let filename = place.file_name().unwrap_or_default().to_string_lossy();
        let added = self
            .connection
            .prepare_cached(
                "INSERT INTO photos (uuid, original_filename, date, uploaded_at, content_type, file_size, width, height,
                     filename, file_path, sha256, favorite, hidden, isphoto, ismovie, burst, live_photo, portrait,
                     screenshot, slow_mo, time_lapse, hdr, selfie, panorama, intrash)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
                 ON CONFLICT (sha256, original_filename) DO NOTHING",
            )?
            .execute(params![
                photo.uuid,
                photo.name.as_str(),
                photo.now,
                photo.kind.content_type(),
                i64::try_from(photo.size).unwrap_or(i64::MAX),
                photo.dimensions.width,
                photo.dimensions.height,
                filename,
                photo.hash.path_in_row(photo.kind),
                photo.hash.as_str(),
            ])?;
        Ok(added == 1)
    }

    /// Deletes a photo and all that refers to it; answers what was its original, none if there was no such photo.
    pub(crate) fn delete(&mut self, uuid: &str) -> Result<Option<Original>, rusqlite::Error> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(original) = Reader::new(&transaction).original_of(uuid)? else {
            return Ok(None);
        };
        transaction.execute("DELETE FROM versions WHERE photo_uuid = ?1", [uuid])?;
        transaction.execute("DELETE FROM album_photos WHERE photo_uuid = ?1", [uuid])?;
        transaction.execute("DELETE FROM photos WHERE uuid = ?1", [uuid])?;
        transaction.commit()?;
        Ok(Some(original))
    }
}
