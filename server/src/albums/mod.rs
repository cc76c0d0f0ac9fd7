//! The handlers for albums, and for the links that share them.

mod routes;

use hyper::StatusCode;
use jiff::ToSpan;
use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::archive;
use crate::body::Upload;
use crate::error::Error;
use crate::json::{self, Change};
use crate::models::{Album, Share};
use crate::people::secret;
use crate::photos::Photos;
use crate::store::{AlbumChanges, Stamp, Store, stamp};

pub(crate) use routes::{ROUTES, Route};

/// The maximum length of a title or description, in characters.
const LONGEST_TEXT: usize = 10_000;

/// The default and the maximum number of days for which a link is valid.
const DEFAULT_DAYS: i64 = 30;
const MOST_DAYS: i64 = 3650;

const ALBUM: &str = "a JSON object with `title` and, optionally, `uuid`, `description` and `photos`";
const CHANGES: &str = "a JSON object with any of `title`, `description`, `cover` and `photos`";

/// Albums.
#[derive(Debug, Clone)]
pub(crate) struct Albums {
    store: Store,
    photos: Photos,
}

/// A new album. Old clients choose the id and the dates.
#[derive(Debug, Deserialize)]
struct NewAlbum {
    uuid: Option<String>,
    title: String,
    description: Option<String>,
    creation_date: Option<DateTime>,
    start_date: Option<DateTime>,
    end_date: Option<DateTime>,
    #[serde(default)]
    photos: Vec<String>,
}

/// New values for an album.
#[derive(Debug, Deserialize)]
struct Edit {
    title: Option<String>,
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    cover: Change<String>,
    photos: Option<Vec<String>>,
}

/// A new link.
#[derive(Debug, Deserialize)]
struct NewShare {
    days: Option<i64>,
}

impl NewAlbum {
    fn into_album(self, uuid: String) -> Result<(Album, Vec<String>), Error> {
        check(Some(&self.title), self.description.as_ref())?;
        let stamp = |moment: Option<DateTime>| moment.map(|moment| Stamp(stamp::text(moment)));
        let album = Album {
            uuid,
            title: self.title,
            description: self.description,
            creation_date: stamp(Some(self.creation_date.unwrap_or_else(stamp::now))),
            start_date: stamp(self.start_date),
            end_date: stamp(self.end_date),
            ..Album::default()
        };
        Ok((album, self.photos))
    }
}

impl Albums {
    /// Creates the handlers.
    pub(crate) fn new(photos: Photos) -> Self {
        Self { store: photos.store().clone(), photos }
    }

    async fn list(&self, actor: Actor) -> Result<Answer, Error> {
        let albums = self.store.read(move |reader| Ok(reader.albums(actor)?)).await?;
        answer::json(StatusCode::OK, &albums)
    }

    async fn describe(&self, actor: Actor, uuid: String, status: StatusCode) -> Result<Answer, Error> {
        let album = self.store.read(move |reader| Ok(reader.album(actor, &uuid)?)).await?;
        answer::json(status, &album.ok_or(Error::NoAlbum)?)
    }

    async fn create(&self, actor: Actor, body: Upload) -> Result<Answer, Error> {
        let new: NewAlbum = json::read(body, ALBUM).await?;
        let uuid = new.uuid.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
        self.add(actor, new, uuid).await
    }

    async fn add(&self, actor: Actor, new: NewAlbum, uuid: String) -> Result<Answer, Error> {
        let (album, photos) = new.into_album(uuid.clone())?;
        self.store
            .write(move |mut writer| {
                if writer.reader().has_album(&album.uuid)? {
                    return Err(Error::AlbumExists);
                }
                Ok(writer.add_album(actor, album, &photos)?)
            })
            .await?;
        self.describe(actor, uuid, StatusCode::CREATED).await
    }

    /// Creates an album, or replaces its title and its photos.
    async fn put(&self, actor: Actor, uuid: String, body: Upload) -> Result<Answer, Error> {
        let new: NewAlbum = json::read(body, ALBUM).await?;
        let wanted = uuid.clone();
        if !self.store.read(move |reader| Ok(reader.has_album(&wanted)?)).await? {
            return self.add(actor, new, uuid).await;
        }
        let (title, photos) = (Some(new.title), Some(new.photos));
        self.change(actor, uuid, AlbumChanges { title, photos, ..AlbumChanges::default() }).await
    }

    async fn patch(&self, actor: Actor, uuid: String, body: Upload) -> Result<Answer, Error> {
        let Edit { title, description, cover, photos } = json::read(body, CHANGES).await?;
        self.change(actor, uuid, AlbumChanges { title, description, cover, photos }).await
    }

    async fn change(&self, actor: Actor, uuid: String, changes: AlbumChanges) -> Result<Answer, Error> {
        check(changes.title.as_ref(), changes.description.value())?;
        let target = uuid.clone();
        if !self.store.write(move |mut writer| Ok(writer.change_album(actor, &target, &changes)?)).await? {
            return Err(Error::NoAlbum);
        }
        self.describe(actor, uuid, StatusCode::OK).await
    }

    async fn delete(&self, actor: Actor, uuid: String) -> Result<Answer, Error> {
        if !self.store.write(move |mut writer| Ok(writer.delete_album(actor, &uuid)?)).await? {
            return Err(Error::NoAlbum);
        }
        answer::json(StatusCode::OK, &json!({ "message": "Album deleted successfully" }))
    }

    /// Sends the photos of an album as a ZIP archive.
    pub(crate) async fn zip(&self, actor: Actor, uuid: String) -> Result<Answer, Error> {
        let (album, originals) = self
            .store
            .read(move |reader| {
                let album = reader.album(actor, &uuid)?.ok_or(Error::NoAlbum)?;
                Ok((album, reader.originals_in(actor, &uuid)?))
            })
            .await?;
        Ok(archive::answer(&album.title, self.photos.archive_entries(originals)))
    }

    async fn shares(&self, actor: Actor, uuid: String) -> Result<Answer, Error> {
        let shares = self.store.read(move |reader| {
            reader.album(actor, &uuid)?.ok_or(Error::NoAlbum)?;
            Ok(reader.shares(actor, &uuid)?)
        });
        answer::json(StatusCode::OK, &shares.await?)
    }

    /// Creates a link. Only the response contains its secret.
    async fn share(&self, actor: Actor, uuid: String, body: Upload) -> Result<Answer, Error> {
        let NewShare { days } = json::read(body, "a JSON object with `days`").await?;
        let days = days.unwrap_or(DEFAULT_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(Error::Input("from 1 to 3650 `days`"));
        }
        let (secret, now) = (secret::token()?, stamp::now());
        let expires_at = Stamp(stamp::text(now.saturating_add(days.days())));
        let share = Share {
            id: None,
            album_uuid: uuid.clone(),
            hash: secret::hash(&secret),
            created_at: Stamp(stamp::text(now)),
            expires_at: expires_at.clone(),
        };
        let id = self
            .store
            .write(move |mut writer| {
                writer.reader().album(actor, &uuid)?.ok_or(Error::NoAlbum)?;
                Ok(writer.add_share(&share)?)
            })
            .await?;
        let url = format!("/s/{secret}");
        answer::json(StatusCode::CREATED, &json!({ "id": id, "url": url, "expires_at": expires_at }))
    }

    async fn delete_share(&self, actor: Actor, id: &str) -> Result<Answer, Error> {
        let id: i64 = id.parse().map_err(|_| Error::NoShare)?;
        if !self.store.write(move |mut writer| Ok(writer.delete_share(actor, id)?)).await? {
            return Err(Error::NoShare);
        }
        answer::json(StatusCode::OK, &json!({ "message": "Link deleted" }))
    }
}

/// Checks the lengths of a title and a description.
fn check(title: Option<&String>, description: Option<&String>) -> Result<(), Error> {
    let is_long = |text: &String| text.chars().count() > LONGEST_TEXT;
    if title.is_some_and(|title| title.trim().is_empty()) {
        return Err(Error::Input("a `title` that is not empty"));
    }
    if title.is_some_and(is_long) || description.is_some_and(is_long) {
        return Err(Error::Input("text of at most 10000 characters"));
    }
    Ok(())
}
