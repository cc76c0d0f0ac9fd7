//! A photo's row as its readers want it: for JSON with its versions, for its original what is needed to find the file.

use aludel::rusqlite::{self, Row};
use serde::Serialize;

use crate::models::{Photo, Version};
use crate::uploads::ContentHash;

/// A photo as a client reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Shown {
    #[serde(flatten)]
    pub(crate) photo: Photo,
    /// Its versions; null when there are none, as PhotoSafe says it.
    pub(crate) versions: Option<Vec<Version>>,
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
