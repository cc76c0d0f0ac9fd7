//! Stores a photo that a browser sends: `POST /api/photos/upload`, `multipart/form-data` with a
//! part `file`.
//!
//! The response is that of a raw upload. PhotoSafe always responded with 200; its clients accept
//! any success.

use http_body_util::BodyDataStream;
use hyper::HeaderMap;
use hyper::body::{Body, Bytes};
use hyper::header::CONTENT_TYPE;
use multer::{Constraints, Field, Multipart, SizeLimit};

use crate::actor::Actor;
use crate::answer::Answer;
use crate::body::{BodyError, Upload};
use crate::error::Error;

use super::Photos;
use super::conditions::Conditions;
use super::name::PhotoName;
use super::upload::Pieces;

/// The size limit for everything but the photo: part headers and other parts.
const BESIDE: u64 = 1 << 20;

/// The number of bytes that may arrive without the beginning or the data of a part. multer keeps
/// all of them in memory.
const LEASH: u64 = 2 << 20;

impl Photos {
    /// Stores the photo in the part `file` of a form.
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
        let mut taken = None;
        while let Some(field) = form.next_field().await.map_err(refused)? {
            let is_file = field.name() == Some("file");
            let name = field.file_name().map(PhotoName::parse);
            let mut part = Part { field, body: &body };
            body.progress();
            match (is_file, name) {
                (false, _) => while part.next().await?.is_some() {},
                (true, None) => return Err(Error::NoFilename),
                (true, Some(_)) if taken.is_some() => {
                    return Err(Error::Form("The form has more than one part `file`"));
                }
                (true, Some(name)) => {
                    let name = name?;
                    taken = Some((self.receive(&mut part).await?, name));
                }
            }
        }
        let (received, name) = taken.ok_or(Error::NoFile)?;
        self.keep(actor, received, name, Conditions::default()).await?.into_answer()
    }
}

/// A part of a form.
struct Part<'a> {
    field: Field<'static>,
    body: &'a Upload,
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

/// Distinguishes a failed body from an invalid form.
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
