//! The addresses of a photo's files.

use serde::Serialize;

use crate::uploads::thumbnail::Size;

/// The addresses of a photo's files. A photo without a content hash has no thumbnails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Links {
    #[serde(rename = "thumbnail_url")]
    pub(super) thumbnail: Option<String>,
    #[serde(rename = "preview_url")]
    preview: Option<String>,
    #[serde(rename = "original_url")]
    original: String,
}

impl Links {
    /// Returns the addresses for a photo with this id and content hash, below the path `base`. A
    /// thumbnail's address contains the beginning of the hash, so it changes with the content.
    pub(crate) fn below(base: &str, uuid: &str, hash: Option<&str>) -> Self {
        let uuid = crate::photos::name::in_path(uuid);
        let thumbnail = |size: Size| {
            let version = hash?.get(..12)?;
            Some(format!("{base}/{uuid}/thumbnail/{}?v={version}", size.name()))
        };
        Self {
            thumbnail: thumbnail(Size::Small),
            preview: thumbnail(Size::Large),
            original: format!("{base}/{uuid}/original"),
        }
    }
}
