//! A file that is ready to be sent, in whole or in part.
//!
//! Preconditions are evaluated in the order of RFC 9110, section 13.2.2. The file is opened and
//! measured before the response head is sent.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use headers::{AcceptRanges, ContentLength, ContentRange, ETag, HeaderMapExt, IfRange, LastModified};
use http_body_util::BodyExt;
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_RANGE, RANGE,
};
use hyper::{Response, StatusCode};

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::file_body::{FileBody, read_cached};
use crate::range::{Wanted, wanted};
use crate::store::Original;
use crate::uploads::bucket::{Bucket, Object};
use crate::uploads::folder::key;
use crate::uploads::{ContentHash, FileState, Uploads};

use super::conditions::{Conditions, Validators};
use super::name::disposition;

/// The result of looking for a file.
#[derive(Debug)]
pub(super) enum Prepared {
    Sendable(Box<Sendable>),
    /// The original is in the bucket, where looking for it must not block.
    InBucket {
        original: Original,
        by_id: bool,
    },
    /// The thumbnail has no file.
    Missing {
        photo: String,
        hash: ContentHash,
    },
}

/// A file that is ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Sendable {
    /// Its content.
    pub(super) content: Content,
    /// Its length.
    pub(super) size: u64,
    /// Its path below the uploads folder.
    pub(super) place: PathBuf,
    /// Its state when it was opened, or `None` for an object in a bucket.
    pub(super) state: Option<FileState>,
    /// Its media type.
    pub(super) content_type: &'static str,
    /// Its validators.
    pub(super) validators: Validators,
    /// The name for saving it.
    pub(super) name: String,
    /// `true` if the content at this address never changes.
    pub(super) is_lasting: bool,
}

/// The content of a file.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// An open file.
    File(Arc<File>),
    /// The whole content.
    Memory(Bytes),
    /// An object in a bucket.
    Object(Bucket, Object),
}

impl Sendable {
    /// Reads a file of at most this length, if the kernel has it in memory. A file that changed just
    /// now is not read, because a further change might not be recognized.
    pub(super) fn load(&mut self, longest: u64) {
        if let Content::File(file) = &self.content
            && self.size <= longest
            && self.state.is_some_and(|state| state.is_settled())
            && let Ok(length) = usize::try_from(self.size)
            && let Some(bytes) = read_cached(file, 0, length)
        {
            self.content = Content::Memory(bytes);
        }
    }

    /// Returns the length of the content if it is in memory.
    pub(super) fn length_in_memory(&self) -> Option<usize> {
        match &self.content {
            Content::File(_) | Content::Object(..) => None,
            Content::Memory(bytes) => Some(bytes.len()),
        }
    }

    /// Returns `true` if the file is still there, and nobody changed it.
    pub(super) fn is_unchanged(&self, uploads: &Uploads) -> bool {
        self.state.is_some() && uploads.state_below(&self.place) == self.state
    }

    /// Creates the response that the headers request.
    pub(crate) fn send(self, headers: &HeaderMap) -> Result<Answer, Error> {
        let conditions = Conditions::of(headers);
        if conditions.want_another(&self.validators) {
            return Err(Error::Precondition);
        }
        let mut answer = Response::new(answer::bytes(""));
        self.describe(&mut answer);
        if conditions.know(&self.validators) {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(answer);
        }
        let size = self.size;
        let (first, length, is_part) = match self.wanted(headers) {
            Wanted::Whole => (0, size, false),
            Wanted::Part { first, length } => (first, length.get(), true),
            Wanted::Unsatisfiable => return Err(Error::Range { size }),
        };
        answer.headers_mut().typed_insert(ContentLength(length));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if is_part {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            if let Ok(range) = ContentRange::bytes(first..first + length, size) {
                answer.headers_mut().typed_insert(range);
            }
        }
        *answer.body_mut() = match self.content {
            Content::File(file) => FileBody::new(file, first, length).boxed_unsync(),
            Content::Memory(bytes) => answer::bytes(part(bytes, first, length)),
            // An empty range cannot be requested.
            Content::Object(..) if length == 0 => answer::bytes(""),
            Content::Object(bucket, object) => bucket.body(&key(&self.place), &object, first..first + length),
        };
        Ok(answer)
    }

    /// Sets the common headers of 200, 206 and 304 responses.
    fn describe(&self, answer: &mut Answer) {
        let headers = answer.headers_mut();
        headers.typed_insert(AcceptRanges::bytes());
        if let Some(etag) = &self.validators.etag {
            headers.typed_insert(etag.clone());
        }
        if let Some(modified) = self.validators.modified {
            headers.typed_insert(LastModified::from(modified));
        }
        // A name refers to a different photo as soon as a newer one has it; an id never does.
        let cache =
            if self.is_lasting { "private, max-age=31536000, immutable" } else { "private, no-cache" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        answer::set(answer, CONTENT_DISPOSITION, disposition(&self.name));
    }

    /// Returns the requested range if the client already has another part of the same content
    /// (`If-Range`), or the whole file otherwise.
    ///
    /// Only the entity tag proves this, because two photos can get the same name within a second.
    fn wanted(&self, headers: &HeaderMap) -> Wanted {
        let etag: Option<&ETag> = self.validators.etag.as_ref();
        let is_of_this = |condition: IfRange| !condition.is_modified(etag, None);
        if headers.contains_key(IF_RANGE) && !headers.typed_get().is_some_and(is_of_this) {
            return Wanted::Whole;
        }
        let mut ranges = headers.get_all(RANGE).iter();
        match (ranges.next().map(HeaderValue::to_str), ranges.next()) {
            (Some(Ok(range)), None) => wanted(range, self.size),
            _ => Wanted::Whole,
        }
    }
}

/// Returns a part of some bytes.
fn part(mut bytes: Bytes, first: u64, length: u64) -> Bytes {
    let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    let mut part = bytes.split_off(place(first).min(bytes.len()));
    part.truncate(place(length));
    part
}
