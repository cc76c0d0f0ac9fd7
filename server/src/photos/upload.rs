//! Stores a photo: `PUT /api/photos/{name}` with the raw bytes. The `form` module stores the parts
//! of a form in the same way.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::body::{Body, Bytes};
use hyper::header::LOCATION;
use tokio::time::timeout;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::error::Error;
use crate::people::Caller;
use crate::settings::Limits;
use crate::store::{Reader, Shown};
use crate::uploads::{Incoming, Received, Uploads};

use super::conditions::Conditions;
use super::group_commit::Arrival;
use super::name::{self, PhotoName};
use super::original::validators;
use super::{Photos, blocking};

/// The number of bytes to gather before a write, so that not every small frame costs a thread
/// switch.
const GATHERED: usize = 256 << 10;

/// If a client pauses for this long, the gathered bytes are written, so that a file that is not a
/// photo is rejected early.
const PAUSE: Duration = Duration::from_millis(50);

/// A source of a photo's bytes, in pieces.
pub(super) trait Pieces {
    /// Returns the next piece, or `None` at the end. No piece is lost if the future is dropped.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Error>> + Send;

    /// Returns the minimum number of bytes that will arrive, as far as is known.
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

/// A photo that is being received. The first write creates its file.
#[derive(Debug)]
struct Receiving {
    uploads: Uploads,
    limits: Limits,
    announced: u64,
    incoming: Option<Incoming>,
}

/// A stored photo.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(super) photo: Shown,
    /// `false` if the same photo already existed.
    pub(super) is_new: bool,
}

impl Photos {
    /// Stores the photo in a request's body.
    pub(crate) async fn put(
        &self,
        caller: Caller,
        name: PhotoName,
        conditions: Conditions,
        mut body: Upload,
    ) -> Result<Answer, Error> {
        body.allow(self.limits.upload_bytes)?;
        // The conditions are checked again when the row is added. This check spares the client an
        // upload that would be rejected.
        let (first, address) = (conditions.clone(), name.clone());
        let actor = caller
            .read_short(move |reader, actor| {
                allow(reader, actor, &first, address.as_str())?;
                Ok(actor)
            })
            .await?;
        let received = self.receive(&mut body).await?;
        self.keep(actor, received, name, conditions).await?.into_answer()
    }

    /// Writes the pieces to a file, and inspects it.
    ///
    /// A short upload is written in one job. A long upload that does not fit on the disk is refused
    /// before it is read. The first bytes of a slow upload are inspected before the rest arrive.
    pub(super) async fn receive(&self, pieces: &mut impl Pieces) -> Result<Received, Error> {
        let announced = pieces.announced();
        let mut receiving = Receiving::new(&self.uploads, self.limits, announced);
        if announced > GATHERED as u64 {
            receiving = blocking(move || receiving.write(&[])).await?;
        }
        let last = loop {
            let (some, is_end) = gather(pieces).await?;
            if is_end {
                break some;
            }
            receiving = blocking(move || receiving.write(&some)).await?;
        };
        let permit = self.inspections.acquire().await;
        let received = blocking(move || receiving.write(&last)?.finish()).await?;
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
        let received = if uploads.bucket().is_some() {
            let permit = self.store.in_time(Arc::clone(&self.sending).acquire_owned()).await?;
            blocking(move || {
                let _permit = permit;
                received.send(&uploads)
            })
            .await?
        } else {
            received
        };
        let arrival = Arrival { actor, received, name, conditions };
        let taken = self.arrivals.store(arrival, &self.store, &self.uploads).await?;
        self.jobs.added();
        Ok(taken)
    }
}

/// Gathers pieces until there are enough for a write, or the client pauses. Returns `true` at the
/// end of the upload.
async fn gather(pieces: &mut impl Pieces) -> Result<(Vec<Bytes>, bool), Error> {
    let (mut gathered, mut size) = (Vec::new(), 0);
    while size < GATHERED {
        let next = if gathered.is_empty() {
            pieces.next().await
        } else {
            let Ok(next) = timeout(PAUSE, pieces.next()).await else { break };
            next
        };
        let Some(piece) = next? else { return Ok((gathered, true)) };
        size += piece.len();
        gathered.push(piece);
    }
    Ok((gathered, false))
}

impl Receiving {
    fn new(uploads: &Uploads, limits: Limits, announced: u64) -> Self {
        Self { uploads: uploads.clone(), limits, announced, incoming: None }
    }

    /// Writes pieces. The first call checks the free space and creates the file. Blocks.
    fn write(mut self, pieces: &[Bytes]) -> Result<Self, Error> {
        let incoming = match self.incoming.take() {
            Some(incoming) => incoming,
            None => self.create()?,
        };
        self.incoming = Some(incoming.write(pieces)?);
        Ok(self)
    }

    fn create(&self) -> Result<Incoming, Error> {
        self.uploads.admit(self.announced, self.limits)?;
        Incoming::create(&self.uploads)
    }

    /// Inspects the complete file. Blocks.
    fn finish(mut self) -> Result<Received, Error> {
        let incoming = match self.incoming.take() {
            Some(incoming) => incoming,
            None => self.create()?,
        };
        incoming.finish(self.limits)
    }
}

impl Taken {
    /// Converts to a response: 201 for a new photo, or 200 for an existing one, with its location.
    pub(super) fn into_answer(self) -> Result<Answer, Error> {
        let status = if self.is_new { StatusCode::CREATED } else { StatusCode::OK };
        let mut answer = answer::json(status, &self.photo)?;
        let location = format!("/api/photos/{}/", name::in_path(&self.photo.photo.uuid));
        answer::set(&mut answer, LOCATION, location);
        Ok(answer)
    }
}

/// Returns an error unless the conditions allow replacing the photo that a `GET` of the same
/// address would return.
pub(super) fn allow(
    reader: Reader<'_>,
    actor: Actor,
    conditions: &Conditions,
    name: &str,
) -> Result<(), Error> {
    let found = reader.original_of(actor, name)?;
    let found = found.map_or_else(|| reader.original_named(actor, name), |found| Ok(Some(found)))?;
    conditions.allow_change(found.map(|original| validators(&original)).as_ref())
}
