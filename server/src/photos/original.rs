//! Returns an original, in whole or in part: `GET` and `HEAD` on `/api/photos/{uuid}/original` and
//! `/api/photos/{uuid or name}`.

<<<<<<< HEAD
=======
use std::io::{Read, Seek};
>>>>>>> c26080e (server: formats, EXIF, thumbnails, library, trash, search, albums and links)
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::header::HeaderMap;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::actor::Actor;
use crate::answer::Answer;
use crate::error::Error;
<<<<<<< HEAD
use crate::file_body::{FileBody, read_at};
use crate::people::Caller;
use crate::range::{Wanted, wanted};
=======
>>>>>>> c26080e (server: formats, EXIF, thumbnails, library, trash, search, albums and links)
use crate::store::{Original, Reader};
use crate::uploads::folder::{Opened, at};
use crate::uploads::image::MAGIC;
use crate::uploads::{Kind, Uploads, place_of_row};

<<<<<<< HEAD
use super::Photos;
use super::conditions::{Conditions, Validators};
use super::name::disposition;
=======
use super::conditions::Validators;
use super::sendable::Sendable;
use super::{Photos, blocking};
>>>>>>> c26080e (server: formats, EXIF, thumbnails, library, trash, search, albums and links)

/// The address of a photo's original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// An id.
    Id(String),
    /// An id, or else a name, which refers to the newest photo with it.
    Any(String),
}

impl Photos {
    /// Returns the original, or the part that the headers request.
    ///
    /// Everything happens on this thread, unless the bytes must come from the disk, because a switch
    /// to another thread costs more than the queries and the bytes of a small file.
    pub(crate) async fn original(
        &self,
        caller: Caller,
        address: Address,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
<<<<<<< HEAD
        let (uploads, headers) = (self.uploads.clone(), headers.clone());
        caller
            .read_short(move |reader, actor| {
                let (original, by_id) = find(reader, actor, &address)?.ok_or(Error::NoPhoto)?;
                prepare(&uploads, original, by_id)?.send(&headers)
            })
            .await
=======
        let (original, by_id) =
            self.store.read(move |reader| find(reader, actor, &address)).await?.ok_or(Error::NoPhoto)?;
        self.send_original(original, by_id, headers).await
    }

    /// Sends the original of a photo that the client may see.
    pub(crate) async fn send_original(
        &self,
        original: Original,
        by_id: bool,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        let uploads = self.uploads.clone();
        let sendable = blocking(move || prepare(&uploads, original, by_id)).await?;
        sendable.send(headers).await
>>>>>>> c26080e (server: formats, EXIF, thumbnails, library, trash, search, albums and links)
    }
}

fn find(reader: Reader<'_>, actor: Actor, address: &Address) -> Result<Option<(Original, bool)>, Error> {
    let (Address::Id(id) | Address::Any(id)) = address;
    if let Some(original) = reader.original_of(actor, id)? {
        return Ok(Some((original, true)));
    }
    match address {
        Address::Id(_) => Ok(None),
        Address::Any(name) => Ok(reader.original_named(actor, name)?.map(|found| (found, false))),
    }
}

/// Opens the file, and inspects it if the row cannot be trusted. Blocks.
fn prepare(uploads: &Uploads, original: Original, by_id: bool) -> Result<Sendable, Error> {
    let (place, opened) = locate(uploads, &original)?.ok_or_else(|| {
        tracing::warn!(uuid = original.uuid, "a photo has no file");
        Error::NoOriginal
    })?;
    if original.hash.is_some()
        && let Some(expected) = original.size
        && expected != opened.size
    {
        return Err(Error::Size { path: place, found: opened.size, expected });
    }
<<<<<<< HEAD
    let content_type = sniff(&opened).map_err(at(&place))?;
    Ok(Sendable { is_lasting: by_id && original.hash.is_some(), opened, content_type, original })
=======
    let content_type = sniff(&mut opened).map_err(at(&place))?;
    // Without a hash, the modification time of the file applies.
    let validators = match original.hash {
        Some(_) => validators(&original),
        None => Validators { etag: None, modified: opened.modified },
    };
    let is_lasting = by_id && original.hash.is_some();
    Ok(Sendable { opened, content_type, validators, name: original.name, is_lasting })
>>>>>>> c26080e (server: formats, EXIF, thumbnails, library, trash, search, albums and links)
}

/// Finds the file by its hash, or by the path in its row if there is no hash.
pub(super) fn locate(uploads: &Uploads, original: &Original) -> Result<Option<(PathBuf, Opened)>, Error> {
    let places: Vec<PathBuf> = if let Some(hash) = &original.hash {
        Kind::ALL.map(|kind| hash.place(kind)).into()
    } else {
        let place = original.file_path.as_deref().and_then(place_of_row);
        place.map(Path::to_owned).into_iter().collect()
    };
    for place in places {
        if let Some(opened) = uploads.open_below(&place)? {
            return Ok(Some((place, opened)));
        }
    }
    Ok(None)
}

/// Determines the media type from the bytes. PhotoSafe stored files unchecked, so one may be a page
/// with a script.
<<<<<<< HEAD
fn sniff(opened: &Opened) -> std::io::Result<&'static str> {
    let head = read_at(&opened.file, 0, opened.size.min(MAGIC as u64))?;
    Ok(Kind::of(&head).map_or("application/octet-stream", Kind::content_type))
}

impl Sendable {
    /// Creates the response.
    fn send(self, headers: &HeaderMap) -> Result<Answer, Error> {
        let (conditions, validators) = (Conditions::of(headers), self.validators());
        if conditions.want_another(&validators) {
            return Err(Error::Precondition);
        }
        let is_known = conditions.know(&validators);
        let Validators { etag, modified } = validators;
        if is_known {
            let mut answer = Response::new(answer::bytes(""));
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            self.describe(&mut answer, etag, modified);
            return Ok(answer);
        }
        let size = self.opened.size;
        let (first, length, is_part) = match self.wanted(headers, etag.as_ref()) {
            Wanted::Whole => (0, size, false),
            Wanted::Part { first, length } => (first, length.get(), true),
            Wanted::Unsatisfiable => return Err(Error::Range { size }),
        };
        let mut answer = Response::new(answer::bytes(""));
        self.describe(&mut answer, etag, modified);
        answer.headers_mut().typed_insert(ContentLength(length));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if is_part {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            if let Ok(range) = ContentRange::bytes(first..first + length, size) {
                answer.headers_mut().typed_insert(range);
            }
        }
        *answer.body_mut() = FileBody::new(self.opened.file, first, length).boxed_unsync();
        Ok(answer)
    }

    /// Sets the common headers of 200, 206 and 304 responses.
    fn describe(&self, answer: &mut Answer, etag: Option<ETag>, modified: Option<SystemTime>) {
        let headers = answer.headers_mut();
        headers.typed_insert(AcceptRanges::bytes());
        if let Some(etag) = etag {
            headers.typed_insert(etag);
        }
        if let Some(modified) = modified {
            headers.typed_insert(LastModified::from(modified));
        }
        // A name refers to another photo once a newer one takes it; an id never does.
        let cache =
            if self.is_lasting { "private, max-age=31536000, immutable" } else { "private, no-cache" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        answer::set(answer, CONTENT_DISPOSITION, disposition(&self.original.name));
    }

    /// Returns the validators of the photo. Without a hash, the modification time of the file
    /// applies.
    fn validators(&self) -> Validators {
        match self.original.hash {
            Some(_) => validators(&self.original),
            None => Validators { etag: None, modified: self.opened.modified },
        }
    }

    /// Returns the requested range, if it refers to the content that the client already has in part
    /// (`If-Range`).
    ///
    /// Only the entity tag proves this, because two photos may take one name within a second.
    fn wanted(&self, headers: &HeaderMap, etag: Option<&ETag>) -> Wanted {
        let is_of_this = |condition: IfRange| !condition.is_modified(etag, None);
        if headers.contains_key(IF_RANGE) && !headers.typed_get().is_some_and(is_of_this) {
            return Wanted::Whole;
        }
        let mut ranges = headers.get_all(RANGE).iter();
        match (ranges.next().map(HeaderValue::to_str), ranges.next()) {
            (Some(Ok(range)), None) => wanted(range, self.opened.size),
            _ => Wanted::Whole,
        }
    }
}

=======
fn sniff(opened: &mut Opened) -> std::io::Result<&'static str> {
    let mut head = Vec::new();
    (&opened.file).take(crate::uploads::format::MAGIC as u64).read_to_end(&mut head)?;
    opened.file.rewind()?;
    Ok(Kind::of(&head).map_or("application/octet-stream", Kind::content_type))
}

>>>>>>> c26080e (server: formats, EXIF, thumbnails, library, trash, search, albums and links)
/// Returns the validators of a photo: its hash, and its upload time.
///
/// A file's own time changes with each copy, so the upload time is used. Files stored before
/// contents were hashed have no strong tag.
pub(super) fn validators(original: &Original) -> Validators {
    Validators {
        etag: original.hash.as_ref().and_then(|hash| format!("\"{hash}\"").parse().ok()),
        modified: original.uploaded_at.as_deref().and_then(uploaded_at),
    }
}

/// Parses a stored timestamp, to the second, because headers have no finer resolution.
fn uploaded_at(text: &str) -> Option<SystemTime> {
    let stamp: DateTime = text.parse().ok()?;
    let seconds = stamp.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_to_the_second() {
        assert_eq!(uploaded_at("1970-01-02 00:00:01.999999"), Some(UNIX_EPOCH + Duration::from_secs(86_401)));
        assert_eq!(uploaded_at("yesterday"), None);
    }
}
