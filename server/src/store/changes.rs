//! Changes that users make to their photos: text, favorites and the trash.

use std::slice;

use aludel::rusqlite::params;
use aludel::rusqlite::types::ToSql;
use aludel::rusqlite::types::Value;

use crate::actor::Actor;
use crate::json::Change;

use super::connection::Connection;
use super::error::DatabaseError;
use super::photo::Original;
use super::read::Reader;
use super::write::Writer;

/// New values for a photo. Like [`Change::Keep`], `None` keeps the old value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Changes {
    /// The title.
    pub(crate) title: Change<String>,
    /// The description.
    pub(crate) description: Change<String>,
    /// The keywords, as a JSON array.
    pub(crate) keywords: Change<String>,
    /// `true` for a favorite.
    pub(crate) favorite: Option<bool>,
    /// The time when the photo was taken, as stored.
    pub(crate) date: Option<String>,
}

impl Changes {
    /// Returns the columns with new values.
    fn columns(self) -> Vec<(&'static str, Value)> {
        let Self { title, description, keywords, favorite, date } = self;
        let text = |change: Change<String>| match change {
            Change::Keep => None,
            Change::Set(text) => Some(text.map_or(Value::Null, Value::Text)),
        };
        [
            ("title", text(title)),
            ("description", text(description)),
            ("keywords", text(keywords)),
            ("favorite", favorite.map(|favorite| Value::Integer(favorite.into()))),
            ("date", date.map(Value::Text)),
        ]
        .into_iter()
        .filter_map(|(column, value)| Some((column, value?)))
        .collect()
    }
}

impl Writer<'_> {
    /// Changes one of the user's photos. Returns `false` if there is none with this id.
    pub(crate) fn change(
        &mut self,
        actor: Actor,
        uuid: &str,
        changes: Changes,
        now: String,
    ) -> Result<bool, DatabaseError> {
        let mut columns = changes.columns();
        columns.push(("date_modified", now.into()));
        let assignments: Vec<String> = columns.iter().map(|(column, _)| format!("{column} = ?")).collect();
        let sql = format!("UPDATE photos SET {} WHERE uuid = ? AND owner_id = ?", assignments.join(", "));
        let values = columns.iter().map(|(_, value)| value as &dyn ToSql);
        let values: Vec<&dyn ToSql> = values.chain([&uuid as &dyn ToSql, &actor.user]).collect();
        Ok(self.connection().execute(&sql, &values)? > 0)
    }

    /// Adds some of the user's photos to the favorites, or removes them. Returns the number of
    /// changed photos.
    pub(crate) fn set_favorite(
        &mut self,
        actor: Actor,
        uuids: &[String],
        is_favorite: bool,
    ) -> Result<usize, DatabaseError> {
        self.connection().execute(
            "UPDATE photos SET favorite = ?3 WHERE owner_id = ?1 AND coalesce(favorite, FALSE) <> ?3
             AND uuid IN (SELECT value FROM json_each(?2))",
            params![actor.user, as_json(uuids), is_favorite],
        )
    }

    /// Moves some of the user's photos to the trash. Returns the number of moved photos.
    pub(crate) fn trash(
        &mut self,
        actor: Actor,
        uuids: &[String],
        now: &str,
    ) -> Result<usize, DatabaseError> {
        trash(self.connection(), actor, uuids, now)
    }

    /// Moves one of the user's photos to the trash, if a function allows it, in one transaction.
    /// The function gets the photo, or `None` if there is none with this id. Returns `false` if the
    /// photo was already in the trash.
    pub(crate) fn trash_if<E: From<DatabaseError>>(
        &mut self,
        (actor, uuid): (Actor, String),
        now: &str,
        allow: impl FnOnce(Option<&Original>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let transaction = self.transaction()?;
        // The change comes first, because it locks the row. Without a commit, it is undone.
        let trashed = trash(transaction.connection(), actor, slice::from_ref(&uuid), now)?;
        allow(Reader::new(transaction.connection()).original_of(actor, &uuid)?.as_ref())?;
        transaction.commit()?;
        Ok(trashed > 0)
    }

    /// Moves some of the user's photos back from the trash. Returns the number of moved photos.
    pub(crate) fn restore(&mut self, actor: Actor, uuids: &[String]) -> Result<usize, DatabaseError> {
        self.connection().execute(
            "UPDATE photos SET intrash = FALSE, deleted_at = NULL WHERE owner_id = ?1 AND intrash
             AND uuid IN (SELECT value FROM json_each(?2))",
            params![actor.user, as_json(uuids)],
        )
    }
}

/// Deletes photos in the user's trash, and all rows that refer to them. Returns the originals.
pub(super) fn purge(
    connection: Connection<'_>,
    actor: Actor,
    uuids: &[String],
) -> Result<Vec<Original>, DatabaseError> {
    let mut purged = Vec::new();
    // Whoever changes an album locks the album before its photos.
    for uuid in uuids {
        connection.execute(
            "UPDATE albums SET cover_uuid = NULL WHERE cover_uuid = ?1
             AND EXISTS (SELECT 1 FROM photos WHERE uuid = ?1 AND owner_id = ?2 AND intrash)",
            params![uuid, actor.user],
        )?;
    }
    for uuid in uuids {
        let found = Reader::new(connection).original_of(actor, uuid)?;
        let deleted = connection.execute(
            "DELETE FROM photos WHERE uuid = ?1 AND owner_id = ?2 AND intrash",
            params![uuid, actor.user],
        )?;
        if deleted > 0 {
            for table in ["jobs", "versions", "album_photos"] {
                connection.execute(&format!("DELETE FROM {table} WHERE photo_uuid = ?1"), params![uuid])?;
            }
            purged.extend(found);
        }
    }
    Ok(purged)
}

fn trash(
    connection: Connection<'_>,
    actor: Actor,
    uuids: &[String],
    now: &str,
) -> Result<usize, DatabaseError> {
    connection.execute(
        "UPDATE photos SET intrash = TRUE, deleted_at = ?3 WHERE owner_id = ?1 AND NOT coalesce(intrash, FALSE)
         AND uuid IN (SELECT value FROM json_each(?2))",
        params![actor.user, as_json(uuids), now],
    )
}

impl Reader<'_> {
    /// Returns the ids of up to `limit` photos in the user's trash.
    pub(crate) fn trashed(self, actor: Actor, limit: i64) -> Result<Vec<String>, DatabaseError> {
        // SQLite uses the partial index only if the condition has the same text as the index.
        let sql = self.connection().choose(
            "SELECT uuid FROM photos WHERE owner_id = ?1 AND intrash = 1 LIMIT ?2",
            "SELECT uuid FROM photos WHERE owner_id = ?1 AND intrash LIMIT ?2",
        );
        self.connection().query(sql, params![actor.user, limit], |row| row.get(0))
    }
}

/// Formats ids as a JSON array, for a query with any number of them.
pub(super) fn as_json(uuids: &[String]) -> String {
    serde_json::Value::from(uuids).to_string()
}
