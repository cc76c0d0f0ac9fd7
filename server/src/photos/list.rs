//! Lists photos, and returns the data of one: `GET /api/photos/` and `GET /api/photos/{uuid}/`.

use hyper::StatusCode;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::people::Caller;
use crate::query;

use super::Photos;

const DEFAULT_LIMIT: i64 = 100;
const LARGEST_LIMIT: i64 = 1000;

impl Photos {
    /// Returns a page of photos as a plain array. The maximum limit is 1000.
    pub(crate) async fn list(&self, caller: Caller, query: Option<&str>) -> Result<Answer, Error> {
        let skip = query::whole(query, "skip")?.unwrap_or(0);
        let limit = query::whole(query, "limit")?.unwrap_or(DEFAULT_LIMIT);
        let limit = limit.min(LARGEST_LIMIT);
        let (places, version) = (self.places.clone(), self.store.version());
        caller
            .read(move |reader, actor| {
                let (after, skip) = places.nearest(version, reader, actor, skip)?;
                answer::json(StatusCode::OK, &reader.page(actor, after.as_ref(), skip, limit)?)
            })
            .await
    }

    /// Returns the data of one photo.
    pub(crate) async fn describe(&self, caller: Caller, uuid: String) -> Result<Answer, Error> {
        let photo = caller.read(move |reader, actor| Ok(reader.photo(actor, &uuid)?)).await?;
        answer::json(StatusCode::OK, &photo.ok_or(Error::NoPhoto)?)
    }

    /// Returns the data of a photo that was changed.
    pub(super) async fn changed(&self, actor: Actor, uuid: String) -> Result<Answer, Error> {
        let photo = self.store.read(move |reader| Ok(reader.photo(actor, &uuid)?)).await?;
        answer::json(StatusCode::OK, &photo.ok_or(Error::NoPhoto)?)
    }
}
