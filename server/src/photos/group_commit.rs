//! Stores received photos in groups. All photos that are waiting for the writer share one
//! transaction and one sync per folder, because syncs take longer than everything else.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::actor::Actor;
use crate::error::Error;
use crate::store::{Adding, NewPhoto, Store, Writer, stamp};
use crate::uploads::{Naming, Received, Uploads};

use super::conditions::Conditions;
use super::name::PhotoName;
use super::upload::{Taken, allow};

/// A received photo that will be stored.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// Its owner.
    pub(crate) actor: Actor,
    /// The file.
    pub(crate) received: Received,
    /// Its name.
    pub(crate) name: PhotoName,
    /// The conditions on an existing photo with this name.
    pub(crate) conditions: Conditions,
}

/// The photos that are waiting for the writer, and the senders for their results.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals {
    waiting: Arc<Mutex<Vec<(Arrival, Answer)>>>,
    /// Held while a group is stored. Otherwise, each of PostgreSQL's writers would take a few
    /// photos, and then only wait for the folder's lock.
    turn: Arc<tokio::sync::Mutex<()>>,
}

type Answer = oneshot::Sender<Result<Taken, Error>>;

impl Arrivals {
    /// Moves a received file to its path and adds its row, together with all others that are
    /// waiting.
    pub(super) async fn store(
        &self,
        arrival: Arrival,
        store: &Store,
        uploads: &Uploads,
    ) -> Result<Taken, Error> {
        let (answer, mut stored) = oneshot::channel();
        self.waiting().push((arrival, answer));
        let (arrivals, uploads, binding) = (self.clone(), uploads.clone(), store.binding());
        let group = async {
            let turn = store.in_time(Arc::clone(&self.turn).lock_owned()).await?;
            let work = move |writer: Writer<'_>| {
                let _turn = turn;
                let group = std::mem::take(&mut *arrivals.waiting());
                store_group(writer, &uploads, &binding, group)
            };
            store.write(work).await
        };
        tokio::select! {
            biased;
            stored = &mut stored => return stored.map_err(|_| Error::Busy)?,
            written = group => written?,
        }
        stored.await.map_err(|_| Error::Busy)?
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<(Arrival, Answer)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores a group, except for photos whose clients disconnected. If the database fails, asks the
/// group's other clients to retry.
fn store_group(
    writer: Writer<'_>,
    uploads: &Uploads,
    binding: &str,
    mut group: Vec<(Arrival, Answer)>,
) -> Result<(), Error> {
    group.retain(|(_, answer)| !answer.is_closed());
    if group.is_empty() {
        return Ok(());
    }
    let (arrivals, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    for (answer, result) in answers.into_iter().zip(store_all(writer, uploads, binding, arrivals)?) {
        // The client may have disconnected in the meantime. Its photo is stored anyway.
        let _ = answer.send(result);
    }
    Ok(())
}

/// Stores received photos in one transaction. If the database fails, none is stored. Blocks.
///
/// The rows are committed only after the names of the files are synced to disk.
pub(crate) fn store_all(
    mut writer: Writer<'_>,
    uploads: &Uploads,
    binding: &str,
    arrivals: Vec<Arrival>,
) -> Result<Vec<Result<Taken, Error>>, Error> {
    let naming = uploads.naming()?;
    let adding = writer.adding(binding)?;
    let sent = uploads.check_sent(arrivals.iter().map(|arrival| &arrival.received));
    let (mut folders, mut results) = (BTreeSet::new(), Vec::with_capacity(arrivals.len()));
    for (arrival, sent) in arrivals.into_iter().zip(sent) {
        match sent.and_then(|()| store_one(arrival, &adding, uploads, &naming)) {
            Ok((taken, folder)) => {
                folders.extend(folder);
                results.push(Ok(taken));
            }
            Err(error @ Error::Database(_)) => return Err(error),
            Err(error) => results.push(Err(error)),
        }
    }
    folders.iter().try_for_each(|folder| Uploads::sync(&naming, folder))?;
    adding.commit()?;
    Ok(results)
}

/// Moves one file, and adds its row. If the same content exists under the same name, the existing
/// photo is kept.
fn store_one(
    arrival: Arrival,
    adding: &Adding<'_>,
    uploads: &Uploads,
    naming: &Naming,
) -> Result<(Taken, Option<PathBuf>), Error> {
    let Arrival { actor, received, name, conditions } = arrival;
    allow(adding.reader(), actor, &conditions, name.as_str())?;
    let (hash, kind) = (received.hash.clone(), received.kind);
    let (size, inspected) = (received.size, received.inspected.clone());
    let folder = received.settle(uploads, naming)?;
    let is_new = adding.add(&NewPhoto {
        owner: actor,
        uuid: Uuid::new_v4().to_string(),
        name: &name,
        hash: &hash,
        kind,
        size,
        inspected: &inspected,
        now: stamp::now(),
    })?;
    let reader = adding.reader();
    let uuid = reader.uuid_of(actor, &hash, name.as_str())?;
    let photo = uuid.map(|uuid| reader.photo(actor, &uuid)).transpose()?.flatten();
    Ok((Taken { photo: photo.ok_or(Error::NoPhoto)?, is_new }, folder))
}
