//! Database queries.

use std::collections::BTreeMap;

use aludel::Table;
use aludel::rusqlite::types::{ToSql, Value};
use aludel::rusqlite::{self, params};

use crate::actor::Actor;
use crate::models::{Photo, Version};
use crate::uploads::{ContentHash, Kind};

use super::changes::as_json;
use super::connection::{Connection, Row};
use super::error::DatabaseError;
use super::jobs::ThumbnailState;
use super::links::Links;
use super::photo::{Original, Shown};
use super::rows::Model;

/// A connection for queries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    connection: Connection<'a>,
}

/// A place in the list of a user's photos: the date and the id of the photo before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    date: Value,
    uuid: Value,
}

/// A photo that lost its content hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    /// The photo's id.
    pub(crate) uuid: String,
    /// The path of the file, according to its row.
    pub(crate) file_path: String,
    /// The length of the file, if known.
    pub(crate) size: Option<u64>,
}

/// The condition for the photos in a user's list.
const LISTED: &str = "owner_id = ?1 AND NOT coalesce(hidden, FALSE) AND NOT coalesce(intrash, FALSE)";

impl<'a> Reader<'a> {
    /// Returns the connection.
    pub(super) fn connection(self) -> Connection<'a> {
        self.connection
    }

    /// Creates a reader on this connection.
    pub(crate) fn new(connection: Connection<'a>) -> Self {
        Self { connection }
    }

    /// Returns the user's photo with this id, or `None` if there is none.
    pub(crate) fn photo(self, actor: Actor, uuid: &str) -> Result<Option<Shown>, DatabaseError> {
        let sql = format!("SELECT {} FROM photos WHERE uuid = ?2 AND owner_id = ?1", Photo::SELECT);
        let photo = self.connection.query_row(&sql, params![actor.user, uuid], Model::from_columns)?;
        Ok(self.with_versions(photo.into_iter().collect())?.pop())
    }

    /// Returns a page of the user's photos, newest date first, without photos that are hidden or in
    /// the trash. Skips a number of photos, from the start or after a place. Omits rows that cannot
    /// be read.
    pub(crate) fn page(
        self,
        actor: Actor,
        after: Option<&Place>,
        skip: i64,
        limit: i64,
    ) -> Result<Vec<Shown>, DatabaseError> {
        // The first condition is redundant, but the database can use an index for it.
        let (condition, place) = match after {
            Some(Place { date, uuid }) => {
                ("AND date <= ?4 AND (date < ?4 OR uuid > ?5)", vec![date as &dyn ToSql, uuid])
            }
            None => ("", Vec::new()),
        };
        let sql = format!(
            "SELECT {} FROM photos WHERE {LISTED} {condition} ORDER BY date DESC, uuid LIMIT ?3 OFFSET ?2",
            Photo::SELECT
        );
        let params = [params![actor.user, skip, limit], &place].concat();
        let photos = self.connection.query(&sql, &params, readable::<Photo>)?;
        self.with_versions(photos.into_iter().flatten().collect())
    }

    /// Returns every `step`-th place of the list that [`Self::page`] returns.
    pub(crate) fn places(self, actor: Actor, step: usize) -> Result<Vec<Place>, DatabaseError> {
        let sql = format!("SELECT date, uuid FROM photos WHERE {LISTED} ORDER BY date DESC, uuid");
        let (mut places, mut count) = (Vec::new(), 0);
        self.connection.for_each(&sql, params![actor.user], |row| {
            count += 1;
            if count % step == 0 {
                places.push(Place { date: row.get(0)?, uuid: row.get(1)? });
            }
            Ok::<_, DatabaseError>(())
        })?;
        Ok(places)
    }

    /// Returns the original of the user's photo with this id, or `None` if there is none.
    pub(crate) fn original_of(self, actor: Actor, uuid: &str) -> Result<Option<Original>, DatabaseError> {
        let sql = format!("SELECT {} FROM photos WHERE uuid = ?2 AND owner_id = ?1", Original::COLUMNS);
        self.connection.query_row(&sql, params![actor.user, uuid], Original::from_row)
    }

    /// Returns the originals of the user's photos with these ids, in the order of the ids.
    pub(crate) fn originals(self, actor: Actor, uuids: &[String]) -> Result<Vec<Original>, DatabaseError> {
        let sql = format!(
            "SELECT {} FROM json_each(?2) JOIN photos ON photos.uuid = value
             WHERE owner_id = ?1 ORDER BY key",
            Original::COLUMNS
        );
        self.connection.query(&sql, params![actor.user, as_json(uuids)], Original::from_row)
    }

    /// Returns the originals in one of the user's albums, in order, without photos that are hidden
    /// or in the trash.
    pub(crate) fn originals_in(self, actor: Actor, album: &str) -> Result<Vec<Original>, DatabaseError> {
        let sql = format!(
            "SELECT {} FROM album_photos JOIN photos ON photos.uuid = photo_uuid
             WHERE album_uuid = ?2 AND owner_id = ?1 AND NOT coalesce(hidden, FALSE) AND NOT coalesce(intrash, FALSE)
             ORDER BY position, uuid",
            Original::COLUMNS
        );
        self.connection.query(&sql, params![actor.user, album], Original::from_row)
    }

    /// Returns the original of the user's newest photo with this name that is not in the trash, or
    /// `None` if there is none.
    pub(crate) fn original_named(self, actor: Actor, name: &str) -> Result<Option<Original>, DatabaseError> {
        let sql = format!(
            "SELECT {} FROM photos WHERE owner_id = ?1 AND original_filename = ?2 AND NOT coalesce(intrash, FALSE)
             ORDER BY uploaded_at DESC NULLS LAST, {} DESC LIMIT 1",
            Original::COLUMNS,
            self.connection.choose("rowid", "uuid"),
        );
        self.connection.query_row(&sql, params![actor.user, name], Original::from_row)
    }

    /// Returns the id of the user's photo with this content and name, or `None` if there is none.
    pub(crate) fn uuid_of(
        self,
        actor: Actor,
        hash: &ContentHash,
        name: &str,
    ) -> Result<Option<String>, DatabaseError> {
        self.connection.query_row(
            "SELECT uuid FROM photos WHERE owner_id = ?1 AND sha256 = ?2 AND original_filename = ?3",
            params![actor.user, hash.as_str(), name],
            |row| row.get(0),
        )
    }

    /// Returns `true` if the user has a photo with this content, under any name.
    pub(crate) fn has_content(self, actor: Actor, hash: &ContentHash) -> Result<bool, DatabaseError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM photos WHERE owner_id = ?1 AND sha256 = ?2)";
        self.connection.value(sql, params![actor.user, hash.as_str()])
    }

    /// Returns `true` if any user's photo has this content.
    ///
    /// For a row without a hash, its path decides: a downgrade followed by an upgrade loses the
    /// hashes, but not the photos.
    pub(crate) fn names(self, hash: &ContentHash) -> Result<bool, DatabaseError> {
        let paths = serde_json::Value::from(Kind::ALL.map(|kind| hash.path_in_row(kind)).to_vec());
        self.connection.value(
            "SELECT EXISTS (SELECT 1 FROM photos WHERE sha256 = ?1)
                 OR EXISTS (SELECT 1 FROM photos WHERE sha256 IS NULL AND file_path IN (SELECT value FROM json_each(?2)))",
            params![hash.as_str(), paths.to_string()],
        )
    }

    /// Returns photos without a content hash whose file may be at the path of its content. They are
    /// ordered by id and follow `after`.
    pub(crate) fn without_hash(self, after: &str, limit: i64) -> Result<Vec<Lost>, DatabaseError> {
        let sql = self.connection.choose(
            "SELECT uuid, file_path, CASE typeof(file_size) WHEN 'integer' THEN file_size END FROM photos
             WHERE sha256 IS NULL AND uuid > ?1 AND typeof(uuid) = 'text'
               AND typeof(file_path) = 'text' AND length(file_path) > 64
             ORDER BY uuid LIMIT ?2",
            "SELECT uuid, file_path, file_size FROM photos
             WHERE sha256 IS NULL AND uuid > ?1 AND length(file_path) > 64
             ORDER BY uuid LIMIT ?2",
        );
        self.connection.query(sql, params![after, limit], |row| {
            let size: Option<i64> = row.get(2)?;
            let size = size.and_then(|size| size.try_into().ok());
            Ok(Lost { uuid: row.get(0)?, file_path: row.get(1)?, size })
        })
    }

    /// Returns `true` if any photo's row refers to the file at this path.
    pub(crate) fn names_path(self, file_path: &str) -> Result<bool, DatabaseError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM photos WHERE file_path = ?1)";
        self.connection.value(sql, params![file_path])
    }

    /// Adds the versions of all photos with one query.
    fn with_versions(self, photos: Vec<Photo>) -> Result<Vec<Shown>, DatabaseError> {
        let wanted: serde_json::Value = photos.iter().map(|photo| photo.uuid.as_str()).collect();
        let sql = format!(
            "SELECT {} FROM versions WHERE photo_uuid IN (SELECT value FROM json_each(?1)) ORDER BY id",
            Version::SELECT
        );
        let found = self.connection.query(&sql, params![wanted.to_string()], readable::<Version>)?;
        let mut versions: BTreeMap<Option<String>, Vec<Version>> = BTreeMap::new();
        for version in found.into_iter().flatten() {
            versions.entry(version.photo_uuid.clone()).or_default().push(version);
        }
        let shown = photos.into_iter().map(|mut photo| {
            let versions = versions.remove(&Some(photo.uuid.clone()));
            let links = Links::below("/api/photos", &photo.uuid, photo.sha256.as_deref());
            photo.thumbnail_state.get_or_insert_with(|| ThumbnailState::None.name().to_owned());
            Shown { photo, links, versions }
        });
        Ok(shown.collect())
    }
}

fn readable<T: Model>(row: Row<'_>) -> Result<Option<T>, DatabaseError> {
    unless_unreadable(row, T::TABLE, T::from_columns(row))
}

/// Returns a row for a list, or `None` if the row does not fit its model.
///
/// SQLite stores any value in any column, and other programs have written to these tables too. If a
/// row does not fit, it is logged and omitted, so that the others are shown.
pub(super) fn unless_unreadable<T>(
    row: Row<'_>,
    table: &str,
    read: Result<T, DatabaseError>,
) -> Result<Option<T>, DatabaseError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(
            error @ DatabaseError::Sqlite(
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..),
            ),
        ) => {
            tracing::error!(table, key = row.key(), %error, "a row cannot be read and was omitted");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
