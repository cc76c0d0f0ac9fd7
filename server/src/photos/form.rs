//! Stores photos that a browser sends: `POST /api/photos/upload`, with `multipart/form-data` that
//! has `file` parts.
//!
//! The response for a single photo is the same as for a raw upload. The former server always
//! responded with 200, but its clients accept any success status.

use http_body_util::BodyDataStream;
use hyper::body::{Body, Bytes};
use hyper::header::CONTENT_TYPE;
use hyper::{HeaderMap, StatusCode};
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::json;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::body::{BodyError, Upload};
use crate::error::Error;

use super::Photos;
use super::conditions::Conditions;
use super::name::PhotoName;
use super::upload::{Pieces, Taken};

/// The size limit for everything except the photo: part headers and other parts.
const BESIDE: u64 = 1 << 20;

/// The number of bytes that may arrive without starting a part or adding data to one. multer keeps
/// all of these bytes in memory.
const LEASH: u64 = 2 << 20;

impl Photos {
    /// Stores the photos in the `file` parts of a form. The response for a single photo is the same
    /// as for a raw upload.
    pub(crate) async fn post(
        &self,
        actor: Actor,
        headers: &HeaderMap,
        body: Upload,
    ) -> Result<Answer, Error> {
        let boundary = boundary(headers)?;
        let limit = self.limits.upload_bytes;
        body.allow(limit.saturating_add(BESIDE))?;
        body.leash(LEASH);
        let sizes = SizeLimit::new().per_field(BESIDE).for_field("file", limit);
        let mut form = Multipart::with_constraints(
            BodyDataStream::new(body.clone()),
            boundary,
            Constraints::new().size_limit(sizes),
        );
        let mut results = Vec::new();
        while let Some(field) = form.next_field().await.map_err(refused)? {
            let is_file = field.name() == Some("file");
            let name = field.file_name().map(PhotoName::parse);
            let mut part = Part { field, body: &body };
            body.progress();
            match (is_file, name) {
                (false, _) => part.skip().await?,
                (true, None) => return Err(Error::NoFilename),
                (true, Some(name)) => {
                    let name = name?;
                    let result = self.take(actor, &mut part, name.clone()).await;
                    part.skip().await?;
                    results.push((name, result));
                }
            }
        }
        if results.len() > 1 {
            return report(results);
        }
        let (_, result) = results.pop().ok_or(Error::NoFile)?;
        result?.into_answer()
    }

    async fn take(&self, actor: Actor, part: &mut Part<'_>, name: PhotoName) -> Result<Taken, Error> {
        let received = self.receive(part).await?;
        self.keep(actor, received, name, Conditions::default()).await
    }
}

/// Creates the response for several photos. A rejected photo does not affect the others.
fn report(results: Vec<(PhotoName, Result<Taken, Error>)>) -> Result<Answer, Error> {
    let mut reports = Vec::new();
    for (name, result) in results {
        let filename = name.as_str();
        reports.push(match result {
            Ok(Taken { photo, is_new }) => {
                let status = if is_new { "created" } else { "duplicate" };
                json!({ "filename": filename, "status": status, "photo": photo })
            }
            Err(error @ Error::Body(_)) => return Err(error),
            Err(error) => json!({ "filename": filename, "status": "rejected", "detail": error.detail() }),
        });
    }
    answer::json(StatusCode::OK, &json!({ "results": reports }))
}

/// A part of a form.
struct Part<'a> {
    field: Field<'static>,
    body: &'a Upload,
}

impl Part<'_> {
    /// Reads and discards the rest of the part.
    async fn skip(&mut self) -> Result<(), Error> {
        while self.next().await?.is_some() {}
        Ok(())
    }
}

impl Pieces for Part<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let piece = self.field.chunk().await;
        self.body.progress();
        piece.map_err(refused)
    }

    fn announced(&self) -> u64 {
        self.body.size_hint().lower()
    }
}

fn boundary(headers: &HeaderMap) -> Result<String, Error> {
    let content_type =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or(Error::NoForm)?;
    multer::parse_boundary(content_type).map_err(|error| match error {
        multer::Error::NoBoundary => Error::Form("The form has no boundary"),
        _ => Error::NoForm,
    })
}

/// Converts an error from multer: either the body failed, or the form is invalid.
fn refused(error: multer::Error) -> Error {
    match error {
        multer::Error::FieldSizeExceeded { limit, .. } | multer::Error::StreamSizeExceeded { limit } => {
            Error::Body(BodyError::TooLarge { limit })
        }
        multer::Error::StreamReadFailed(cause) => match cause.downcast() {
            Ok(cause) => Error::Body(*cause),
            Err(_) => Error::Form("Cannot read the form"),
        },
        _ => Error::Form("The form is malformed"),
    }
}
