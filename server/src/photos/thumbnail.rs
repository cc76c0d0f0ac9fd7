//! Sends a thumbnail: `GET /api/photos/{uuid}/thumbnail/{size}`.

use hyper::header::HeaderMap;

use crate::answer::Answer;
use crate::error::Error;
use crate::people::Caller;
use crate::store::{Original, stamp};
use crate::uploads::thumbnail::{CONTENT_TYPE, Size};

use super::conditions::Validators;
use super::original::validators;
use super::sendable::Sendable;
use super::{Photos, blocking};

impl Photos {
    /// Sends a thumbnail. If it is missing, it is made in the background, and the client is asked to
    /// come again.
    pub(crate) async fn thumbnail(
        &self,
        caller: Caller,
        uuid: String,
        size: &str,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        let size = Size::named(size).ok_or(Error::NoRoute)?;
        let found = caller.read_short(move |reader, actor| Ok(reader.original_of(actor, &uuid)?)).await?;
        self.send_thumbnail(found.ok_or(Error::NoPhoto)?, size, headers).await
    }

    /// Sends the thumbnail of a photo that the client may see.
    pub(crate) async fn send_thumbnail(
        &self,
        original: Original,
        size: Size,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        let hash = original.hash.clone().ok_or(Error::NoThumbnail)?;
        let (uploads, place) = (self.uploads.clone(), size.place(&hash));
        let Some(opened) = blocking(move || uploads.open_below(&place)).await? else {
            return Err(self.remake(original.uuid).await?);
        };
        let Validators { modified, .. } = validators(&original);
        let etag = format!("\"{hash}-{}\"", size.name()).parse().ok();
        let name = format!("{}.jpg", original.name);
        let validators = Validators { etag, modified };
        Sendable { opened, content_type: CONTENT_TYPE, validators, name, is_lasting: true }.send(headers)
    }

    /// Asks for the thumbnails of a photo, and returns the response for now.
    async fn remake(&self, uuid: String) -> Result<Error, Error> {
        let now = stamp::now();
        let is_possible =
            self.store.write(move |mut writer| Ok(writer.remake_thumbnails(&uuid, now)?)).await?;
        if !is_possible {
            return Ok(Error::NoThumbnail);
        }
        self.jobs.added();
        Ok(Error::ThumbnailPending)
    }
}
