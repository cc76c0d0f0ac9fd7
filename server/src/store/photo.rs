//! A photo's row as data: for JSON every column but its owner, for its original what is needed to find the file.

use std::fmt::Write;

use aludel::rusqlite::types::ValueRef;
use aludel::rusqlite::{self, Row};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::uploads::ContentHash;

/// What a column holds, since SQLite only knows text and numbers.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Plain,
    Boolean,
    Date,
    Json,
}

/// The columns of `photos` in the order of the answer; `owner_id` is nobody's business.
const COLUMNS: [(&str, Holds); 51] = {
    use Holds::{Boolean, Date, Json, Plain};
    [
        ("uuid", Plain),
        ("masterFingerprint", Plain),
        ("original_filename", Plain),
        ("date", Date),
        ("description", Plain),
        ("title", Plain),
        ("keywords", Json),
        ("labels", Json),
        ("albums", Json),
        ("persons", Json),
        ("faces", Json),
        ("favorite", Boolean),
        ("hidden", Boolean),
        ("isphoto", Boolean),
        ("ismovie", Boolean),
        ("burst", Boolean),
        ("live_photo", Boolean),
        ("portrait", Boolean),
        ("screenshot", Boolean),
        ("slow_mo", Boolean),
        ("time_lapse", Boolean),
        ("hdr", Boolean),
        ("selfie", Boolean),
        ("panorama", Boolean),
        ("intrash", Boolean),
        ("latitude", Plain),
        ("longitude", Plain),
        ("uti", Plain),
        ("date_modified", Date),
        ("place", Json),
        ("exif", Json),
        ("score", Json),
        ("search_info", Json),
        ("fields", Json),
        ("height", Plain),
        ("width", Plain),
        ("size", Plain),
        ("orientation", Plain),
        ("s3_key_path", Plain),
        ("s3_thumbnail_path", Plain),
        ("s3_edited_path", Plain),
        ("s3_original_path", Plain),
        ("s3_live_path", Plain),
        ("library", Plain),
        ("filename", Plain),
        ("file_path", Plain),
        ("content_type", Plain),
        ("file_size", Plain),
        ("uploaded_at", Date),
        ("library_id", Plain),
        ("sha256", Plain),
    ]
};

/// A photo as a client reads it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Photo {
    /// The photo's id.
    pub(crate) uuid: String,
    fields: Vec<(&'static str, Value)>,
    /// Its versions; null when there are none, as PhotoSafe says it.
    pub(crate) versions: Option<Vec<Version>>,
}

/// A further form of a photo.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Version {
    id: i64,
    #[serde(skip)]
    pub(crate) photo_uuid: String,
    #[serde(rename = "version")]
    form: String,
    s3_path: String,
    filename: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    size: Option<i64>,
    r#type: Option<String>,
}

/// What is needed to send a photo's original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    /// The photo's id.
    pub(crate) uuid: String,
    /// The name that its client gave it.
    pub(crate) name: String,
    /// Its content; none in rows from before contents were hashed.
    pub(crate) hash: Option<ContentHash>,
    /// Where the row says that the file is; it counts only where there is no hash.
    pub(crate) file_path: Option<String>,
    /// The file's length, if it is known.
    pub(crate) size: Option<u64>,
    /// When it was uploaded: `YYYY-MM-DD HH:MM:SS.ffffff`, in UTC.
    pub(crate) uploaded_at: Option<String>,
}

impl Photo {
    /// The columns for `SELECT`.
    pub(super) fn columns() -> String {
        let mut list = String::new();
        for (column, _) in COLUMNS {
            let comma = if list.is_empty() { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(list, "{comma}\"{column}\"");
        }
        list
    }

    /// Reads a row of [`Photo::columns`].
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let fields = COLUMNS
            .iter()
            .enumerate()
            .map(|(index, (column, holds))| Ok((*column, value(row.get_ref(index)?, *holds))))
            .collect::<Result<_, rusqlite::Error>>()?;
        Ok(Self { uuid: row.get(0)?, fields, versions: None })
    }
}

impl Serialize for Photo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len() + 1))?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("versions", &self.versions)?;
        map.end()
    }
}

impl Version {
    pub(super) const COLUMNS: &str = "id, photo_uuid, version, s3_path, filename, width, height, size, type";

    /// Reads a row of [`Version::COLUMNS`].
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            id: row.get(0)?,
            photo_uuid: row.get(1)?,
            form: row.get(2)?,
            s3_path: row.get(3)?,
            filename: row.get(4)?,
            width: row.get(5)?,
            height: row.get(6)?,
            size: row.get(7)?,
            r#type: row.get(8)?,
        })
    }
}

impl Original {
    pub(super) const COLUMNS: &str = "uuid, original_filename, sha256, file_path, file_size, uploaded_at";

    /// Reads a row of [`Original::COLUMNS`].
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let hash: Option<String> = row.get(2)?;
        let size: Option<i64> = row.get(4)?;
        Ok(Self {
            uuid: row.get(0)?,
            name: row.get(1)?,
            hash: hash.as_deref().and_then(ContentHash::parse),
            file_path: row.get(3)?,
            size: size.and_then(|size| size.try_into().ok()),
            uploaded_at: row.get(5)?,
        })
    }
}

/// Translates what SQLite holds into what PhotoSafe's clients read.
fn value(raw: ValueRef<'_>, holds: Holds) -> Value {
    match (raw, holds) {
        (ValueRef::Null | ValueRef::Blob(_), _) => Value::Null,
        (ValueRef::Integer(number), Holds::Boolean) => (number != 0).into(),
        (ValueRef::Integer(number), _) => number.into(),
        (ValueRef::Real(number), _) => number.into(),
        (ValueRef::Text(bytes), holds) => {
            let text = String::from_utf8_lossy(bytes);
            match holds {
                Holds::Date => date(&text).into(),
                Holds::Json => serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
                Holds::Plain | Holds::Boolean => text.into(),
            }
        }
    }
}

/// `2024-01-15 14:30:00.000000` on disk is `2024-01-15T14:30:00` in JSON: Python leaves out microseconds that are zero.
fn date(text: &str) -> String {
    let text = text.replacen(' ', "T", 1);
    text.strip_suffix(".000000").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_as_python_tells_them() {
        assert_eq!(date("2024-01-15 14:30:00.000000"), "2024-01-15T14:30:00");
        assert_eq!(date("2024-01-15 14:30:00.000120"), "2024-01-15T14:30:00.000120");
    }

    #[test]
    fn text_that_should_be_json_but_is_not_stays_text() {
        let text = |text: &'static str| value(ValueRef::Text(text.as_bytes()), Holds::Json);
        assert_eq!(text("[\"sea\"]"), serde_json::json!(["sea"]));
        assert_eq!(text("[sea"), Value::from("[sea"));
        assert_eq!(value(ValueRef::Integer(1), Holds::Boolean), Value::from(true));
    }
}
