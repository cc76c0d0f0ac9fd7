//! Lists and describes photos: `GET /api/photos/` and `GET /api/photos/{uuid}/`.

use hyper::StatusCode;

use crate::answer::{self, Answer};
use crate::error::Error;
<<<<<<< HEAD
use crate::people::Caller;
=======
use crate::query;
>>>>>>> c26080e (server: formats, EXIF, thumbnails, library, trash, search, albums and links)

use super::Photos;

const DEFAULT_LIMIT: i64 = 100;
const LARGEST_LIMIT: i64 = 1000;

impl Photos {
    /// Returns a page of photos as a bare array. A limit above 1000 is reduced to 1000.
<<<<<<< HEAD
    pub(crate) async fn list(&self, caller: Caller, query: Option<&str>) -> Result<Answer, Error> {
        let skip = parameter(query, "skip")?.unwrap_or(0);
        let limit = parameter(query, "limit")?.unwrap_or(DEFAULT_LIMIT);
        let limit = limit.min(LARGEST_LIMIT);
        caller
            .read(move |reader, actor| answer::json(StatusCode::OK, &reader.page(actor, skip, limit)?))
            .await
=======
    pub(crate) async fn list(&self, actor: Actor, query: Option<&str>) -> Result<Answer, Error> {
        let skip = query::whole(query, "skip")?.unwrap_or(0);
        let limit = query::whole(query, "limit")?.unwrap_or(DEFAULT_LIMIT);
        let page =
            self.store.read(move |reader| Ok(reader.page(actor, skip, limit.min(LARGEST_LIMIT))?)).await?;
        answer::json(StatusCode::OK, &page)
>>>>>>> c26080e (server: formats, EXIF, thumbnails, library, trash, search, albums and links)
    }

    /// Returns the data of one photo.
    pub(crate) async fn describe(&self, caller: Caller, uuid: String) -> Result<Answer, Error> {
        let photo = caller.read(move |reader, actor| Ok(reader.photo(actor, &uuid)?)).await?;
        answer::json(StatusCode::OK, &photo.ok_or(Error::NoPhoto)?)
    }
}
