//! The paths of files, and the lock that keeps files and rows consistent.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::error::Error;
use crate::settings::Limits;

use super::beneath::{self, FileState};
use super::bucket::Bucket;
use super::{ContentHash, Kind};

/// The name of the folder in PhotoSafe's rows, wherever the folder actually is.
pub(crate) const LOGICAL_ROOT: &str = "uploads";

/// The time to wait for the lock, and the interval between attempts.
const LOCK_LIMIT: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// The uploads folder, and the bucket that holds the originals if the folder does not.
#[derive(Debug, Clone)]
pub(crate) struct Uploads {
    root: PathBuf,
    pub(super) bucket: Option<Bucket>,
}

/// The lock that is held while a file and its row are created or deleted together.
///
/// It is a file lock, so it also works between two processes that share a folder, for example if
/// one starts while its predecessor drains.
#[derive(Debug)]
pub(crate) struct Naming {
    _lock: File,
}

/// An open file that is about to be sent.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The file, at its start.
    pub(crate) file: File,
    /// Its length.
    pub(crate) size: u64,
    /// The time of the last write.
    pub(crate) modified: Option<SystemTime>,
    /// Its state when it was opened.
    pub(crate) state: FileState,
}

impl Uploads {
    /// Describes a folder and a bucket. Reads and writes nothing.
    pub(crate) fn new(root: &Path, bucket: Option<Bucket>) -> Self {
        Self { root: root.to_owned(), bucket }
    }

    /// Creates the folder if it does not exist.
    pub(crate) fn prepared(self) -> Result<Self, Error> {
        let incoming = self.incoming();
        fs::create_dir_all(&incoming).map_err(at(&incoming))?;
        drop(self.naming()?);
        Ok(self)
    }

    /// Returns the folder for incomplete uploads. It is on the same file system, so a rename is
    /// enough to move a file to its path.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.root.join(".incoming")
    }

    /// Returns the path of the folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of the file with this content.
    pub(crate) fn path(&self, hash: &ContentHash, kind: Kind) -> PathBuf {
        self.root.join(hash.place(kind))
    }

    /// Opens a file for sending. Returns `None` if it is missing or not a regular file.
    pub(crate) fn open_below(&self, below: &Path) -> Result<Option<Opened>, Error> {
        let failed = |error| at(&self.root.join(below))(error);
        let opened = beneath::open(&self.root, below).map_err(failed)?;
        Ok(opened.map(|(file, metadata)| Opened {
            file,
            size: metadata.len(),
            modified: metadata.modified().ok(),
            state: FileState::of(&metadata),
        }))
    }

    /// Returns the state of a file. Returns `None` if it is missing or not a regular file.
    pub(crate) fn state_below(&self, below: &Path) -> Option<FileState> {
        beneath::state(&self.root, below)
    }

    /// Makes the names of files in a folder durable. Requires the lock as proof that it is held.
    pub(crate) fn sync(_: &Naming, folder: &Path) -> Result<(), Error> {
        sync_folder(folder)
    }

    /// Removes a photo's file, which may already be missing. Requires the lock as proof that it is
    /// held.
    pub(crate) fn remove(&self, _: &Naming, below: &Path) -> Result<(), Error> {
        beneath::remove(&self.root, below).map_err(at(&self.root.join(below)))?;
        Ok(())
    }

    /// Copies a file to a path, and syncs its content and its name.
    pub(super) fn copy_below(&self, below: &Path, from: &mut File) -> Result<(), Error> {
        let path = self.root.join(below);
        let folder = path.parent().unwrap_or(&self.root);
        below.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev().try_for_each(|folder| {
            if folder.as_os_str().is_empty() { Ok(()) } else { make_folder(&self.root.join(folder)) }
        })?;
        let mut copy = self.temporary()?;
        std::io::copy(from, &mut copy).and_then(|_| copy.as_file().sync_all()).map_err(at(copy.path()))?;
        copy.persist(&path).map_err(|error| at(&path)(error.error))?;
        sync_folder(folder)
    }

    /// Returns the number of free bytes on the folder's file system.
    pub(crate) fn free_bytes(&self) -> Result<u64, Error> {
        free_bytes(&self.root).map_err(at(&self.root))
    }

    /// Returns an error if a file of this size would leave less free space than the reserve.
    pub(crate) fn admit(&self, size: u64, limits: Limits) -> Result<(), Error> {
        let free = self.free_bytes()?;
        if free < limits.reserve_bytes.saturating_add(size) { Err(Error::Reserve { free }) } else { Ok(()) }
    }

    /// Waits for the lock. Returns an error after [`LOCK_LIMIT`]. Blocks.
    pub(crate) fn naming(&self) -> Result<Naming, Error> {
        let path = self.root.join(".lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(at(&path))?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Naming { _lock: lock }),
                Err(TryLockError::Error(error)) => return Err(at(&path)(error)),
                Err(TryLockError::WouldBlock) if begun.elapsed() > LOCK_LIMIT => {
                    return Err(Error::Busy);
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            }
        }
    }
}

/// Returns the key of an object: the path of the file below the folder.
pub(crate) fn key(below: &Path) -> String {
    below.to_string_lossy().into_owned()
}

/// Returns the number of free bytes on a folder's file system.
pub(crate) fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Returns the path, below the folder, of a file that a row refers to: the part after `uploads/`.
///
/// PhotoSafe built such paths from names sent by clients, so only plain paths are accepted. Returns
/// `None` for other paths.
pub(crate) fn place_of_row(file_path: &str) -> Option<&Path> {
    let below = Path::new(file_path).strip_prefix(LOGICAL_ROOT).ok()?;
    let is_plain = |component| match component {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };
    let is_named = below.file_name().is_some() && !file_path.ends_with('/');
    (is_named && below.components().all(is_plain)).then_some(below)
}

/// Returns the length of the regular file at this path below a folder, or `None` if there is none.
pub(crate) fn size_of(root: &Path, below: &Path) -> Result<Option<u64>, Error> {
    let opened = beneath::open(root, below).map_err(|error| at(&root.join(below))(error))?;
    Ok(opened.map(|(_, metadata)| metadata.len()))
}

/// Creates a folder if it does not exist. A link with its name is an error, because files would be
/// written elsewhere.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    match fs::create_dir(folder) {
        Ok(()) => sync_folder(folder.parent().unwrap_or(folder)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(folder).map_err(at(folder))?;
            if found.is_dir() { Ok(()) } else { Err(at(folder)(ErrorKind::NotADirectory.into())) }
        }
        Err(error) => Err(at(folder)(error)),
    }
}

/// Makes a rename durable. A file's name is part of its folder.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Adds the path to an I/O error.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lead_below_the_folder_only() {
        assert_eq!(place_of_row("uploads/20251205_x.jpg"), Some(Path::new("20251205_x.jpg")));
        for outside in [
            "",
            "uploads",
            "uploads/",
            "uploads/..",
            "uploads/../x",
            "uploads/a/../../x",
            "uploads/.lock",
            "/etc/passwd",
            "elsewhere/x",
        ] {
            assert_eq!(place_of_row(outside), None, "{outside}");
        }
    }
}
