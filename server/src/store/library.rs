//! A user's photos as a library: filtered, in pages, and by month.

use aludel::rusqlite::params;
use aludel::rusqlite::types::{ToSql, Value};
use jiff::civil::Date;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;

use crate::actor::Actor;

use super::connection::{Connection, Row};
use super::error::DatabaseError;
use super::links::Links;
use super::read::Reader;
use super::value::{Json, Stamp};

/// The photos to select. The default is every photo that is neither hidden nor in the trash.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    /// The first day.
    pub(crate) from: Option<Date>,
    /// The last day.
    pub(crate) to: Option<Date>,
    /// `true` to select only favorites.
    pub(crate) favorite: bool,
    /// The id of an album, to select its photos in its order.
    pub(crate) album: Option<String>,
    /// The camera.
    pub(crate) camera: Option<String>,
    /// `true` to select only photos with a position.
    pub(crate) has_place: bool,
    /// Words. For each of them, the photo's text must contain a word that begins with it.
    pub(crate) search: Option<String>,
    /// `true` to select the photos in the trash instead.
    pub(crate) is_trash: bool,
}

/// A position in a list of photos: the sort key and the id of the photo before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cursor {
    key: Value,
    uuid: String,
}

/// A photo in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Listed {
    pub(crate) uuid: String,
    pub(crate) original_filename: String,
    title: Option<String>,
    description: Option<String>,
    keywords: Option<Json>,
    date: Stamp,
    date_offset: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    size: Option<i64>,
    content_type: Option<String>,
    favorite: bool,
    latitude: Option<f64>,
    longitude: Option<f64>,
    place: Option<Json>,
    camera: Option<String>,
    sha256: Option<String>,
    uploaded_at: Option<Stamp>,
    deleted_at: Option<Stamp>,
    thumbnail_state: String,
    #[serde(flatten)]
    links: Links,
}

/// The number of photos in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Month {
    month: String,
    count: i64,
}

/// The size of a library.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    photos: i64,
    trash: i64,
    bytes: i64,
}

impl Cursor {
    /// Parses a cursor, as formatted by [`Cursor::text`]. Returns `None` if it is invalid.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (key, uuid) = text.split_once('~')?;
        let decoded = |text| percent_decode_str(text).decode_utf8().ok();
        let key = decoded(key)?;
        let key = key.parse().map_or_else(|_| Value::Text(key.into_owned()), Value::Integer);
        Some(Self { key, uuid: decoded(uuid)?.into_owned() })
    }

    /// Formats the cursor for a client.
    pub(crate) fn text(&self) -> String {
        let key = match &self.key {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::Null | Value::Real(_) | Value::Blob(_) => String::new(),
        };
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        format!("{}~{}", encoded(key.as_str()), encoded(&self.uuid))
    }
}

/// A query: the tables, the conditions and their values.
struct Selection {
    tables: String,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Selection {
    fn of(filter: &Filter, actor: Actor, connection: Connection<'_>) -> Self {
        let mut selection = Self {
            tables: match (connection, filter.index()) {
                (Connection::Sqlite(_), Some(index)) => format!("photos INDEXED BY {index}"),
                _ => "photos".to_owned(),
            },
            conditions: vec![filter.visibility(connection).to_owned()],
            values: Vec::new(),
        };
        selection.add("photos.owner_id = ?", actor.user.into());
        if let Some(album) = &filter.album {
            "album_photos JOIN photos ON photos.uuid = album_photos.photo_uuid"
                .clone_into(&mut selection.tables);
            selection.add("album_photos.album_uuid = ?", album.clone().into());
        }
        if let Some(from) = filter.from {
            selection.add("photos.date >= ?", from.to_string().into());
        }
        if let Some(after) = filter.to.and_then(|to| to.tomorrow().ok()) {
            selection.add("photos.date < ?", after.to_string().into());
        }
        if filter.favorite {
            selection.conditions.push(connection.choose("photos.favorite = 1", "photos.favorite").to_owned());
        }
        if let Some(camera) = &filter.camera {
            selection.add("photos.camera IS NOT NULL AND photos.camera = ?", camera.clone().into());
        }
        if filter.has_place {
            selection.conditions.push("photos.latitude IS NOT NULL".to_owned());
        }
        if let Some(search) = &filter.search {
            selection.add(
                connection.choose(
                    "photos.uuid IN (SELECT photo_uuid FROM photo_search_rows WHERE id IN
                         (SELECT rowid FROM photo_search WHERE photo_search MATCH ?))",
                    "photo_words(original_filename, title, description, keywords, place)
                         @@ to_tsquery('simple', without_accents(?))",
                ),
                connection.choose(matching as fn(&str) -> String, words_of_tsquery)(search).into(),
            );
        }
        selection
    }

    fn add(&mut self, condition: &str, value: Value) {
        self.conditions.push(condition.to_owned());
        self.values.push(value);
    }

    /// Restricts the query to the photos after a cursor. The first condition is redundant, but the
    /// database can use an index for it.
    fn after(&mut self, filter: &Filter, cursor: &Cursor) {
        let (key, _) = filter.order();
        let (no_earlier, later) = if filter.album.is_some() { (">=", ">") } else { ("<=", "<") };
        self.conditions.push(format!("{key} {no_earlier} ? AND ({key} {later} ? OR photos.uuid > ?)"));
        self.values.extend([cursor.key.clone(), cursor.key.clone(), cursor.uuid.clone().into()]);
    }

    fn params(&self) -> Vec<&dyn ToSql> {
        self.values.iter().map(|value| value as &dyn ToSql).collect()
    }

    fn sql(&self, columns: &str, rest: &str) -> String {
        format!("SELECT {columns} FROM {} WHERE {} {rest}", self.tables, self.conditions.join(" AND "))
    }
}

impl Filter {
    /// Returns the condition for visible photos. SQLite uses a partial index only if the condition
    /// has the same text as the index.
    fn visibility(&self, connection: Connection<'_>) -> &'static str {
        if self.is_trash {
            connection.choose("photos.intrash = 1", "photos.intrash")
        } else {
            "NOT coalesce(photos.hidden, FALSE) AND NOT coalesce(photos.intrash, FALSE)"
        }
    }

    /// Returns the index that contains the photos in order, or `None` for an album or a search.
    /// These select few photos, which are sorted. Without statistics, SQLite would often choose a
    /// different index.
    fn index(&self) -> Option<&'static str> {
        match self {
            Self { search: Some(_), .. } | Self { album: Some(_), .. } => None,
            Self { is_trash: true, .. } => Some("ix_photos_intrash"),
            Self { camera: Some(_), .. } => Some("ix_photos_owner_id_camera_date_uuid"),
            Self { favorite: true, .. } => Some("ix_photos_favorite"),
            Self { has_place: true, .. } => Some("ix_photos_with_place"),
            _ => Some("ix_photos_library"),
        }
    }

    /// Returns the sort key and the order.
    fn order(&self) -> (&'static str, &'static str) {
        match self.album {
            Some(_) => ("album_photos.position", "album_photos.position, photos.uuid"),
            None => ("photos.date", "photos.date DESC, photos.uuid"),
        }
    }
}

impl Listed {
    const COLUMNS: &str = "photos.uuid, original_filename, title, description, keywords, date, date_offset,
        width, height, coalesce(file_size, size), content_type, coalesce(favorite, FALSE), latitude, longitude,
        place, camera, sha256, uploaded_at, deleted_at, coalesce(thumbnail_state, 'none')";

    /// Removes data that the owner did not intend to share: the place, the keywords, the favorite
    /// mark and the upload time. The original still contains the data that the camera wrote.
    pub(crate) fn for_strangers(self) -> Self {
        Self {
            keywords: None,
            favorite: false,
            latitude: None,
            longitude: None,
            place: None,
            uploaded_at: None,
            ..self
        }
    }

    /// Reads a row of [`Listed::COLUMNS`]. The photo's addresses are below the path `base`.
    fn from_row(row: Row<'_>, base: &str) -> Result<Self, DatabaseError> {
        let (uuid, sha256): (String, Option<String>) = (row.get(0)?, row.get(16)?);
        Ok(Self {
            links: Links::below(base, &uuid, sha256.as_deref()),
            uuid,
            original_filename: row.get(1)?,
            title: row.get(2)?,
            description: row.get(3)?,
            keywords: row.get(4)?,
            date: row.get(5)?,
            date_offset: row.get(6)?,
            width: row.get(7)?,
            height: row.get(8)?,
            size: row.get(9)?,
            content_type: row.get(10)?,
            favorite: row.get(11)?,
            latitude: row.get(12)?,
            longitude: row.get(13)?,
            place: row.get(14)?,
            camera: row.get(15)?,
            sha256,
            uploaded_at: row.get(17)?,
            deleted_at: row.get(18)?,
            thumbnail_state: row.get(19)?,
        })
    }
}

impl Reader<'_> {
    /// Returns a page of the user's photos, and the cursor for the next page, or `None` if this is
    /// the last one. The photos' addresses are below the path `base`. Omits rows that cannot be
    /// read.
    pub(crate) fn library(
        self,
        actor: Actor,
        (filter, base): (&Filter, &str),
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Vec<Listed>, Option<Cursor>), DatabaseError> {
        let mut selection = Selection::of(filter, actor, self.connection());
        if let Some(cursor) = after {
            selection.after(filter, cursor);
        }
        let (key, order) = filter.order();
        // The limit is a parameter, so that pages of every size share a prepared statement.
        selection.values.push(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX).into());
        let sql = selection.sql(&format!("{}, {key}", Listed::COLUMNS), &format!("ORDER BY {order} LIMIT ?"));
        let mut found = self.connection().query(&sql, &selection.params(), |row| {
            let place = Cursor { key: row.get(20)?, uuid: row.get(0)? };
            Ok((super::read::unless_unreadable(row, "photos", Listed::from_row(row, base))?, place))
        })?;
        let is_last = found.len() <= limit;
        found.truncate(limit);
        let next = found.last().filter(|_| !is_last).map(|(_, place)| place.clone());
        Ok((found.into_iter().filter_map(|(photo, _)| photo).collect(), next))
    }

    /// Counts the user's photos by month, latest month first.
    pub(crate) fn months(self, actor: Actor, filter: &Filter) -> Result<Vec<Month>, DatabaseError> {
        let selection = Selection::of(filter, actor, self.connection());
        let month = self.connection().choose("substr(photos.date, 1, 7)", "to_char(photos.date, 'YYYY-MM')");
        let sql = selection.sql(&format!("{month} AS month, count(*)"), "GROUP BY month ORDER BY month DESC");
        self.connection().query(&sql, &selection.params(), |row| {
            Ok(Month { month: row.get::<Option<String>>(0)?.unwrap_or_default(), count: row.get(1)? })
        })
    }

    /// Returns the cameras that the user's photos were taken with.
    pub(crate) fn cameras(self, actor: Actor) -> Result<Vec<String>, DatabaseError> {
        // Each step finds the next camera in the index, however many photos were taken with it.
        self.connection().query(
                "WITH RECURSIVE cameras (camera) AS (
                     SELECT min(camera) FROM photos WHERE owner_id = ?1 AND camera IS NOT NULL
                     UNION ALL
                     SELECT (SELECT min(camera) FROM photos WHERE owner_id = ?1 AND camera IS NOT NULL AND camera > cameras.camera)
                     FROM cameras WHERE cameras.camera IS NOT NULL
                 )
                 SELECT camera FROM cameras WHERE camera IS NOT NULL",
            params![actor.user],
            |row| row.get(0),
        )
    }

    /// Counts the user's photos and their bytes.
    pub(crate) fn totals(self, actor: Actor) -> Result<Totals, DatabaseError> {
        let totals = self.connection().query_row(
            "SELECT count(*) FILTER (WHERE NOT coalesce(intrash, FALSE) AND NOT coalesce(hidden, FALSE)),
                    count(*) FILTER (WHERE intrash), CAST(coalesce(sum(file_size), 0) AS bigint)
             FROM photos WHERE owner_id = ?1",
            params![actor.user],
            |row| Ok(Totals { photos: row.get(0)?, trash: row.get(1)?, bytes: row.get(2)? }),
        )?;
        Ok(totals.unwrap_or_default())
    }
}

/// Converts words to an FTS5 query (<https://sqlite.org/fts5.html#full_text_query_syntax>): for
/// each of them, a word in the photo's text must begin with it. The words are quoted, so none is an
/// operator.
fn matching(text: &str) -> String {
    let quoted: Vec<String> = words(text).map(|word| format!("\"{word}\"*")).collect();
    // An empty string matches nothing.
    if quoted.is_empty() { "\"\"".to_owned() } else { quoted.join(" ") }
}

/// Converts words to a PostgreSQL query
/// (<https://www.postgresql.org/docs/current/textsearch-controls.html#TEXTSEARCH-PARSING-QUERIES>)
/// with the same meaning. An empty query matches nothing.
fn words_of_tsquery(text: &str) -> String {
    words(text).map(|word| format!("'{word}':*")).collect::<Vec<_>>().join(" & ")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for key in [Value::Text("2024-01-15 14:30:00.000000".to_owned()), Value::Integer(7)] {
            let cursor = Cursor { key, uuid: "a~b c".to_owned() };
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
        assert_eq!(Cursor::parse("2024"), None);
        assert_eq!(Cursor::parse("%ff~x"), None);
    }

    #[test]
    fn words_are_never_operators() {
        assert_eq!(matching("sea OR \"sun* title:x"), "\"sea\"* \"OR\"* \"sun\"* \"title\"* \"x\"*");
        assert_eq!(matching(" -* "), "\"\"");
    }
}
