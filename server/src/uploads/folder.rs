//! Where files lie, and the lock that keeps files and rows together.

use std::fs::{self, File, TryLockError};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::error::Error;

use super::{ContentHash, Kind};

/// What the folder is called in the rows, wherever it is: PhotoSafe's rows hold it.
pub(crate) const LOGICAL_ROOT: &str = "uploads";

/// How long to wait for somebody who joins a file and a row, and how often to look.
const LOCK_LIMIT: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// The folder of uploads.
#[derive(Debug, Clone)]
pub(crate) struct Uploads {
    root: PathBuf,
}

/// Held while a file and its row are made to belong together or are taken apart.
///
/// It is a lock on a file, so that it also stands between two processes on one folder, as when one starts while its predecessor drains.
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
    /// When it was last written.
    pub(crate) modified: Option<SystemTime>,
}

impl Uploads {
    /// Opens the folder, and makes it if it is not there.
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        let uploads = Self { root: root.to_owned() };
        let incoming = uploads.incoming();
        fs::create_dir_all(&incoming).map_err(at(&incoming))?;
        drop(uploads.naming()?);
        Ok(uploads)
    }

    /// Where files lie while they come in: on the same file system, so that a rename is enough.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.root.join(".incoming")
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The place of a content.
    pub(crate) fn path(&self, hash: &ContentHash, kind: Kind) -> PathBuf {
        self.root.join(hash.place(kind))
    }

    /// Waits a while until nobody else joins or parts files and rows. Blocks.
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

    /// The place of a file whose row has no hash, by the path in the row: `uploads/` and then what is below this folder.
    ///
    /// PhotoSafe made such paths of names that came from clients, so only plain ones are followed.
    pub(crate) fn path_of_row(&self, file_path: &str) -> Option<PathBuf> {
        let below = Path::new(file_path).strip_prefix(LOGICAL_ROOT).ok()?;
        let is_plain = |component| match component {
            Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
            _ => false,
        };
        let is_named = below.file_name().is_some() && !file_path.ends_with('/');
        (is_named && below.components().all(is_plain)).then(|| self.root.join(below))
    }

    /// Removes a content's file; one that is gone already is fine. Takes the lock as a witness.
    pub(crate) fn remove(_: &Naming, path: &Path) -> Result<(), Error> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
            _ => Ok(()),
        }
    }
}

/// Opens a file to be sent; `None` if it is not there, or is not a plain file.
pub(crate) fn open(path: &Path) -> Result<Option<Opened>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path)(error)),
    };
    let metadata = file.metadata().map_err(at(path))?;
    Ok(metadata.is_file().then(|| Opened { file, size: metadata.len(), modified: metadata.modified().ok() }))
}

/// Names the path that an input or output error is about.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lead_below_the_folder_only() {
        let uploads = Uploads { root: PathBuf::from("u") };
        assert_eq!(uploads.path_of_row("uploads/20251205_x.jpg"), Some(PathBuf::from("u/20251205_x.jpg")));
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
            assert_eq!(uploads.path_of_row(outside), None, "{outside}");
        }
    }
}
