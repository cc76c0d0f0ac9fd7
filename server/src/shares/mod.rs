//! The handlers for shared albums, below `/api/shared/{token}`. Anyone who has the link can read
//! the album without an account.

mod routes;

use hyper::StatusCode;
use hyper::header::HeaderMap;
use serde_json::json;

use crate::actor::Actor;
use crate::albums::Albums;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::people::secret;
use crate::photos::Photos;
use crate::store::{Filter, Listed, Original, Store, stamp};
use crate::uploads::thumbnail::Size;

pub(crate) use routes::{ROUTES, Route};

/// The maximum number of photos in a response.
const MOST_PHOTOS: usize = 10_000;

/// Shared albums.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    store: Store,
    photos: Photos,
    albums: Albums,
}

impl Shares {
    /// Creates the handlers.
    pub(crate) fn new(photos: Photos, albums: Albums) -> Self {
        Self { store: photos.store().clone(), photos, albums }
    }

    /// Describes the album and its photos, whose addresses work without an account.
    async fn describe(&self, token: &str, (album, owner): (String, Actor)) -> Result<Answer, Error> {
        let base = format!("/api/shared/{token}/photos");
        let (album, photos) = self
            .store
            .read(move |reader| {
                let filter = Filter { album: Some(album.clone()), ..Filter::default() };
                let (photos, _) = reader.library(owner, (&filter, &base), None, MOST_PHOTOS)?;
                Ok((reader.album(owner, &album)?.ok_or(Error::NoShare)?, photos))
            })
            .await?;
        let photos: Vec<Listed> = photos.into_iter().map(Listed::for_strangers).collect();
        answer::json(StatusCode::OK, &json!({ "album": album.for_strangers(), "photos": photos }))
    }

    /// Returns the album that a link shares, and the album's owner.
    async fn shared(&self, token: &str) -> Result<(String, Actor), Error> {
        let (hash, now) = (secret::hash(token), stamp::text(stamp::now()));
        self.store.read(move |reader| Ok(reader.shared(&hash, &now)?)).await?.ok_or(Error::NoShare)
    }

    /// Returns the original of a photo in a shared album.
    async fn member(&self, (album, owner): (String, Actor), uuid: String) -> Result<Original, Error> {
        let found = self.store.read(move |reader| {
            let is_member = reader.is_in_album(&album, &uuid)?;
            Ok(if is_member { reader.original_of(owner, &uuid)? } else { None })
        });
        found.await?.ok_or(Error::NoPhoto)
    }

    async fn original(
        &self,
        shared: (String, Actor),
        uuid: String,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        let original = self.member(shared, uuid).await?;
        self.photos.send_original(original, headers).await
    }

    async fn thumbnail(
        &self,
        shared: (String, Actor),
        uuid: String,
        size: &str,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        let size = Size::named(size).ok_or(Error::NoRoute)?;
        let original = self.member(shared, uuid).await?;
        self.photos.send_thumbnail(original, size, headers).await
    }
}
