//! Sends a thumbnail: `GET /api/photos/{uuid}/thumbnail/{size}`.

use std::sync::Arc;

use hyper::header::HeaderMap;

use crate::answer::Answer;
use crate::error::Error;
use crate::people::Caller;
use crate::router::Head;
use crate::store::{Original, Reader, stamp};
use crate::uploads::thumbnail::{CONTENT_TYPE, Size};
use crate::uploads::{ContentHash, Uploads};

use super::conditions::Validators;
use super::original::validators;
use super::sendable::{Content, Prepared, Sendable};
use super::{Photos, blocking};

impl Photos {
    /// Sends a thumbnail. If it is missing, requests it from the background jobs and asks the
    /// client to retry.
    pub(crate) async fn thumbnail(
        &self,
        caller: Caller,
        uuid: String,
        size: &str,
        head: &Head,
    ) -> Result<Answer, Error> {
        let size = Size::named(size).ok_or(Error::NoRoute)?;
        let uploads = self.uploads.clone();
        let find = move |reader: Reader<'_>, actor| {
            prepare(&uploads, reader.original_of(actor, &uuid)?.ok_or(Error::NoPhoto)?, size)
        };
        let prepared = self.find(caller, &head.path, find).await?;
        self.send_or_remake(prepared, &head.headers).await
    }

    /// Sends the thumbnail of a photo that the client has access to.
    pub(crate) async fn send_thumbnail(
        &self,
        original: Original,
        size: Size,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        let uploads = self.uploads.clone();
        let prepared = blocking(move || prepare(&uploads, original, size)).await?;
        self.send_or_remake(prepared, headers).await
    }

    pub(super) async fn send_or_remake(
        &self,
        prepared: Prepared,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        match prepared {
            Prepared::Sendable(sendable) => sendable.send(headers),
            Prepared::InBucket { original, by_id } => self.send_object(original, by_id, headers).await,
            Prepared::Missing { photo, hash } => Err(self.remake(photo, hash).await?),
        }
    }

    /// Requests the thumbnails of a photo. Returns the response to send until they are made.
    async fn remake(&self, uuid: String, hash: ContentHash) -> Result<Error, Error> {
        let now = stamp::now();
        if self.uploads.bucket().is_some() {
            let made = hash.clone();
            if self.store.read(move |reader| Ok(reader.has_thumbnails(&made)?)).await? {
                self.jobs.make_here(hash);
                return Ok(Error::ThumbnailPending);
            }
        }
        let is_possible =
            self.store.write(move |mut writer| Ok(writer.remake_thumbnails(&uuid, now)?)).await?;
        if !is_possible {
            return Ok(Error::NoThumbnail);
        }
        self.jobs.added();
        Ok(Error::ThumbnailPending)
    }
}

/// Opens the file of a thumbnail. Blocks.
fn prepare(uploads: &Uploads, original: Original, size: Size) -> Result<Prepared, Error> {
    let hash = original.hash.as_ref().ok_or(Error::NoThumbnail)?;
    let place = size.place(hash);
    let Some(opened) = uploads.open_below(&place)? else {
        return Ok(Prepared::Missing { photo: original.uuid, hash: hash.clone() });
    };
    let etag = format!("\"{hash}-{}\"", size.name()).parse().ok();
    let validators = Validators { etag, ..validators(&original) };
    let name = format!("{}.jpg", original.name);
    let sendable = Sendable {
        content: Content::File(Arc::new(opened.file)),
        size: opened.size,
        place,
        state: Some(opened.state),
        content_type: CONTENT_TYPE,
        validators,
        name,
        is_lasting: true,
    };
    Ok(Prepared::Sendable(Box::new(sendable)))
}
