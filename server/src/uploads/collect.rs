//! Removes what a process that died left behind. Everything here blocks.
//!
//! Two kinds of leftovers: files that never came in whole, and files that have their place but no row. Only names that this server makes are looked at;
//! anything else in the folder is left alone.

use std::fs::{self, DirEntry, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::Error;

use super::folder::at;
use super::{ContentHash, Kind, Uploads};

/// A file that has a content's place.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The content.
    pub(crate) hash: ContentHash,
    /// Where it lies.
    pub(crate) path: PathBuf,
}

/// Removes files that were coming in before `started`; answers how many.
///
/// A file that another process is still receiving is locked, and stays. Where locks do not work, only files older than `grace` go.
pub(crate) fn sweep_incoming(
    uploads: &Uploads,
    started: SystemTime,
    grace: Duration,
) -> Result<usize, Error> {
    let mut swept = 0;
    for entry in entries(&uploads.incoming())? {
        let path = entry.path();
        if !is_older(&entry, started) {
            continue;
        }
        let Ok(file) = File::open(&path) else {
            continue;
        };
        let abandoned = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(_)) => {
                started.checked_sub(grace).is_some_and(|limit| is_older(&entry, limit))
            }
        };
        if abandoned && fs::remove_file(&path).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}

/// Finds the contents that were last written before `limit`.
pub(crate) fn candidates(uploads: &Uploads, limit: SystemTime) -> Result<Vec<Candidate>, Error> {
    let mut found = Vec::new();
    for folder in entries(uploads.root())? {
        let is_ours = folder.file_name().len() == 2 && folder.path().is_dir();
        if !is_ours {
            continue;
        }
        for entry in entries(&folder.path())? {
            let path = entry.path();
            if let Some(hash) = hash_of(&path).filter(|_| is_older(&entry, limit)) {
                found.push(Candidate { hash, path });
            }
        }
    }
    Ok(found)
}

/// Removes those of the candidates that no row names; answers how many.
///
/// Asked under the lock, file by file: an upload holds it from the rename to its row, so a file that is about to be named is never taken.
pub(crate) fn collect(
    uploads: &Uploads,
    candidates: &[Candidate],
    is_named: impl Fn(&ContentHash) -> Result<bool, Error>,
) -> Result<usize, Error> {
    let mut collected = 0;
    for candidate in candidates {
        if is_named(&candidate.hash)? {
            continue;
        }
        let naming = uploads.naming()?;
        if !is_named(&candidate.hash)? {
            Uploads::remove(&naming, &candidate.path)?;
            collected += 1;
        }
    }
    Ok(collected)
}

fn entries(folder: &Path) -> Result<Vec<DirEntry>, Error> {
    fs::read_dir(folder).and_then(Iterator::collect).map_err(at(folder))
}

/// The content whose place this is.
fn hash_of(path: &Path) -> Option<ContentHash> {
    let folder = path.parent()?.file_name()?.to_str()?;
    let name = path.file_stem()?.to_str()?;
    let hash = ContentHash::parse(&format!("{folder}{name}"))?;
    Kind::ALL.into_iter().any(|kind| path.ends_with(hash.place(kind))).then_some(hash)
}

fn is_older(entry: &DirEntry, limit: SystemTime) -> bool {
    entry.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|modified| modified < limit)
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
        let uploads = Uploads::open(folder.path()).map_err(io::Error::other)?;
        Ok((folder, uploads))
    }

    #[test]
    fn only_unlocked_files_of_before_are_swept() -> io::Result<()> {
        let (_folder, uploads) = folder()?;
        fs::write(uploads.incoming().join("left"), "half")?;
        let held = File::create(uploads.incoming().join("held"))?;
        held.lock()?;
        let sweep = |started| sweep_incoming(&uploads, started, Duration::ZERO).map_err(io::Error::other);
        assert_eq!(sweep(SystemTime::UNIX_EPOCH)?, 0);
        assert_eq!(sweep(later())?, 1);
        assert_eq!(sweep(later())?, 0);
        drop(held);
        assert_eq!(sweep(later())?, 1);
        Ok(())
    }

    #[test]
    fn only_contents_without_a_row_are_collected() -> io::Result<()> {
        let (folder, uploads) = folder()?;
        let rest = "0".repeat(62);
        for place in [
            format!("aa/{rest}.jpg"),
            format!("ab/{rest}.png"),
            format!("ac/{rest}.gif"),
            "ad/notes.jpg".to_owned(),
            "20251205_x.jpg".to_owned(),
        ] {
            let path = folder.path().join(place);
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            fs::write(path, "x")?;
        }
        let none = candidates(&uploads, SystemTime::UNIX_EPOCH).map_err(io::Error::other)?;
        assert!(none.is_empty());
        let all = candidates(&uploads, later()).map_err(io::Error::other)?;
        assert_eq!(all.len(), 2);
        let collected = collect(&uploads, &all, |hash| Ok(hash.as_str().starts_with("aa")));
        assert_eq!(collected.ok(), Some(1));
        assert!(folder.path().join(format!("aa/{rest}.jpg")).exists());
        assert!(!folder.path().join(format!("ab/{rest}.png")).exists());
        assert!(folder.path().join("ad/notes.jpg").exists());
        Ok(())
    }
}
