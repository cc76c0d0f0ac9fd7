//! A bucket of an S3 service, which can hold the originals in place of the folder.
//!
//! The keys of the objects are the paths of the files below the folder. A bucket has no locks, so
//! its objects are removed only while the row of the binding is locked in the database.

#[cfg(not(feature = "s3"))]
mod absent;
#[cfg(feature = "s3")]
mod s3;

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

#[cfg(not(feature = "s3"))]
pub(crate) use absent::Bucket;
#[cfg(feature = "s3")]
pub(crate) use s3::Bucket;

/// The place of the originals in an S3 service, written as `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    bucket: String,
    /// The start of every key, without a slash at its end. It may be empty.
    prefix: String,
}

/// Text that is not a location. It may contain a secret, so no message contains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `s3://BUCKET` or `s3://BUCKET/PREFIX`; the name of a bucket has 3 to 63 lower-case letters, digits, `-` and `.`, and a prefix has letters, digits, `-`, `_`, `.` and `/`; credentials are read from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`"
)]
pub(crate) struct InvalidLocation;

/// An object in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// Its length.
    pub(crate) size: u64,
    /// The time when it was written.
    pub(crate) modified: Option<SystemTime>,
    /// Its entity tag in the service.
    pub(crate) etag: Option<String>,
}

/// The reason why a bucket failed. It contains nothing that the service wrote except codes, because
/// its answers may contain credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(not(feature = "s3"), expect(dead_code, reason = "only a bucket fails"))]
pub(crate) enum BucketError {
    #[error("the service does not answer in time")]
    Timeout,
    #[error("cannot connect to the service, or the connection was lost")]
    Connection,
    #[error("the service answered with status {status}{}", code.as_ref().map(|code| format!(", code {code}")).unwrap_or_default())]
    Status { status: String, code: Option<String> },
    #[error("the service failed in an unexpected way")]
    Other,
    #[error("the settings of the service are invalid: {0}")]
    Settings(&'static str),
    #[error("another process bound it in the meantime")]
    Taken,
    #[error("a copy of `{key}` has a different size than the object, which was kept")]
    Incomplete { key: String },
    #[error("cannot read or write a temporary file: {0}")]
    File(std::io::ErrorKind),
    #[cfg(not(feature = "s3"))]
    #[error("this program was built without S3; build it with `--features s3`")]
    Absent,
}

impl BucketError {
    /// Returns `true` if the same request may succeed later.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            Self::Timeout | Self::Connection => true,
            Self::Status { status, .. } => status.starts_with('5'),
            _ => false,
        }
    }

    /// Returns `true` for an answer with this status.
    #[cfg(feature = "s3")]
    fn is(&self, expected: &str) -> bool {
        matches!(self, Self::Status { status, .. } if status == expected)
    }
}

impl FromStr for Location {
    type Err = InvalidLocation;

    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        let rest = text.strip_prefix("s3://").ok_or(InvalidLocation)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_plain = |text: &str, more: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte))
        };
        // Names that begin with a dot are the server's own.
        let is_segment =
            |segment: &str| !segment.is_empty() && !segment.starts_with('.') && is_plain(segment, "-_.");
        let is_bucket = (3..=63).contains(&bucket.len())
            && is_plain(bucket, "-.")
            && !bucket.bytes().any(|byte| byte.is_ascii_uppercase());
        if is_bucket && (prefix.is_empty() || prefix.split('/').all(is_segment)) {
            Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
        } else {
            Err(InvalidLocation)
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, prefix } = self;
        write!(formatter, "s3://{bucket}")?;
        if prefix.is_empty() { Ok(()) } else { write!(formatter, "/{prefix}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_plain_and_have_no_credentials() {
        for (text, shown) in [
            ("s3://photos", Some("s3://photos")),
            ("s3://photos/", Some("s3://photos")),
            ("s3://my.photos-2/a/b_c/", Some("s3://my.photos-2/a/b_c")),
            ("s3://", None),
            ("s3:///a", None),
            ("s3://ab", None),
            ("s3://Photos", None),
            ("s3://photos//a", None),
            ("s3://photos/../a", None),
            ("s3://photos/.quarantine", None),
            ("s3://key:secret@photos/a", None),
            ("s3://photos/a?secret=b", None),
            ("s3://photos/a b", None),
            ("https://photos/a", None),
            ("./photos", None),
        ] {
            let location = text.parse::<Location>().map(|location| location.to_string());
            assert_eq!(location.ok().as_deref(), shown, "{text}");
        }
    }
}
