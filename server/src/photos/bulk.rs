//! Changes many photos (`POST /api/photos/bulk`), or sends many photos (`POST /api/photos/zip`).

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::archive;
use crate::body::Upload;
use crate::error::Error;
use crate::json;
use crate::store::stamp;

use super::Photos;

/// A change to many photos.
#[derive(Debug, Deserialize)]
struct Bulk {
    uuids: Vec<String>,
    action: Action,
    album: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Favorite,
    Unfavorite,
    Trash,
    Restore,
    Purge,
    AddToAlbum,
    RemoveFromAlbum,
}

/// A selection of photos.
#[derive(Debug, Deserialize)]
struct Selection {
    uuids: Vec<String>,
}

impl Photos {
    /// Applies an action to a user's photos. Skips photos of other users.
    pub(crate) async fn bulk(&self, actor: Actor, body: Upload) -> Result<Answer, Error> {
        let Bulk { uuids, action, album } =
            json::read(body, "a JSON object with `uuids`, `action` and, for albums, `album`").await?;
        let album = || album.ok_or(Error::Input("the id of an `album`"));
        let changed = match action {
            Action::Favorite | Action::Unfavorite => {
                let is_favorite = matches!(action, Action::Favorite);
                self.store
                    .write(move |mut writer| Ok(writer.set_favorite(actor, &uuids, is_favorite)?))
                    .await?
            }
            Action::Trash => {
                let now = stamp::text(stamp::now());
                self.store.write(move |mut writer| Ok(writer.trash(actor, &uuids, &now)?)).await?
            }
            Action::Restore => self.store.write(move |mut writer| Ok(writer.restore(actor, &uuids)?)).await?,
            Action::Purge => self.purge(actor, uuids).await?,
            Action::AddToAlbum => {
                let album = album()?;
                let added =
                    self.store.write(move |mut writer| Ok(writer.add_to_album(actor, &album, &uuids)?));
                added.await?.ok_or(Error::NoAlbum)?
            }
            Action::RemoveFromAlbum => {
                let album = album()?;
                let removed =
                    self.store.write(move |mut writer| Ok(writer.remove_from_album(actor, &album, &uuids)?));
                removed.await?.ok_or(Error::NoAlbum)?
            }
        };
        answer::json(StatusCode::OK, &json!({ "changed": changed }))
    }

    /// Sends a user's photos as a ZIP archive. Skips photos of other users.
    pub(crate) async fn zip(&self, actor: Actor, body: Upload) -> Result<Answer, Error> {
        let Selection { uuids } = json::read(body, "a JSON object with `uuids`").await?;
        let originals = self.store.read(move |reader| Ok(reader.originals(actor, &uuids)?)).await?;
        Ok(archive::answer("photos", self.archive_entries(originals)))
    }
}
