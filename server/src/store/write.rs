//! Changes to the database.

use aludel::rusqlite::params;
use jiff::civil::DateTime;

use crate::actor::Actor;
use crate::error::Error;
use crate::models::Photo;
use crate::photos::name::PhotoName;
use crate::uploads::image::Inspected;
use crate::uploads::{ContentHash, Kind};

use super::binding::{bind, held_binding};
use super::changes::purge;
use super::connection::{Connection, Transaction, WritingConnection};
use super::error::DatabaseError;
use super::jobs::{Task, ThumbnailState, add_job};
use super::photo::Original;
use super::read::Reader;
use super::stamp;
use super::value::{Json, Stamp};

/// A connection for changes.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    connection: WritingConnection<'a>,
}

/// A transaction that adds photos. While it is open, no process removes an original.
#[derive(Debug)]
pub(crate) struct Adding<'a>(Transaction<'a>);

/// A transaction during which originals without a photo are removed. While it is open, no process
/// adds a photo, so a file that no row refers to will not get one.
#[derive(Debug)]
pub(crate) struct Removing<'a>(Transaction<'a>);

/// A photo that will be added.
#[derive(Debug)]
pub(crate) struct NewPhoto<'a> {
    /// Its owner.
    pub(crate) owner: Actor,
    /// The id that the photo gets if it is new.
    pub(crate) uuid: String,
    /// The name that the client chose.
    pub(crate) name: &'a PhotoName,
    /// The hash of its content.
    pub(crate) hash: &'a ContentHash,
    /// Its format.
    pub(crate) kind: Kind,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Its dimensions and metadata.
    pub(crate) inspected: &'a Inspected,
    /// The current time, in UTC.
    pub(crate) now: DateTime,
}

impl<'a> Writer<'a> {
    /// Creates a writer on this connection.
    pub(crate) fn new(connection: WritingConnection<'a>) -> Self {
        Self { connection }
    }

    /// Begins a transaction for writing.
    pub(super) fn transaction(&mut self) -> Result<Transaction<'_>, DatabaseError> {
        self.connection.transaction()
    }

    /// Returns the connection.
    pub(super) fn connection(&self) -> Connection<'_> {
        self.connection.connection()
    }

    /// Returns a reader on the same connection.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.connection())
    }

    /// Begins a transaction that adds photos. Returns an error if the database is no longer bound
    /// to the place with this id, because its files would be missing there.
    pub(crate) fn adding(&mut self, binding: &str) -> Result<Adding<'_>, Error> {
        Ok(Adding(self.bound(binding)?))
    }

    /// Begins a transaction during which originals are removed. Returns an error if the database is
    /// no longer bound to the place with this id.
    pub(crate) fn removing(&mut self, binding: &str) -> Result<Removing<'_>, Error> {
        Ok(Removing(self.bound(binding)?))
    }

    /// Begins a transaction that locks the row of the binding, so there is one at a time. Its queries
    /// see what the one before committed.
    fn bound(&mut self, binding: &str) -> Result<Transaction<'_>, Error> {
        let transaction = self.transaction()?;
        let found = held_binding(transaction.connection())?;
        if found.as_deref() == Some(binding) { Ok(transaction) } else { Err(Error::Moved) }
    }

    /// Restores the content hashes of rows that lost them, in one transaction. Returns the number
    /// of restored rows.
    ///
    /// A downgrade drops the column, and the next upgrade adds it back empty. A row does not get
    /// its hash back if another row already has the same content under the same name.
    pub(crate) fn restore_hashes(&mut self, rows: &[(String, ContentHash)]) -> Result<usize, DatabaseError> {
        let transaction = self.transaction()?;
        let mut restored = 0;
        for (uuid, hash) in rows {
            restored += transaction.connection().execute(
                "UPDATE photos SET sha256 = ?2 WHERE uuid = ?1 AND sha256 IS NULL AND NOT EXISTS (
                     SELECT 1 FROM photos AS other
                     WHERE other.owner_id = photos.owner_id AND other.sha256 = ?2
                       AND other.original_filename = photos.original_filename)",
                params![uuid, hash.as_str()],
            )?;
        }
        transaction.commit()?;
        Ok(restored)
    }
}

impl Removing<'_> {
    /// Returns the connection of the transaction.
    pub(crate) fn connection(&self) -> Connection<'_> {
        self.0.connection()
    }

    /// Returns a reader in the transaction.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.connection())
    }

    /// Deletes photos in the user's trash, and all rows that refer to them. Returns the originals.
    pub(crate) fn purge(self, actor: Actor, uuids: &[String]) -> Result<Vec<Original>, DatabaseError> {
        let purged = purge(self.0.connection(), actor, uuids)?;
        self.0.commit()?;
        Ok(purged)
    }

    /// Binds the database to another place, once the transaction is committed.
    pub(crate) fn bind(&self, id: &str, now: String) -> Result<(), DatabaseError> {
        bind(self.0.connection(), id, now)
    }

    /// Commits the changes.
    pub(crate) fn commit(self) -> Result<(), DatabaseError> {
        self.0.commit()
    }
}

impl Adding<'_> {
    /// Returns a reader that sees the added photos.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.0.connection())
    }

    /// Adds a photo, unless the same content exists under the same name. Returns `true` if it was
    /// added.
    ///
    /// In either case, the name now refers to this content: an existing photo becomes the newest
    /// with its name, and is moved back from the trash.
    pub(crate) fn add(&self, photo: &NewPhoto<'_>) -> Result<bool, DatabaseError> {
        let (connection, reader) = (self.0.connection(), self.reader());
        let newest = reader.original_named(photo.owner, photo.name.as_str())?;
        let there = reader.uuid_of(photo.owner, photo.hash, photo.name.as_str())?;
        let latest = newest.as_ref().and_then(|newest| newest.uploaded_at.as_deref());
        let now = stamp::after(photo.now, latest);
        match &there {
            None => {
                let state = photo.thumbnail_state(connection)?;
                let row =
                    Photo { thumbnail_state: Some(state.name().to_owned()), ..photo.row(stamp::text(now)) };
                connection.insert(&row, "")?;
                if state == ThumbnailState::Pending {
                    add_job(connection, &photo.uuid, Task::Thumbnails, photo.now)?;
                }
            }
            Some(uuid) if newest.is_none_or(|newest| newest.uuid != *uuid) => {
                connection.execute(
                    "UPDATE photos SET uploaded_at = ?2, intrash = FALSE, deleted_at = NULL WHERE uuid = ?1",
                    params![uuid, stamp::text(now)],
                )?;
            }
            Some(_) => {}
        }
        Ok(there.is_none())
    }

    /// Commits the added photos. Without this call, none is stored.
    pub(crate) fn commit(self) -> Result<(), DatabaseError> {
        self.0.commit()
    }
}

impl NewPhoto<'_> {
    /// Returns the state of the thumbnails, which may already exist, because another photo may have
    /// the same content.
    fn thumbnail_state(&self, connection: Connection<'_>) -> Result<ThumbnailState, DatabaseError> {
        if self.kind.decoder().is_none() {
            return Ok(ThumbnailState::None);
        }
        let is_ready = Reader::new(connection).has_thumbnails(self.hash)?;
        Ok(if is_ready { ThumbnailState::Ready } else { ThumbnailState::Pending })
    }

    /// Returns the row of the photo.
    ///
    /// The booleans are set explicitly. The schema has no default for them, and PhotoSafe's Python
    /// models do not accept nulls.
    fn row(&self, now: String) -> Photo {
        let place = self.hash.place(self.kind);
        let no = Some(false);
        let Inspected { dimensions, metadata } = self.inspected;
        let size = i64::try_from(self.size).ok();
        let (latitude, longitude) = metadata.position.unzip();
        Photo {
            uuid: self.uuid.clone(),
            owner_id: Some(self.owner.user),
            original_filename: self.name.as_str().to_owned(),
            date: Stamp(metadata.taken.map_or_else(|| now.clone(), stamp::text)),
            date_offset: metadata.offset.clone(),
            camera: metadata.camera.clone(),
            latitude,
            longitude,
            exif: metadata.details.clone().map(Json),
            orientation: metadata.orientation.map(Into::into),
            uploaded_at: Some(Stamp(now)),
            content_type: Some(self.kind.content_type().to_owned()),
            file_size: size,
            size,
            width: Some(dimensions.width.into()),
            height: Some(dimensions.height.into()),
            filename: place.file_name().map(|name| name.to_string_lossy().into_owned()),
            file_path: Some(self.hash.path_in_row(self.kind)),
            sha256: Some(self.hash.as_str().to_owned()),
            favorite: no,
            hidden: no,
            isphoto: Some(true),
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
