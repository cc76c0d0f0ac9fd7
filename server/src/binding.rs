//! Decides if a database and an uploads folder belong together.
//!
//! Files without a row are moved away in the background, so existing photos must never be served
//! with the wrong database. A bound database and folder have the same id. An unbound pair is bound
//! only if nothing can be lost.

use std::fmt;

use uuid::Uuid;

use crate::database::{Opened, Ready};
use crate::failure::Failure;
use crate::inspection;
use crate::store::{Connection, Writer, binding_of, lock_binding, stamp, unlock_binding};
use crate::uploads::{FolderState, Naming, Uploads};

/// The counts of a database's photos.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// The photos whose row refers to a file in the uploads folder.
    pub(crate) expected: u64,
    /// The photos whose file exists.
    pub(crate) found: u64,
}

/// The action for a database and a folder that may be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Both have the same id.
    Bound,
    /// They belong together, but do not have a common id yet.
    Bind,
}

/// A database and a folder, as the user wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The database.
    pub(crate) database: String,
    /// The uploads folder, or the bucket that holds the originals.
    pub(crate) originals: String,
}

/// The reason why a database and a folder do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stranger {
    #[error("the folder is bound to {folder:?}, but the database is bound to {database:?}")]
    Different { folder: String, database: String },
    #[error("the folder is bound to another database, and this one has no photos")]
    Taken,
    #[error("the folder contains files, but the database has no photos")]
    NoPhotos,
    #[error("only {found} of the {expected} photos in the database have a file in the folder")]
    FilesMissing { found: u64, expected: u64 },
}

/// Decides if a database and a folder belong together. Counts the photos only if the ids are not
/// enough to decide.
///
/// # Errors
///
/// The outer error is a failure to count the photos. The inner error is the reason why the database
/// and the folder do not belong together.
pub(crate) fn judge<E>(
    database: Option<&str>,
    folder: &FolderState,
    count: impl FnOnce() -> Result<Counted, E>,
) -> Result<Result<Verdict, Stranger>, E> {
    if let (Some(database), Some(folder)) = (database, &folder.id) {
        if database == folder {
            return Ok(Ok(Verdict::Bound));
        }
        let (folder, database) = (folder.clone(), database.to_owned());
        return Ok(Err(Stranger::Different { folder, database }));
    }
    let Counted { expected, found } = count()?;
    Ok(match expected {
        0 if folder.id.is_some() => Err(Stranger::Taken),
        0 if !folder.is_empty => Err(Stranger::NoPhotos),
        _ if expected == 0 || found > expected / 2 => Ok(Verdict::Bind),
        _ => Err(Stranger::FilesMissing { found, expected }),
    })
}

/// Binds a database at the head and its folder, and returns their id. Fails if they do not belong
/// together. Blocks.
pub(crate) fn settle(mut ready: Ready, uploads: &Uploads, pair: &Pair) -> Result<(Ready, String), Failure> {
    let naming = uploads.naming().map_err(Failure::uploads)?;
    if let Some(id) = bound_id(&ready, uploads, pair)? {
        return Ok((ready, id));
    }
    lock_binding(ready.connection())?;
    // Another server may have bound them in the meantime.
    let id = match bound_id(&ready, uploads, pair)? {
        Some(id) => id,
        None => bind(&mut ready, uploads, &naming)?,
    };
    unlock_binding(ready.connection())?;
    tracing::info!(id, %pair, "bound");
    Ok((ready, id))
}

/// Returns the common id, or `None` if the two are not bound yet. Fails if they do not belong
/// together.
fn bound_id(ready: &Ready, uploads: &Uploads, pair: &Pair) -> Result<Option<String>, Failure> {
    match inspection::judged(Some(ready.connection()), uploads)? {
        Err(stranger) => Err(Failure::Stranger { pair: pair.clone(), stranger }),
        Ok(Verdict::Bound) => Ok(binding_of(ready.connection())?),
        Ok(Verdict::Bind) => Ok(None),
    }
}

/// Binds a database at the head to a folder, whatever they contain. Returns the counts of the
/// photos. Blocks.
pub(crate) fn by_hand(mut ready: Ready, uploads: &Uploads) -> Result<Counted, Failure> {
    let naming = uploads.naming().map_err(Failure::uploads)?;
    lock_binding(ready.connection())?;
    bind(&mut ready, uploads, &naming)?;
    unlock_binding(ready.connection())?;
    inspection::count(Some(ready.connection()), uploads)
}

/// Binds a database to other uploads, which have a copy of its originals, and never were bound.
///
/// While the database is locked, no process adds a photo. `last` then copies what was added before,
/// and returns `false` if the database must stay bound as it is. Returns what `last` returned. Blocks.
pub(crate) fn bind_elsewhere(
    opened: &mut Opened,
    bound: &str,
    uploads: &Uploads,
    naming: &Naming,
    last: impl FnOnce(Connection<'_>) -> Result<bool, Failure>,
) -> Result<bool, Failure> {
    let mut writer = Writer::new(opened.writing());
    let removing = writer.removing(bound).map_err(Failure::uploads)?;
    let is_wanted = last(removing.connection())?;
    if is_wanted {
        let id = Uuid::new_v4().to_string();
        removing.bind(&id, stamp::text(stamp::now()))?;
        // If the process dies before the commit, the database is still bound to the old uploads.
        uploads.bind(naming, &id, None).map_err(Failure::uploads)?;
        removing.commit()?;
    }
    Ok(is_wanted)
}

/// Writes a new id to both. This unbinds any other database or folder that was bound to one of
/// them.
///
/// If the process dies between the two writes, the next start must still be able to judge the pair.
/// Only two different ids settle the decision.
fn bind(ready: &mut Ready, uploads: &Uploads, naming: &Naming) -> Result<String, Failure> {
    let id = Uuid::new_v4().to_string();
    let bound = uploads.bound_to().map_err(Failure::uploads)?;
    let to_folder = || uploads.bind(naming, &id, bound.as_deref()).map_err(Failure::uploads);
    let is_folder_first = bound.is_some();
    if is_folder_first {
        to_folder()?;
    }
    Writer::new(ready.writing()).bind(&id, stamp::text(stamp::now()))?;
    if !is_folder_first {
        to_folder()?;
    }
    Ok(id)
}

impl fmt::Display for Pair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} and {}", self.database, self.originals)
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {} photos have a file in the folder", self.found, self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn judged(
        database: Option<&str>,
        folder: Option<&str>,
        is_empty: bool,
        (found, expected): (u64, u64),
    ) -> Result<Verdict, Stranger> {
        let folder = FolderState { id: folder.map(str::to_owned), is_empty };
        judge(database, &folder, || Ok::<_, Infallible>(Counted { expected, found }))
            .unwrap_or_else(|never| match never {})
    }

    #[test]
    fn ids_decide_if_both_have_one() {
        assert_eq!(judged(Some("a"), Some("a"), false, (0, 9)), Ok(Verdict::Bound));
        for photos in [(0, 0), (9, 9)] {
            assert!(matches!(judged(Some("a"), Some("b"), true, photos), Err(Stranger::Different { .. })));
        }
    }

    #[test]
    fn a_pair_is_bound_if_both_are_empty_or_most_photos_find_their_file() {
        for database in [None, Some("a")] {
            assert_eq!(judged(database, None, true, (0, 0)), Ok(Verdict::Bind));
            assert_eq!(judged(database, None, false, (2, 3)), Ok(Verdict::Bind));
            assert_eq!(judged(database, None, false, (0, 0)), Err(Stranger::NoPhotos));
            for (found, expected) in [(0, 1), (1, 2), (1, 3)] {
                let missing = Err(Stranger::FilesMissing { found, expected });
                assert_eq!(judged(database, None, false, (found, expected)), missing);
            }
        }
    }

    #[test]
    fn a_bound_folder_is_not_given_to_a_database_without_photos() {
        assert_eq!(judged(None, Some("a"), true, (0, 0)), Err(Stranger::Taken));
        assert_eq!(judged(None, Some("a"), false, (0, 0)), Err(Stranger::Taken));
        assert_eq!(judged(None, Some("a"), false, (3, 3)), Ok(Verdict::Bind));
    }
}
