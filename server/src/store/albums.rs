//! Albums and the links that share them.

use aludel::rusqlite::params;
use serde::Serialize;

use crate::actor::Actor;
use crate::json::Change;
use crate::models::{Album, Share};

use super::changes::as_json;
use super::connection::{Connection, Row};
use super::error::DatabaseError;
use super::links::Links;
use super::read::Reader;
use super::value::Stamp;
use super::write::Writer;

/// An album as it is returned to clients.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ShownAlbum {
    pub(crate) uuid: String,
    pub(crate) title: String,
    description: Option<String>,
    cover: Option<String>,
    #[serde(flatten)]
    cover_links: Option<CoverLinks>,
    count: i64,
    creation_date: Option<Stamp>,
    start_date: Option<Stamp>,
    end_date: Option<Stamp>,
}

/// The addresses of a cover.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct CoverLinks {
    cover_url: Option<String>,
}

/// New values for an album. `None` keeps the old value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AlbumChanges {
    pub(crate) title: Option<String>,
    pub(crate) description: Change<String>,
    pub(crate) cover: Change<String>,
    /// All photos, in order. Skips photos that the user does not have.
    pub(crate) photos: Option<Vec<String>>,
}

/// A link that shares an album, without its secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ShownShare {
    id: i64,
    created_at: Stamp,
    expires_at: Stamp,
}

/// The visible photos of an album, for use in subqueries.
const MEMBERS: &str = "album_photos JOIN photos ON photos.uuid = album_photos.photo_uuid
    WHERE album_photos.album_uuid = albums.uuid AND photos.owner_id = albums.owner_id
      AND NOT coalesce(photos.hidden, FALSE) AND NOT coalesce(photos.intrash, FALSE)";

impl ShownAlbum {
    fn select() -> String {
        format!(
            "SELECT albums.uuid, albums.title, albums.description, albums.creation_date,
                 coalesce(albums.start_date, (SELECT min(photos.date) FROM {MEMBERS})),
                 coalesce(albums.end_date, (SELECT max(photos.date) FROM {MEMBERS})),
                 (SELECT count(*) FROM {MEMBERS}), cover.uuid, cover.sha256
             FROM albums LEFT JOIN photos AS cover ON cover.uuid = coalesce(
                 (SELECT photos.uuid FROM {MEMBERS} AND photos.uuid = albums.cover_uuid),
                 (SELECT photos.uuid FROM {MEMBERS} ORDER BY album_photos.position, photos.uuid LIMIT 1))"
        )
    }

    fn from_row(row: Row<'_>) -> Result<Self, DatabaseError> {
        let (cover, hash): (Option<String>, Option<String>) = (row.get(7)?, row.get(8)?);
        let cover_url =
            cover.as_deref().and_then(|cover| Links::below("/api/photos", cover, hash.as_deref()).thumbnail);
        Ok(Self {
            uuid: row.get(0)?,
            title: row.get(1)?,
            description: row.get(2)?,
            creation_date: row.get(3)?,
            start_date: row.get(4)?,
            end_date: row.get(5)?,
            count: row.get(6)?,
            cover,
            cover_links: Some(CoverLinks { cover_url }),
        })
    }

    /// Removes data that is useful only with an account.
    pub(crate) fn for_strangers(self) -> Self {
        Self { cover_links: None, ..self }
    }
}

impl Reader<'_> {
    /// Returns the user's albums.
    pub(crate) fn albums(self, actor: Actor) -> Result<Vec<ShownAlbum>, DatabaseError> {
        let sql =
            format!("{} WHERE albums.owner_id = ?1 ORDER BY albums.title, albums.uuid", ShownAlbum::select());
        self.connection().query(&sql, params![actor.user], ShownAlbum::from_row)
    }

    /// Returns the user's album with this id, or `None` if there is none.
    pub(crate) fn album(self, actor: Actor, uuid: &str) -> Result<Option<ShownAlbum>, DatabaseError> {
        let sql = format!("{} WHERE albums.owner_id = ?1 AND albums.uuid = ?2", ShownAlbum::select());
        self.connection().query_row(&sql, params![actor.user, uuid], ShownAlbum::from_row)
    }

    /// Returns `true` if an album with this id exists, whoever owns it.
    pub(crate) fn has_album(self, uuid: &str) -> Result<bool, DatabaseError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM albums WHERE uuid = ?1)";
        self.connection().value(sql, params![uuid])
    }

    /// Returns `true` if a photo is in an album and is visible.
    pub(crate) fn is_in_album(self, album: &str, photo: &str) -> Result<bool, DatabaseError> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM albums WHERE uuid = ?1
                 AND EXISTS (SELECT 1 FROM {MEMBERS} AND photos.uuid = ?2))"
        );
        self.connection().value(&sql, params![album, photo])
    }

    /// Returns the links that share a user's album, newest first.
    pub(crate) fn shares(self, actor: Actor, album: &str) -> Result<Vec<ShownShare>, DatabaseError> {
        self.connection().query(
            "SELECT shares.id, created_at, expires_at FROM shares JOIN albums ON albums.uuid = shares.album_uuid
             WHERE albums.owner_id = ?1 AND albums.uuid = ?2 ORDER BY shares.id DESC",
            params![actor.user, album],
            |row| Ok(ShownShare { id: row.get(0)?, created_at: row.get(1)?, expires_at: row.get(2)? }),
        )
    }

    /// Returns the album that a link shares, and the album's owner. Returns `None` if there is no
    /// valid link with this hash.
    pub(crate) fn shared(self, hash: &str, now: &str) -> Result<Option<(String, Actor)>, DatabaseError> {
        self.connection().query_row(
            "SELECT albums.uuid, albums.owner_id FROM shares
             JOIN albums ON albums.uuid = shares.album_uuid JOIN users ON users.id = albums.owner_id
             WHERE shares.hash = ?1 AND shares.expires_at > ?2 AND coalesce(users.is_active, TRUE)",
            params![hash, now],
            |row| Ok((row.get(0)?, Actor { user: row.get(1)?, token: 0 })),
        )
    }
}

impl Writer<'_> {
    /// Adds an album with photos, in order. Skips photos that the user does not have.
    pub(crate) fn add_album(
        &mut self,
        actor: Actor,
        album: Album,
        photos: &[String],
    ) -> Result<(), DatabaseError> {
        let transaction = self.transaction()?;
        let album = Album { owner_id: Some(actor.user), ..album };
        transaction.connection().insert(&album, "")?;
        append(transaction.connection(), actor, &album.uuid, photos)?;
        transaction.commit()
    }

    /// Changes one of the user's albums. Returns `false` if there is none with this id.
    pub(crate) fn change_album(
        &mut self,
        actor: Actor,
        uuid: &str,
        changes: &AlbumChanges,
    ) -> Result<bool, DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        let AlbumChanges { title, description, cover, photos } = changes;
        let found = connection.execute(
            "UPDATE albums SET title = coalesce(?3, title),
                 description = CASE WHEN ?4 THEN ?5 ELSE description END,
                 cover_uuid = CASE WHEN ?6 THEN ?7 ELSE cover_uuid END
             WHERE uuid = ?1 AND owner_id = ?2",
            params![
                uuid,
                actor.user,
                title,
                matches!(description, Change::Set(_)),
                description.value(),
                matches!(cover, Change::Set(_)),
                cover.value(),
            ],
        )?;
        if let (1.., Some(photos)) = (found, photos) {
            connection.execute("DELETE FROM album_photos WHERE album_uuid = ?1", params![uuid])?;
            append(connection, actor, uuid, photos)?;
        }
        transaction.commit()?;
        Ok(found > 0)
    }

    /// Appends some of the user's photos to one of the user's albums. Returns the number of added
    /// photos, or `None` if there is no album with this id.
    pub(crate) fn add_to_album(
        &mut self,
        actor: Actor,
        uuid: &str,
        photos: &[String],
    ) -> Result<Option<usize>, DatabaseError> {
        self.change_photos(actor, uuid, |connection| append(connection, actor, uuid, photos))
    }

    /// Removes photos from one of the user's albums. Returns the number of removed photos, or
    /// `None` if there is no album with this id.
    pub(crate) fn remove_from_album(
        &mut self,
        actor: Actor,
        uuid: &str,
        photos: &[String],
    ) -> Result<Option<usize>, DatabaseError> {
        self.change_photos(actor, uuid, |connection| {
            connection.execute(
                "DELETE FROM album_photos WHERE album_uuid = ?1 AND photo_uuid IN (SELECT value FROM json_each(?2))",
                params![uuid, as_json(photos)],
            )
        })
    }

    /// Changes which photos are in one of the user's albums. Returns the number of changes, or
    /// `None` if there is no album with this id.
    fn change_photos(
        &mut self,
        actor: Actor,
        uuid: &str,
        change: impl FnOnce(Connection<'_>) -> Result<usize, DatabaseError>,
    ) -> Result<Option<usize>, DatabaseError> {
        let transaction = self.transaction()?;
        if !lock(transaction.connection(), actor, uuid)? {
            return Ok(None);
        }
        let changed = change(transaction.connection())?;
        transaction.commit()?;
        Ok(Some(changed))
    }

    /// Deletes one of the user's albums and its links, but not its photos. Returns `false` if there
    /// is no album with this id.
    pub(crate) fn delete_album(&mut self, actor: Actor, uuid: &str) -> Result<bool, DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        let deleted = connection
            .execute("DELETE FROM albums WHERE uuid = ?1 AND owner_id = ?2", params![uuid, actor.user])?;
        if deleted > 0 {
            connection.execute("DELETE FROM album_photos WHERE album_uuid = ?1", params![uuid])?;
            connection.execute("DELETE FROM shares WHERE album_uuid = ?1", params![uuid])?;
        }
        transaction.commit()?;
        Ok(deleted > 0)
    }

    /// Adds a link that shares an album, and removes expired ones. Returns its id.
    pub(crate) fn add_share(&mut self, share: &Share) -> Result<i64, DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        connection.execute("DELETE FROM shares WHERE expires_at <= ?1", params![share.created_at])?;
        let id = connection.insert_with_id(share)?;
        transaction.commit()?;
        Ok(id)
    }

    /// Removes a link that shares one of the user's albums. Returns `false` if there is no link
    /// with this id.
    pub(crate) fn delete_share(&mut self, actor: Actor, id: i64) -> Result<bool, DatabaseError> {
        let sql = "DELETE FROM shares WHERE id = ?1
                   AND album_uuid IN (SELECT uuid FROM albums WHERE owner_id = ?2)";
        Ok(self.connection().execute(sql, params![id, actor.user])? > 0)
    }
}

/// Locks an album of a user until the end of the transaction, so that the next positions are those
/// of one process. On SQLite, the transaction has the lock. Returns `false` if there is no album with
/// this id.
fn lock(connection: Connection<'_>, actor: Actor, uuid: &str) -> Result<bool, DatabaseError> {
    let sql = "SELECT TRUE FROM albums WHERE uuid = ?1 AND owner_id = ?2";
    let sql = format!("{sql} {}", connection.choose("", "FOR UPDATE"));
    let found = connection.query_row(&sql, params![uuid, actor.user], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Appends some of the user's photos to an album, unless it already contains them.
fn append(
    connection: Connection<'_>,
    actor: Actor,
    album: &str,
    photos: &[String],
) -> Result<usize, DatabaseError> {
    connection.execute(
        "INSERT INTO album_photos (album_uuid, photo_uuid, position)
         SELECT ?1, value, (SELECT coalesce(max(position), 0) FROM album_photos WHERE album_uuid = ?1) + 1 + key
         FROM json_each(?3)
         WHERE value IN (SELECT uuid FROM photos WHERE owner_id = ?2)
         ON CONFLICT DO NOTHING",
        params![album, actor.user, as_json(photos)],
    )
}
