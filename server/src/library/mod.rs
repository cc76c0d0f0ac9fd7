//! The handlers for a user's library: filtered photos, months, cameras and totals.

mod routes;

use hyper::StatusCode;
use serde_json::json;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::query;
use crate::store::{Cursor, Filter, Store};

pub(crate) use routes::{ROUTES, Route};

const DEFAULT_LIMIT: i64 = 100;
const LARGEST_LIMIT: i64 = 1000;

/// The path that all addresses of photos begin with.
const PHOTOS: &str = "/api/photos";

/// The library.
#[derive(Debug, Clone)]
pub(crate) struct Library {
    store: Store,
}

impl Library {
    /// Creates the handlers.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Returns a page of photos, and the cursor of the next page.
    async fn photos(&self, actor: Actor, query: Option<&str>) -> Result<Answer, Error> {
        let filter = filter(query)?;
        let after = query::text(query, "after");
        let after = after.map(|text| {
            let expected = "the `next` value of a page";
            Cursor::parse(&text).ok_or(Error::Parameter { parameter: "after", expected })
        });
        let after = after.transpose()?;
        let limit = query::whole(query, "limit")?.unwrap_or(DEFAULT_LIMIT).clamp(1, LARGEST_LIMIT);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (photos, next) = self
            .store
            .read(move |reader| Ok(reader.library(actor, (&filter, PHOTOS), after.as_ref(), limit)?))
            .await?;
        let next = next.map(|cursor| cursor.text());
        answer::json(StatusCode::OK, &json!({ "photos": photos, "next": next }))
    }

    /// Counts the photos by month.
    async fn months(&self, actor: Actor, query: Option<&str>) -> Result<Answer, Error> {
        let filter = filter(query)?;
        let months = self.store.read(move |reader| Ok(reader.months(actor, &filter)?)).await?;
        answer::json(StatusCode::OK, &json!({ "months": months }))
    }

    /// Lists the cameras.
    async fn cameras(&self, actor: Actor) -> Result<Answer, Error> {
        let cameras = self.store.read(move |reader| Ok(reader.cameras(actor)?)).await?;
        answer::json(StatusCode::OK, &json!({ "cameras": cameras }))
    }

    /// Counts photos, bytes and background jobs.
    async fn status(&self, actor: Actor) -> Result<Answer, Error> {
        let (totals, jobs) =
            self.store.read(move |reader| Ok((reader.totals(actor)?, reader.job_counts(actor)?))).await?;
        let mut status = serde_json::to_value(totals)?;
        if let Some(status) = status.as_object_mut() {
            status.insert("jobs".to_owned(), serde_json::to_value(jobs)?);
        }
        answer::json(StatusCode::OK, &status)
    }
}

/// Parses the filter in a query.
fn filter(query: Option<&str>) -> Result<Filter, Error> {
    Ok(Filter {
        from: query::date(query, "from")?,
        to: query::date(query, "to")?,
        favorite: query::flag(query, "favorite")?,
        album: query::text(query, "album"),
        camera: query::text(query, "camera"),
        has_place: query::flag(query, "has_place")?,
        search: query::text(query, "q"),
        is_trash: query::flag(query, "trash")?,
    })
}
