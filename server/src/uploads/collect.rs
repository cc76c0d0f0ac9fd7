//! Cleans up after crashed processes. All functions here block.
//!
//! There are two kinds of leftovers. Incomplete uploads are removed. Complete files without a row
//! are moved to the quarantine. Files whose names this server does not create are left alone.

use std::fs::{self, DirEntry, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::Error;

use super::bucket::{Bucket, Object};
use super::folder::{at, key};
use super::incoming::PREFIX;
use super::{ContentHash, Kind, Naming, Uploads, quarantine};

/// The number of orphans that are always moved, whatever their share of all files, because a few
/// crashes leave a few orphans.
pub(crate) const FEW: usize = 20;

/// If there are more orphans, they are moved only if at most one in this many files is an orphan.
const TENTH: usize = 10;

/// The time after which an abandoned request to a service is surely over.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A file named after its content's hash, in the folder itself or in the quarantine.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The hash of the content.
    hash: ContentHash,
    /// The path below the folder at which the file belongs: `ab/cdef….jpg`.
    pub(super) place: PathBuf,
    /// The file's current path below the folder.
    pub(super) below: PathBuf,
    /// The time of the last write.
    modified: Option<SystemTime>,
}

impl Candidate {
    /// Returns the hash in the file's name.
    pub(crate) fn hash(&self) -> &ContentHash {
        &self.hash
    }

    /// Returns the file's current address, for messages.
    pub(crate) fn address(&self, uploads: &Uploads) -> String {
        Path::new(&uploads.address()).join(&self.below).display().to_string()
    }
}

/// Removes incomplete uploads that were last written before `started`, and returns their number.
///
/// A file that another process is still receiving is locked, and is not removed. If locks do not
/// work, only files older than `grace` are removed.
pub(crate) fn sweep_incoming(
    uploads: &Uploads,
    started: SystemTime,
    grace: Duration,
) -> Result<usize, Error> {
    let mut swept = 0;
    for entry in entries(&uploads.incoming())? {
        let path = entry.path();
        let is_ours = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
        let abandoned = is_ours && is_abandoned(&path, Some(started), started.checked_sub(grace));
        if abandoned && fs::remove_file(&path).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}

/// Returns `true` if the process that created a file has ended: the file was last written before
/// `created`, and no process holds its lock. If locks do not work, the file must have been last
/// written before `unlocked` instead.
///
/// `None` is a time before all files.
pub(crate) fn is_abandoned(path: &Path, created: Option<SystemTime>, unlocked: Option<SystemTime>) -> bool {
    let Ok(metadata) = fs::symlink_metadata(path) else { return false };
    let is_before = |limit: Option<SystemTime>| match (metadata.modified(), limit) {
        (Ok(modified), Some(limit)) => modified < limit,
        _ => false,
    };
    // Opening a pipe would block until there is a writer.
    if !metadata.is_file() || !is_before(created) {
        return false;
    }
    match File::open(path).map(|file| file.try_lock()) {
        Ok(Ok(())) => true,
        Ok(Err(TryLockError::WouldBlock)) | Err(_) => false,
        Ok(Err(TryLockError::Error(_))) => is_before(unlocked),
    }
}

/// Returns all candidates, whatever their age.
pub(crate) fn candidates(uploads: &Uploads) -> Result<Vec<Candidate>, Error> {
    match uploads.bucket() {
        None => contents(uploads.root(), Path::new("")),
        Some(bucket) => objects(bucket, "", |folder| folder == Path::new("")),
    }
}

/// Returns the candidates in the quarantine.
pub(crate) fn quarantined(uploads: &Uploads) -> Result<Vec<Candidate>, Error> {
    match uploads.bucket() {
        None => {
            let held = quarantine::days(uploads)?.into_iter().map(|day| contents(uploads.root(), &day));
            Ok(held.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        }
        Some(bucket) => objects(bucket, quarantine::FOLDER, quarantine::is_day),
    }
}

/// Returns the candidates in a bucket, directly below the folders that a function accepts. Another
/// library may be stored under a longer prefix.
fn objects(
    bucket: &Bucket,
    folder: &str,
    is_parent: impl Fn(&Path) -> bool,
) -> Result<Vec<Candidate>, Error> {
    let candidate = |(key, object): (String, Object)| {
        let below = PathBuf::from(key);
        let (hash, place) = content_at(&below)?;
        is_parent(below.parent()?.parent()?).then_some(Candidate {
            hash,
            place,
            below,
            modified: object.modified,
        })
    };
    Ok(bucket.list(folder)?.into_iter().filter_map(candidate).collect())
}

/// Returns the candidates directly below a folder of the uploads. Does not follow links.
fn contents(root: &Path, parent: &Path) -> Result<Vec<Candidate>, Error> {
    let mut found = Vec::new();
    for folder in entries(&root.join(parent))? {
        let is_ours = folder.file_name().len() == 2 && folder.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_ours {
            continue;
        }
        for entry in entries(&folder.path())? {
            let path = entry.path();
            let Some((hash, place)) = content_at(&path) else { continue };
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() {
                let below = parent.join(&place);
                found.push(Candidate { hash, place, below, modified: metadata.modified().ok() });
            }
        }
    }
    Ok(found)
}

/// Returns the candidates that no row refers to and that were last written before `limit`.
pub(crate) fn orphans(
    candidates: Vec<Candidate>,
    limit: SystemTime,
    is_named: impl Fn(&ContentHash) -> Result<bool, Error>,
) -> Result<Vec<Candidate>, Error> {
    let mut orphans = Vec::new();
    for candidate in candidates {
        let is_old = candidate.modified.is_some_and(|modified| modified < limit);
        if is_old && !is_named(&candidate.hash)? {
            orphans.push(candidate);
        }
    }
    Ok(orphans)
}

/// Returns `true` if there are so many orphans that the database is probably the wrong one.
pub(crate) fn are_suspicious(orphans: usize, all: usize) -> bool {
    orphans > FEW && orphans.saturating_mul(TENTH) > all
}

/// Moves an orphan to the quarantine. Requires the lock, and the caller must have checked in the
/// transaction that locks the binding that no row refers to the file: an upload holds both from the
/// rename until its row exists.
pub(crate) fn quarantine(uploads: &Uploads, naming: &Naming, orphan: &Candidate) -> Result<(), Error> {
    quarantine::put(uploads, naming, orphan)?;
    tracing::info!(file = %orphan.place.display(), "moved a file without a photo to the quarantine");
    Ok(())
}

/// Deletes an orphan. Requires the same as [`quarantine()`]. In a bucket, deletes only what was in the
/// quarantine for a day, and moves other files there. Returns `true` if the orphan was deleted.
pub(crate) fn delete(uploads: &Uploads, naming: &Naming, orphan: &Candidate) -> Result<bool, Error> {
    let Some(bucket) = uploads.bucket() else {
        return uploads.remove(naming, &orphan.below).map(|()| true);
    };
    if orphan.below == orphan.place {
        quarantine(uploads, naming, orphan)?;
        return Ok(false);
    }
    let is_old = orphan.modified.is_some_and(|modified| modified.elapsed().is_ok_and(|age| age > DAY));
    if is_old {
        bucket.remove(&key(&orphan.below))?;
    }
    Ok(is_old)
}

/// Moves a file from the quarantine back to its path, unless there is a file. Returns `true` if it
/// was moved. Requires the lock as proof that it is held.
pub(crate) fn take_back(uploads: &Uploads, naming: &Naming, candidate: &Candidate) -> Result<bool, Error> {
    let is_missing = uploads.size_of_original(&candidate.place)?.is_none();
    if is_missing {
        quarantine::take_back(uploads, naming, candidate)?;
    }
    Ok(is_missing)
}

pub(super) fn entries(folder: &Path) -> Result<Vec<DirEntry>, Error> {
    fs::read_dir(folder).and_then(Iterator::collect).map_err(at(folder))
}

/// Returns the hash in a path below the uploads folder. Returns `None` if content with this hash is not
/// stored at exactly this path.
pub(crate) fn hash_at(below: &Path) -> Option<ContentHash> {
    content_at(below).filter(|(_, place)| place == below).map(|(hash, _)| hash)
}

/// Returns the content hash in a path, and the path below the folder. Returns `None` if the path is
/// not that of a stored file.
fn content_at(path: &Path) -> Option<(ContentHash, PathBuf)> {
    let folder = path.parent()?.file_name()?.to_str()?;
    let name = path.file_stem()?.to_str()?;
    let hash = ContentHash::parse(&format!("{folder}{name}"))?;
    let place = Kind::ALL.into_iter().map(|kind| hash.place(kind)).find(|place| path.ends_with(place))?;
    Some((hash, place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn later() -> SystemTime {
        SystemTime::now() + Duration::from_secs(1)
    }

    fn folder() -> io::Result<(tempfile::TempDir, Uploads)> {
        let folder = tempfile::tempdir()?;
        let uploads = Uploads::new(folder.path(), None).prepared().map_err(io::Error::other)?;
        Ok((folder, uploads))
    }

    #[test]
    fn only_unlocked_files_of_before_are_swept() -> io::Result<()> {
        let (_folder, uploads) = folder()?;
        fs::write(uploads.incoming().join(".tmp-left"), "half")?;
        fs::write(uploads.incoming().join("notes"), "mine")?;
        // Opening a pipe would block until there is a writer.
        let pipe = uploads.incoming().join(".tmp-pipe");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status()?.success());
        let held = File::create(uploads.incoming().join(".tmp-held"))?;
        held.lock()?;
        let sweep = |started| sweep_incoming(&uploads, started, Duration::ZERO).map_err(io::Error::other);
        assert_eq!(sweep(SystemTime::UNIX_EPOCH)?, 0);
        assert_eq!(sweep(later())?, 1);
        assert_eq!(sweep(later())?, 0);
        drop(held);
        assert_eq!(sweep(later())?, 1);
        assert!(uploads.incoming().join("notes").exists());
        Ok(())
    }

    /// Creates a folder with files at these paths.
    fn with_files(places: &[String]) -> io::Result<(tempfile::TempDir, Uploads)> {
        let (folder, uploads) = folder()?;
        for place in places {
            let path = folder.path().join(place);
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            fs::write(path, "x")?;
        }
        Ok((folder, uploads))
    }

    #[test]
    fn only_old_contents_without_a_row_are_quarantined_and_come_back() -> io::Result<()> {
        let rest = "0".repeat(62);
        let (named, orphan) = (format!("aa/{rest}.jpg"), format!("ab/{rest}.png"));
        let (other, notes) = (format!("ac/{rest}.tif"), "ad/notes.jpg".to_owned());
        let (folder, uploads) = with_files(&[
            named.clone(),
            orphan.clone(),
            other.clone(),
            notes.clone(),
            "20251205_x.jpg".to_owned(),
        ])?;
        let elsewhere = tempfile::tempdir()?;
        fs::write(elsewhere.path().join(format!("{rest}.jpg")), "x")?;
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("ae"))?;
        let is_named = |hash: &ContentHash| Ok(hash.as_str().starts_with("aa"));
        let all = || candidates(&uploads).map_err(io::Error::other);
        assert_eq!(all()?.len(), 2);
        let young = orphans(all()?, SystemTime::UNIX_EPOCH, is_named).map_err(io::Error::other)?;
        assert!(young.is_empty());
        let old = orphans(all()?, later(), is_named).map_err(io::Error::other)?;
        let naming = uploads.naming().map_err(io::Error::other)?;
        let put = |file| quarantine(&uploads, &naming, file).map_err(io::Error::other);
        assert_eq!(old.iter().map(put).collect::<io::Result<Vec<_>>>()?.len(), 1);
        let path = |place: &str| folder.path().join(place);
        assert!(path(&named).exists() && path(&other).exists() && path(&notes).exists());
        assert!(!path(&orphan).exists());
        let held = quarantined(&uploads).map_err(io::Error::other)?;
        assert_eq!(held.len(), 1);
        let back = |file: &Candidate| take_back(&uploads, &naming, file).ok();
        assert_eq!(held.iter().map(back).collect::<Vec<_>>(), [Some(true)]);
        assert!(path(&orphan).exists());
        // A file that is there again is not replaced.
        assert_eq!(held.iter().map(back).collect::<Vec<_>>(), [Some(false)]);
        Ok(())
    }

    #[test]
    fn many_orphans_mean_that_the_database_is_wrong() {
        for (orphans, all, suspicious) in [
            (0, 0, false),
            (20, 20, false),
            (21, 21, true),
            (21, 209, true),
            (21, 210, false),
            (1000, 10_000, false),
        ] {
            assert_eq!(are_suspicious(orphans, all), suspicious, "{orphans} of {all}");
        }
    }
}
