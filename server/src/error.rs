//! The errors of requests, and their responses.
//!
//! The client gets a status and `{"detail": …}` with a fixed message. Internal causes go only to
//! the log.

use std::io::ErrorKind;
use std::path::PathBuf;

use headers::{ContentRange, HeaderMapExt, RetryAfter};
use hyper::StatusCode;
use hyper::header::{ALLOW, CONNECTION, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::body::BodyError;
use crate::people::Refused;
use crate::photos::name::BadName;
use crate::store::DatabaseError;
use crate::uploads::bucket::BucketError;

/// The reason why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("not exactly one Host header")]
    Host,
    #[error("a host that is not served")]
    HostNotServed,
    #[error("a request from another site")]
    CrossSite,
    #[error(transparent)]
    People(#[from] Refused),
    #[error("cannot hash a password")]
    PasswordHash(#[from] argon2::password_hash::Error),
    #[error("cannot get random numbers from the system")]
    Random(#[from] getrandom::Error),
    #[error("no route")]
    NoRoute,
    #[error("no such photo")]
    NoPhoto,
    #[error("the photo has no original here")]
    NoOriginal,
    #[error("the photo has no thumbnails")]
    NoThumbnail,
    #[error("the thumbnails are not made yet")]
    ThumbnailPending,
    #[error("no such album")]
    NoAlbum,
    #[error("an album with this id exists")]
    AlbumExists,
    #[error("no such link")]
    NoShare,
    #[error("expected {0}")]
    Input(&'static str),
    #[error("parameter `{parameter}` is not {expected}")]
    Parameter { parameter: &'static str, expected: &'static str },
    #[error("method not allowed")]
    Method { allow: &'static str },
    #[error(transparent)]
    Name(#[from] BadName),
    #[error("parameter `{parameter}` is `{found}`")]
    Query { parameter: &'static str, found: String },
    #[error("the form has no part `file`")]
    NoFile,
    #[error("the part `file` has no UTF-8 `filename`")]
    NoFilename,
    #[error("{0}")]
    Form(&'static str),
    #[error("not a multipart form")]
    NoForm,
    #[error("the body ended early")]
    Body(#[from] BodyError),
    #[error("not a photo in an accepted format")]
    Unsupported,
    #[error("damaged photo: {0}")]
    Damaged(&'static str),
    #[error("too many pixels: {width}x{height}")]
    TooManyPixels { width: u32, height: u32 },
    #[error("the content does not match the client's precondition")]
    Precondition,
    #[error("the range is outside the file's {size} bytes")]
    Range { size: u64 },
    #[error("not ready yet")]
    Starting,
    #[error("no permit within the time limit")]
    Busy,
    #[error("the disk of the uploads folder has only {free} bytes free")]
    Reserve { free: u64 },
    #[error("the database was migrated to another revision, or bound to another folder")]
    Moved,
    #[error("the database failed")]
    Database(#[from] DatabaseError),
    #[error("cannot compare the database with the migrations")]
    Migrations(#[from] aludel::Error),
    #[error("`{}` failed", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("`{}` has {found} bytes instead of {expected}", path.display())]
    Size { path: PathBuf, found: u64, expected: u64 },
    #[error("the bucket of originals failed")]
    Bucket(#[from] BucketError),
    #[error("a blocking task ended without a result")]
    Task(#[from] tokio::task::JoinError),
    #[error("cannot serialize a response as JSON")]
    Json(#[from] serde_json::Error),
    #[error("another process took over the job")]
    JobTaken,
    #[error("a handler panicked")]
    Panic,
}

/// The value of `Retry-After` if no permit is available, in seconds.
const RETRY_AFTER: u64 = 1;

impl Error {
    /// Returns the HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::HostNotServed => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::People(refused) => refused.status(),
            Self::NoRoute
            | Self::NoPhoto
            | Self::NoOriginal
            | Self::NoAlbum
            | Self::NoShare
            | Self::NoThumbnail
            | Self::ThumbnailPending => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Host
            | Self::AlbumExists
            | Self::Name(_)
            | Self::Form(_)
            | Self::Body(BodyError::Broken(_)) => StatusCode::BAD_REQUEST,
            Self::Query { .. }
            | Self::Input(_)
            | Self::Parameter { .. }
            | Self::NoFile
            | Self::NoFilename
            | Self::Damaged(_)
            | Self::TooManyPixels { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Body(BodyError::Idle(_) | BodyError::Crawling { .. } | BodyError::Slow(_)) => {
                StatusCode::REQUEST_TIMEOUT
            }
            Self::Body(BodyError::TooLarge { .. } | BodyError::Leash) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unsupported | Self::NoForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Precondition => StatusCode::PRECONDITION_FAILED,
            Self::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Starting | Self::Busy | Self::Moved | Self::Bucket(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(error) if error.is_busy() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Reserve { .. } => StatusCode::INSUFFICIENT_STORAGE,
            Self::Database(error) if error.is_full() => StatusCode::INSUFFICIENT_STORAGE,
            Self::Database(error) if error.is_input() => StatusCode::UNPROCESSABLE_ENTITY,
            Self::File { source, .. } if source.kind() == ErrorKind::StorageFull => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            Self::Database(_)
            | Self::Migrations(_)
            | Self::File { .. }
            | Self::Size { .. }
            | Self::Task(_)
            | Self::Json(_)
            | Self::PasswordHash(_)
            | Self::Random(_)
            | Self::JobTaken
            | Self::Panic => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the `detail` of the response. Validation errors are in the format that PhotoSafe's
    /// clients expect.
    pub(crate) fn detail(&self) -> Value {
        match self {
            Self::Host => "Request must have exactly one Host header".into(),
            Self::HostNotServed => {
                "This host name is not served; the operator of the server can allow it with `--allow-host`"
                    .into()
            }
            Self::CrossSite => "Requests from other sites are refused".into(),
            Self::People(refused) => refused.to_string().into(),
            Self::NoRoute => "Not Found".into(),
            Self::NoPhoto => "Photo not found".into(),
            Self::NoOriginal => "Original not found".into(),
            Self::NoAlbum => "Album not found".into(),
            Self::AlbumExists => "An album with this uuid already exists".into(),
            Self::NoShare => "Link not found or expired".into(),
            Self::Input(expected) => format!("Expected {expected}").into(),
            Self::Parameter { parameter, expected } => {
                format!("Parameter `{parameter}`: expected {expected}").into()
            }
            Self::NoThumbnail => "The photo has no thumbnails".into(),
            Self::ThumbnailPending => "The thumbnails are being made; try again".into(),
            Self::Method { .. } => "Method Not Allowed".into(),
            Self::Name(why) => why.to_string().into(),
            Self::Query { parameter, found } => json!([{
                "type": "int_parsing",
                "loc": ["query", parameter],
                "msg": "Input should be a whole number that is not negative",
                "input": found,
            }]),
            Self::NoFile => json!([{
                "type": "missing",
                "loc": ["body", "file"],
                "msg": "Field required",
                "input": null,
            }]),
            Self::NoFilename => json!([{
                "type": "value_error",
                "loc": ["body", "file"],
                "msg": "The part has no UTF-8 filename",
                "input": null,
            }]),
            Self::Form(what) => (*what).into(),
            Self::NoForm => "Expected a multipart/form-data body".into(),
            Self::Body(BodyError::TooLarge { limit }) => format!("Body is larger than {limit} bytes").into(),
            Self::Body(BodyError::Leash) => "Form headers are too large".into(),
            Self::Body(BodyError::Idle(_) | BodyError::Crawling { .. } | BodyError::Slow(_)) => {
                "Request Timeout".into()
            }
            Self::Body(BodyError::Broken(_)) => "Body is incomplete".into(),
            Self::Unsupported => "File must be a JPEG, PNG, WebP, GIF, HEIC or AVIF image".into(),
            Self::Damaged(what) => format!("Image is damaged: {what}").into(),
            Self::TooManyPixels { width, height } => {
                format!("Image has too many pixels: {width}x{height}").into()
            }
            Self::Precondition => "Precondition Failed".into(),
            Self::Range { .. } => "Range Not Satisfiable".into(),
            Self::Reserve { .. } => {
                "The server's disk is almost full, so nothing was stored; ask its operator to free some space"
                    .into()
            }
            Self::Database(error) if error.is_input() => "The text or date cannot be stored".into(),
            Self::Starting
            | Self::Busy
            | Self::Moved
            | Self::Database(_)
            | Self::Migrations(_)
            | Self::File { .. }
            | Self::Size { .. }
            | Self::Bucket(_)
            | Self::Task(_)
            | Self::Json(_)
            | Self::PasswordHash(_)
            | Self::Random(_)
            | Self::JobTaken
            | Self::Panic => self.status().canonical_reason().into(),
        }
    }

    /// Adds the headers that the status requires.
    pub(crate) fn write_headers(&self, headers: &mut HeaderMap) {
        match self {
            Self::Method { allow } => {
                headers.insert(ALLOW, HeaderValue::from_static(allow));
            }
            Self::Range { size } => {
                headers.typed_insert(ContentRange::unsatisfied_bytes(*size));
            }
            Self::People(refused) => refused.write_headers(headers),
            Self::Body(_) => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            _ if self.asks_to_come_again() => {
                headers.typed_insert(RetryAfter::delay(std::time::Duration::from_secs(RETRY_AFTER)));
            }
            _ => {}
        }
    }

    fn asks_to_come_again(&self) -> bool {
        matches!(self, Self::ThumbnailPending) || self.status() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// Returns `true` if the operator of the server should investigate the error.
    fn is_ours(&self) -> bool {
        matches!(self.status(), StatusCode::INTERNAL_SERVER_ERROR | StatusCode::INSUFFICIENT_STORAGE)
            || matches!(self, Self::Bucket(_))
    }

    /// Logs the causes that the response omits.
    pub(crate) fn log(&self) {
        let cause = Causes(self);
        if self.is_ours() {
            tracing::error!(%cause, "request failed");
        } else {
            tracing::debug!(%cause, "request refused");
        }
    }
}

/// Formats an error with all of its causes on one line.
pub(crate) struct Causes<'a>(pub(crate) &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)?;
        aludel::causes(self.0).iter().try_for_each(|cause| write!(formatter, ": {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aludel::rusqlite;

    #[test]
    fn a_busy_database_asks_to_come_again() {
        let locked = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        let busy = Error::Database(rusqlite::Error::SqliteFailure(locked, None).into());
        let mut headers = HeaderMap::new();
        busy.write_headers(&mut headers);
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(headers.get("retry-after"), Some(&HeaderValue::from_static("1")));
    }

    #[test]
    fn inner_causes_are_for_the_log_only() {
        let error = Error::File {
            path: PathBuf::from("/secret/place"),
            source: std::io::Error::other("disk on fire"),
        };
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(error.detail(), Value::from("Internal Server Error"));
        assert_eq!(Causes(&error).to_string(), "`/secret/place` failed: disk on fire");
    }
}
