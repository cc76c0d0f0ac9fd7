//! Sends an original, in whole or in part: `GET` and `HEAD` on `/api/photos/{uuid}/original` and
//! `/api/photos/{uuid or name}`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::actor::Actor;
use crate::answer::Answer;
use crate::error::Error;
use crate::file_body::read_at;
use crate::people::Caller;
use crate::router::Head;
use crate::store::{Original, Reader};
use crate::uploads::folder::{Opened, at, key};
use crate::uploads::format::MAGIC;
use crate::uploads::{Kind, Uploads, place_of_row};

use super::conditions::Validators;
use super::sendable::{Content, Prepared, Sendable};
use super::{Photos, blocking};

/// The media type of a file in another format.
const UNKNOWN: &str = "application/octet-stream";

/// The address of a photo's original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// An id.
    Id(String),
    /// An id or a name. A name refers to the newest photo with this name.
    Any(String),
}

impl Photos {
    /// Sends the original, or the part that the headers request.
    ///
    /// Everything runs on this thread, unless the bytes must be read from disk. Switching to
    /// another thread costs more than the queries and the bytes of a small file.
    pub(crate) async fn original(
        &self,
        caller: Caller,
        address: Address,
        head: &Head,
    ) -> Result<Answer, Error> {
        let uploads = self.uploads.clone();
        let find = move |reader: Reader<'_>, actor| {
            let (original, by_id) = find(reader, actor, &address)?.ok_or(Error::NoPhoto)?;
            if uploads.bucket().is_some() {
                return Ok(Prepared::InBucket { original, by_id });
            }
            Ok(Prepared::Sendable(Box::new(prepare(&uploads, original, by_id)?)))
        };
        let prepared = self.find(caller, &head.path, find).await?;
        self.send_or_remake(prepared, &head.headers).await
    }

    /// Sends the original of a photo that the client has access to.
    pub(crate) async fn send_original(
        &self,
        original: Original,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        let uploads = self.uploads.clone();
        if uploads.bucket().is_some() {
            return self.send_object(original, true, headers).await;
        }
        blocking(move || prepare(&uploads, original, true)).await?.send(headers)
    }

    /// Sends an original from the bucket.
    pub(super) async fn send_object(
        &self,
        original: Original,
        by_id: bool,
        headers: &HeaderMap,
    ) -> Result<Answer, Error> {
        let Some(bucket) = self.uploads.bucket() else { return Err(Error::NoOriginal) };
        for place in places(&original) {
            let Some(object) = bucket.find_async(&key(&place)).await? else { continue };
            let kind = Kind::ALL
                .into_iter()
                .find(|kind| original.hash.as_ref().is_some_and(|hash| hash.place(*kind) == place));
            let content_type = match kind {
                // The content was inspected before it got the hash as its name.
                Some(kind) => kind.content_type(),
                None if object.size == 0 => content_type(&[]),
                None => {
                    let head = 0..object.size.min(MAGIC as u64);
                    let head = bucket.body(&key(&place), &object, head).collect().await;
                    content_type(&head.map_err(at(&place))?.to_bytes())
                }
            };
            let (size, modified) = (object.size, object.modified);
            let sendable = sendable(original, by_id, place, size, modified)?;
            let content = Content::Object(bucket.clone(), object);
            return Sendable { content, content_type, ..sendable }.send(headers);
        }
        Err(missing(&original))
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

/// Opens the file, and determines its media type if the row cannot be trusted. Blocks.
fn prepare(uploads: &Uploads, original: Original, by_id: bool) -> Result<Sendable, Error> {
    let (place, opened) = open(uploads, &original)?.ok_or_else(|| missing(&original))?;
    let content_type = sniff(&opened).map_err(at(&place))?;
    let state = Some(opened.state);
    let sendable = sendable(original, by_id, place, opened.size, opened.modified)?;
    Ok(Sendable { content: Content::File(Arc::new(opened.file)), content_type, state, ..sendable })
}

/// Describes an original without its content.
fn sendable(
    original: Original,
    by_id: bool,
    place: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
) -> Result<Sendable, Error> {
    if original.hash.is_some()
        && let Some(expected) = original.size
        && expected != size
    {
        return Err(Error::Size { path: place, found: size, expected });
    }
    // Without a hash, the file's modification time applies.
    let validators = match original.hash {
        Some(_) => validators(&original),
        None => Validators { etag: None, modified },
    };
    let is_lasting = by_id && original.hash.is_some();
    Ok(Sendable {
        content: Content::Memory(Bytes::new()),
        size,
        place,
        state: None,
        content_type: UNKNOWN,
        validators,
        name: original.name,
        is_lasting,
    })
}

fn missing(original: &Original) -> Error {
    tracing::warn!(uuid = original.uuid, "a photo has no file");
    Error::NoOriginal
}

/// Opens the file with the original's hash, or with the path in its row if there is no hash. Returns
/// `None` if the file is missing. Blocks.
pub(super) fn open(uploads: &Uploads, original: &Original) -> Result<Option<(PathBuf, Opened)>, Error> {
    for place in places(original) {
        if let Some(opened) = uploads.open_original(&place)? {
            return Ok(Some((place, opened)));
        }
    }
    Ok(None)
}

/// Returns the paths at which an original can be, the likeliest first. The path in a row shows the
/// format.
fn places(original: &Original) -> Vec<PathBuf> {
    let in_row = original.file_path.as_deref().and_then(place_of_row).map(Path::to_owned);
    let Some(hash) = &original.hash else { return in_row.into_iter().collect() };
    let mut places: Vec<PathBuf> = Kind::ALL.map(|kind| hash.place(kind)).into();
    places.sort_by_key(|place| in_row.as_ref() != Some(place));
    places
}

/// Determines the media type from the bytes. The former server stored files unchecked, so a file
/// may be a page with a script.
fn sniff(opened: &Opened) -> std::io::Result<&'static str> {
    let head = read_at(&opened.file, 0, usize::try_from(opened.size).unwrap_or(MAGIC).min(MAGIC))?;
    Ok(content_type(&head))
}

fn content_type(head: &[u8]) -> &'static str {
    Kind::of(head).map_or(UNKNOWN, Kind::content_type)
}

/// Returns the validators of a photo: its hash and its upload time.
///
/// The upload time is used because the modification time of a file changes with each copy. Files
/// from before content was hashed have no strong tag.
pub(super) fn validators(original: &Original) -> Validators {
    Validators {
        etag: original.hash.as_ref().and_then(|hash| format!("\"{hash}\"").parse().ok()),
        modified: original.uploaded_at.as_deref().and_then(uploaded_at),
    }
}

/// Parses a stored timestamp. Omits fractions of a second, because headers have no finer
/// resolution.
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
