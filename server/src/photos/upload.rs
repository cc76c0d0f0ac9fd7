//! Takes a photo in: `PUT /api/photos/{name}` with the raw bytes. A form's part goes the same way (`form`).

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::LOCATION;
use uuid::Uuid;

use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::error::Error;
use crate::store::{NewPhoto, Reader, Shown, stamp};
use crate::uploads::{Incoming, Received, Uploads};

use super::conditions::Conditions;
use super::name::{self, PhotoName};
use super::original::validators;
use super::{Photos, blocking};

/// How much is gathered before it is written, so that not every small frame costs a change of threads.
const GATHERED: usize = 256 << 10;

/// Where a photo's bytes come from, piece by piece.
pub(super) trait Pieces {
    /// The next piece; none at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Error>> + Send;
}

impl Pieces for Upload {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        Ok(Upload::next(self).await?)
    }
}

/// A photo that was taken in.
#[derive(Debug)]
pub(super) struct Taken {
    photo: Shown,
    is_new: bool,
}

impl Photos {
    /// Takes a photo from a request's whole body.
    pub(crate) async fn put(
        &self,
        name: PhotoName,
        conditions: Conditions,
        mut body: Upload,
    ) -> Result<Answer, Error> {
        body.allow(self.limits.upload_bytes)?;
        // Judged again when the photo gets its row; this spares the client from sending what would be refused then.
        let (first, address) = (conditions.clone(), name.clone());
        self.store.read(move |reader| allow(reader, &first, address.as_str())).await?;
        let received = self.receive(&mut body).await?;
        self.keep(received, name, conditions).await?.into_answer()
    }

    /// Writes the pieces to a file and looks at it.
    pub(super) async fn receive(&self, pieces: &mut impl Pieces) -> Result<Received, Error> {
        let uploads = self.uploads.clone();
        let mut incoming = blocking(move || Incoming::create(&uploads)).await?;
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
                // The first piece is written at once: what is no photo need not be received.
                enough = GATHERED;
            }
        }
        let limits = self.limits;
        let turn = self.inspections.acquire().await;
        let received = blocking(move || incoming.write(&gathered)?.finish(limits)).await?;
        drop(turn);
        Ok(received)
    }

    /// Gives a received file its place and its row; the same content under the same name is the photo that is there.
    pub(super) async fn keep(
        &self,
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
                allow(writer.reader(), &conditions, name.as_str())?;
                received.settle(&uploads, &naming)?;
                let is_new = writer.add(&NewPhoto {
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
                let uuid = reader.uuid_of(&hash, name.as_str())?;
                let photo = uuid.map(|uuid| reader.photo(&uuid)).transpose()?.flatten();
                let photo = photo.ok_or(Error::NoPhoto)?;
                Ok(Taken { photo, is_new })
            })
            .await
    }
}

impl Taken {
    /// 201 for a new photo, 200 for one that is there; both say where.
    pub(super) fn into_answer(self) -> Result<Answer, Error> {
        let status = if self.is_new { StatusCode::CREATED } else { StatusCode::OK };
        let mut answer = answer::json(status, &self.photo)?;
        let location = format!("/api/photos/{}/", name::in_path(&self.photo.photo.uuid));
        answer::set(&mut answer, LOCATION, location);
        Ok(answer)
    }
}

/// Checks the conditions against the photo that a `GET` of the same address answers with.
fn allow(reader: Reader<'_>, conditions: &Conditions, name: &str) -> Result<(), Error> {
    let found = reader.original_of(name)?;
    let found = found.map_or_else(|| reader.original_named(name), |found| Ok(Some(found)))?;
    conditions.allow_change(found.map(|original| validators(&original)).as_ref())
}
