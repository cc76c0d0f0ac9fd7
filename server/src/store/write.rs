//! Changes to the database.

use aludel::Table;
use aludel::rusqlite::{self, Connection, TransactionBehavior};

use crate::models::Photo;
use crate::photos::name::PhotoName;
use crate::uploads::image::Dimensions;
use crate::uploads::{ContentHash, Kind};

use super::photo::Original;
use super::read::Reader;
use super::value::Stamp;

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
    pub(crate) fn add(&mut self, photo: &NewPhoto<'_>) -> Result<bool, rusqlite::Error> {
        let row = photo.row();
        let sql = format!("{} ON CONFLICT (sha256, original_filename) DO NOTHING", Photo::INSERT);
        let added = self.connection.prepare_cached(&sql)?.execute(&*row.params())?;
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

impl NewPhoto<'_> {
    /// The row of the photo.
    ///
    /// The booleans have no default in the schema: Python wrote them, and its models do not read nulls.
    fn row(&self) -> Photo {
        let place = self.hash.place(self.kind);
        let no = Some(false);
        Photo {
            uuid: self.uuid.clone(),
            original_filename: self.name.as_str().to_owned(),
            date: Stamp(self.now.clone()),
            uploaded_at: Some(Stamp(self.now.clone())),
            content_type: Some(self.kind.content_type().to_owned()),
            file_size: i64::try_from(self.size).ok(),
            width: Some(self.dimensions.width.into()),
            height: Some(self.dimensions.height.into()),
            filename: place.file_name().map(|name| name.to_string_lossy().into_owned()),
            file_path: Some(self.hash.path_in_row(self.kind)),
            sha256: Some(self.hash.as_str().to_owned()),
            favorite: no,
            hidden: no,
            isphoto: no,
            ismovie: no,
            burst: no,
            live_photo: no,
            portrait: no,
            screenshot: no,
            slow_mo: no,
            time_lapse: no,
            hdr: no,
            selfie: no,
            panorama: no,
            intrash: no,
            ..Photo::default()
        }
    }
}
