//! Takes a photo in as browsers send it: `POST /api/photos/upload`, `multipart/form-data` with a part `file`.
//!
//! Answers as the raw upload does. PhotoSafe always answered 200; its clients take any success.

use http_body_util::BodyDataStream;
use hyper::HeaderMap;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use multer::{Constraints, Field, Multipart, SizeLimit};

use crate::answer::Answer;
use crate::body::{BodyError, Upload};
use crate::error::Error;

use super::Photos;
use super::conditions::Conditions;
use super::name::PhotoName;
use super::upload::Pieces;

/// What a form may hold beside the photo: part headers, other parts.
const BESIDE: u64 = 1 << 20;

/// How much may come without a part's beginning or data: multer keeps all of that in memory.
const LEASH: u64 = 2 << 20;

impl Photos {
    /// Takes a photo from the part `file` of a form.
    pub(crate) async fn post(&self, headers: &HeaderMap, body: Upload) -> Result<Answer, Error> {
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
        self.keep(received, name, Conditions::default()).await?.into_answer()
    }
}

/// One part of a form.
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
}

fn boundary(headers: &HeaderMap) -> Result<String, Error> {
    let content_type =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or(Error::NoForm)?;
    multer::parse_boundary(content_type).map_err(|error| match error {
        multer::Error::NoBoundary => Error::Form("The form has no boundary"),
        _ => Error::NoForm,
    })
}

/// Tells a body that failed from a form that is none.
fn refused(error: multer::Error) -> Error {
    match error {
        multer::Error::FieldSizeExceeded { limit, .. } | multer::Error::StreamSizeExceeded { limit } => {
            Error::Body(BodyError::TooLarge { limit })
        }
        multer::Error::StreamReadFailed(cause) => match cause.downcast() {
            Ok(cause) => Error::Body(*cause),
            Err(_) => Error::Form("The form could not be read"),
        },
        _ => Error::Form("The form is malformed"),
    }
}
