//! The parts of a photo's row that readers need: the data for JSON, with the photo's versions, or
//! the data for finding its original.

use serde::Serialize;

use crate::models::{Photo, Version};
use crate::uploads::ContentHash;

use super::connection::Row;
use super::error::DatabaseError;
use super::links::Links;

/// A photo as it is returned to clients.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Shown {
    #[serde(flatten)]
    pub(crate) photo: Photo,
    /// The addresses of its files.
    #[serde(flatten)]
    pub(crate) links: Links,
    /// Its versions, or null if there are none, as in PhotoSafe.
    pub(crate) versions: Option<Vec<Version>>,
}

/// The data for sending a photo's original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    /// The photo's id.
    pub(crate) uuid: String,
    /// The name that the client chose.
    pub(crate) name: String,
    /// The hash of the content. Rows from before content was hashed have none.
    pub(crate) hash: Option<ContentHash>,
    /// The path of the file, according to the row. It is used only if there is no hash.
    pub(crate) file_path: Option<String>,
    /// The length of the file, if known.
    pub(crate) size: Option<u64>,
    /// The upload time in UTC: `YYYY-MM-DD HH:MM:SS.ffffff`.
    pub(crate) uploaded_at: Option<String>,
}

impl Original {
    pub(super) const COLUMNS: &str = "uuid, original_filename, sha256, file_path, file_size, uploaded_at";

    /// Reads a row of [`Original::COLUMNS`].
    pub(super) fn from_row(row: Row<'_>) -> Result<Self, DatabaseError> {
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
