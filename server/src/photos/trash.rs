//! The trash. `DELETE /api/photos/{uuid}/` moves a photo there. It can then be restored or purged.

use hyper::{Method, StatusCode};
use serde_json::json;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::error::{Causes, Error};
use crate::router::{Head, Parameters};
use crate::store::{Original, Reader, stamp};
use crate::uploads::{Kind, Naming, Uploads, collect, place_of_row, thumbnail};

use super::Photos;
use super::conditions::Conditions;
use super::original::validators;
use super::routes::segment;

/// The routes below `/api/trash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrashRoute {
    All,
    One,
}

/// The paths of the routes.
pub(crate) const TRASH_ROUTES: &[(&str, TrashRoute)] =
    &[("/api/trash", TrashRoute::All), ("/api/trash/{key}", TrashRoute::One)];

/// The number of photos that are purged at once. The writer is never held for long, and a process
/// that is killed once or twice leaves so few files without a photo that `server gc` still deletes
/// them.
const AT_ONCE: usize = collect::FEW / 2;

impl Photos {
    /// Handles a user's request for the trash.
    pub(crate) async fn answer_trash(
        &self,
        route: TrashRoute,
        parameters: &Parameters<'_>,
        head: &Head,
        actor: Actor,
    ) -> Result<Answer, Error> {
        if head.method != Method::DELETE {
            return Err(Error::Method { allow: "DELETE" });
        }
        let purged = match route {
            TrashRoute::All => self.purge_all(actor).await?,
            TrashRoute::One => {
                let uuid = segment(parameters.get("key").unwrap_or_default())?;
                match self.purge(actor, vec![uuid]).await? {
                    0 => return Err(Error::NoPhoto),
                    purged => purged,
                }
            }
        };
        answer::json(StatusCode::OK, &json!({ "changed": purged }))
    }

    /// Moves a photo to the trash.
    pub(crate) async fn delete(
        &self,
        actor: Actor,
        uuid: String,
        conditions: Conditions,
    ) -> Result<Answer, Error> {
        let now = stamp::text(stamp::now());
        self.store
            .write(move |mut writer| {
                let moved = writer.trash_if((actor, uuid), &now, |original| {
                    conditions.allow_change(Some(&validators(original.ok_or(Error::NoPhoto)?)))
                })?;
                // For old clients, a photo in the trash is deleted.
                if moved { Ok(()) } else { Err(Error::NoPhoto) }
            })
            .await?;
        answer::json(StatusCode::OK, &json!({ "message": "Photo deleted successfully" }))
    }

    /// Moves a photo back from the trash, and returns its data.
    pub(crate) async fn restore(&self, actor: Actor, uuid: String) -> Result<Answer, Error> {
        let restored = uuid.clone();
        self.store.write(move |mut writer| Ok(writer.restore(actor, &[restored])?)).await?;
        self.changed(actor, uuid).await
    }

    /// Deletes every photo in a user's trash. Returns their number.
    async fn purge_all(&self, actor: Actor) -> Result<usize, Error> {
        let mut purged = 0;
        loop {
            let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
            let some = self.store.read(move |reader| Ok(reader.trashed(actor, limit)?)).await?;
            match self.purge(actor, some).await? {
                0 => return Ok(purged),
                some => purged += some,
            }
        }
    }

    /// Deletes photos in a user's trash: first the rows, and then the files that no other photo
    /// uses. Returns the number of deleted photos.
    pub(super) async fn purge(&self, actor: Actor, mut uuids: Vec<String>) -> Result<usize, Error> {
        let mut purged = 0;
        while !uuids.is_empty() {
            let some = uuids.split_off(uuids.len().saturating_sub(AT_ONCE));
            let (uploads, binding) = (self.uploads.clone(), self.store.binding());
            purged += self
                .store
                .write(move |mut writer| {
                    let naming = uploads.naming()?;
                    let gone = writer.removing(&binding)?.purge(actor, &some)?;
                    // The photos are deleted even if a file cannot be removed. A leftover file is
                    // moved to the quarantine later.
                    let cleaned = writer.removing(&binding).and_then(|removing| {
                        let mut gone = gone.iter();
                        gone.try_for_each(|original| clean_up(&uploads, &naming, removing.reader(), original))
                    });
                    if let Err(error) = cleaned {
                        tracing::warn!(cause = %Causes(&error), "cannot remove the file of a deleted photo");
                    }
                    Ok(gone.len())
                })
                .await?;
        }
        Ok(purged)
    }
}

fn clean_up(
    uploads: &Uploads,
    naming: &Naming,
    reader: Reader<'_>,
    original: &Original,
) -> Result<(), Error> {
    if let Some(hash) = &original.hash {
        if !reader.names(hash)? {
            uploads.remove_originals(naming, &Kind::ALL.map(|kind| hash.place(kind)))?;
            thumbnail::remove(uploads, naming, hash)?;
        }
    } else if let Some(file_path) = &original.file_path
        && let Some(place) = place_of_row(file_path)
        && !reader.names_path(file_path)?
    {
        uploads.remove_originals(naming, &[place.to_owned()])?;
    }
    Ok(())
}
