//! An upload in progress, which is written, hashed and inspected before it gets its path. All
//! functions here block.

use std::io::Write;
use std::path::PathBuf;

use hyper::body::Bytes;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::error::Error;
use crate::settings::Limits;

use super::folder::{at, make_folder};
use super::format::MAGIC;
use super::image::{Inspected, inspect};
use super::{ContentHash, Kind, Naming, Uploads};

/// The prefix of the names of incomplete uploads.
pub(super) const PREFIX: &str = ".tmp";

/// A file that is still being received. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Incoming {
    file: NamedTempFile,
    hasher: Sha256,
    head: Vec<u8>,
    size: u64,
}

/// A file that is complete, inspected and synced, but has no path yet. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Received {
    pub(super) file: NamedTempFile,
    /// The hash of its content.
    pub(crate) hash: ContentHash,
    /// Its format.
    pub(crate) kind: Kind,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Its dimensions and metadata.
    pub(crate) inspected: Inspected,
}

impl Uploads {
    /// Creates a temporary file, which stays locked while it is written. The lock protects it from
    /// another process's cleanup.
    pub(super) fn temporary(&self) -> Result<NamedTempFile, Error> {
        let folder = self.incoming();
        let file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(&folder).map_err(at(&folder))?;
        if let Err(error) = file.as_file().try_lock() {
            tracing::debug!(%error, "cannot lock an incoming file");
        }
        Ok(file)
    }
}

impl Incoming {
    /// Creates a file for an upload.
    pub(crate) fn create(uploads: &Uploads) -> Result<Self, Error> {
        let file = uploads.temporary()?;
        Ok(Self { file, hasher: Sha256::new(), head: Vec::with_capacity(MAGIC), size: 0 })
    }

    /// Appends pieces. A file that is not a photo is rejected as soon as its first bytes arrive.
    pub(crate) fn write(mut self, pieces: &[Bytes]) -> Result<Self, Error> {
        for piece in pieces {
            let missing = MAGIC - self.head.len();
            self.head.extend(piece.iter().take(missing));
            if self.head.len() == MAGIC && Kind::of(&self.head).is_none() {
                return Err(Error::Unsupported);
            }
            self.hasher.update(piece);
            self.size += piece.len() as u64;
            self.file.write_all(piece).map_err(at(self.file.path()))?;
        }
        Ok(self)
    }

    /// Completes the file: checks that it is complete and a photo, and syncs it to the disk.
    pub(crate) fn finish(self, limits: Limits) -> Result<Received, Error> {
        let kind = Kind::of(&self.head).ok_or(Error::Unsupported)?;
        let inspected = inspect(self.file.as_file(), kind, limits)?;
        self.file.as_file().sync_all().map_err(at(self.file.path()))?;
        Ok(Received { file: self.file, hash: ContentHash::of(self.hasher), kind, size: self.size, inspected })
    }
}

impl Received {
    /// Moves the file to its path, and returns the folder. While the lock is held, the caller must
    /// then call [`Uploads::sync`] and add the row. Returns `None` if a bucket has the file already.
    ///
    /// If a file with this content already exists, it is replaced with the same bytes.
    pub(crate) fn settle(self, uploads: &Uploads, _: &Naming) -> Result<Option<PathBuf>, Error> {
        if uploads.bucket().is_some() {
            return Ok(None);
        }
        let path = uploads.path(&self.hash, self.kind);
        let folder = path.parent().unwrap_or(uploads.root());
        make_folder(folder)?;
        self.file.persist(&path).map_err(|error| at(&path)(error.error))?;
        Ok(Some(folder.to_owned()))
    }
}
