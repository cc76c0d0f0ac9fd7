//! Stores a photo: `PUT /api/photos/{name}` with the raw bytes. The part of a form is stored in the
//! same way (`form`).

use hyper::StatusCode;
use hyper::body::{Body, Bytes};
use hyper::header::LOCATION;
use uuid::Uuid;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::error::Error;
use crate::store::{NewPhoto, Reader, Shown, stamp};
use crate::uploads::{Incoming, Received, Uploads};

use super::conditions::Conditions;
use super::name::{self, PhotoName};
use super::original::validators;
use super::{Photos, blocking};

/// The number of bytes to gather before a write, so that small frames do not each cost a thread
/// switch.
const GATHERED: usize = 256 << 10;

/// A source of a photo's bytes, in pieces.
pub(super) trait Pieces {
    /// Returns the next piece, or `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Error>> + Send;

    /// Returns the number of bytes that will arrive at least, as far as it is known.
    fn announced(&self) -> u64;
}

impl Pieces for Upload {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        Ok(Upload::next(self).await?)
    }

    fn announced(&self) -> u64 {
        self.size_hint().lower()
    }
}

/// A stored photo.
#[derive(Debug)]
pub(super) struct Taken {
    photo: Shown,
    is_new: bool,
}

impl Photos {
    /// Stores the photo in a request's whole body.
    pub(crate) async fn put(
        &self,
        actor: Actor,
        name: PhotoName,
        conditions: Conditions,
        mut body: Upload,
    ) -> Result<Answer, Error> {
        body.allow(self.limits.upload_bytes)?;
        // The conditions are checked again when the row is added. This check spares the client an
        // upload that would be rejected.
        let (first, address) = (conditions.clone(), name.clone());
        self.store.read(move |reader| allow(reader, actor, &first, address.as_str())).await?;
        let received = self.receive(&mut body).await?;
        self.keep(actor, received, name, conditions).await?.into_answer()
    }

    /// Writes the pieces to a file, and inspects it.
    pub(super) async fn receive(&self, pieces: &mut impl Pieces) -> Result<Received, Error> {
        let announced = pieces.announced();
        let (uploads, limits) = (self.uploads.clone(), self.limits);
        let mut incoming = blocking(move || {
            let free = uploads.free_bytes()?;
            let needed = limits.reserve_bytes.saturating_add(announced);
            if free < needed { Err(Error::Reserve { free }) } else { Incoming::create(&uploads) }
        })
        .await?;
        let mut gathered = Vec::new();
        let mut size = 0;
        let mut enough = 1;
        while let Some(piece) = pieces.next().await? {
            size += piece.len();
            gathered.push(piece);
            if size >= enough {
                let some = std::mem::take(&mut gathered);
                incoming = blocking(move || incoming.write(&some)).await?;
                size = 0;
                // The first piece is written at once, so that a file that is not a photo is
                // rejected early.
                enough = GATHERED;
            }
        }
        let permit = self.inspections.acquire().await;
        let received = blocking(move || incoming.write(&gathered)?.finish(limits)).await?;
        drop(permit);
        Ok(received)
    }

    /// Moves a received file to its path and adds its row. If the same content exists under the
    /// same name, the existing photo is kept.
    pub(super) async fn keep(
        &self,
        actor: Actor,
        received: Received,
        name: PhotoName,
        conditions: Conditions,
    ) -> Result<Taken, Error> {
        let uploads = self.uploads.clone();
        self.store
            .write(move |mut writer| {
                let (hash, kind) = (received.hash.clone(), received.kind);
                let (size, dimensions) = (received.size, received.dimensions);
                let naming = Uploads::naming(&uploads)?;
                allow(writer.reader(), actor, &conditions, name.as_str())?;
                received.settle(&uploads, &naming)?;
                let is_new = writer.add(&NewPhoto {
                    owner: actor,
                    uuid: Uuid::new_v4().to_string(),
                    name: &name,
                    hash: &hash,
                    kind,
                    size,
                    dimensions,
                    now: stamp::now(),
                })?;
                drop(naming);
                let reader = writer.reader();
                let uuid = reader.uuid_of(actor, &hash, name.as_str())?;
                let photo = uuid.map(|uuid| reader.photo(actor, &uuid)).transpose()?.flatten();
                let photo = photo.ok_or(Error::NoPhoto)?;
                Ok(Taken { photo, is_new })
            })
            .await
    }
}

impl Taken {
    /// Converts to a response: 201 for a new photo, 200 for an existing one, both with its
    /// location.
    pub(super) fn into_answer(self) -> Result<Answer, Error> {
        let status = if self.is_new { StatusCode::CREATED } else { StatusCode::OK };
        let mut answer = answer::json(status, &self.photo)?;
        let location = format!("/api/photos/{}/", name::in_path(&self.photo.photo.uuid));
        answer::set(&mut answer, LOCATION, location);
        Ok(answer)
    }
}

/// Checks the conditions against the photo that a `GET` of the same address would return.
fn allow(reader: Reader<'_>, actor: Actor, conditions: &Conditions, name: &str) -> Result<(), Error> {
    let found = reader.original_of(actor, name)?;
    let found = found.map_or_else(|| reader.original_named(actor, name), |found| Ok(Some(found)))?;
    conditions.allow_change(found.map(|original| validators(&original)).as_ref())
}
