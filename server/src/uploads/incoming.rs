//! A photo on its way in: written, hashed and looked at before it gets its place. Everything here blocks.

use std::io::Write;

use hyper::body::Bytes;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::error::Error;
use crate::settings::Limits;

use super::folder::{at, make_folder, sync_folder};
use super::image::{Dimensions, MAGIC, inspect};
use super::{ContentHash, Kind, Naming, Uploads};

/// How the names of incoming files begin.
pub(super) const PREFIX: &str = ".tmp";

/// A file that is still being received. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Incoming {
    file: NamedTempFile,
    hasher: Sha256,
    head: Vec<u8>,
    size: u64,
}

/// A file that is complete, checked and synced, but has no place yet. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Received {
    file: NamedTempFile,
    /// Its content's hash.
    pub(crate) hash: ContentHash,
    /// Its format.
    pub(crate) kind: Kind,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Its dimensions.
    pub(crate) dimensions: Dimensions,
}

impl Incoming {
    /// Begins a file, locked for as long as it comes in: so the sweep of another process that starts meanwhile leaves it alone.
    pub(crate) fn create(uploads: &Uploads) -> Result<Self, Error> {
        let folder = uploads.incoming();
        let file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(&folder).map_err(at(&folder))?;
        if let Err(error) = file.as_file().try_lock() {
            tracing::debug!(%error, "an incoming file could not be locked");
        }
        Ok(Self { file, hasher: Sha256::new(), head: Vec::with_capacity(MAGIC), size: 0 })
    }

    /// Appends some pieces; what is no photo is refused as soon as its first bytes are there.
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

    /// Ends the file: it is all there, it is a photo, and it is on the disk.
    pub(crate) fn finish(self, limits: Limits) -> Result<Received, Error> {
        let kind = Kind::of(&self.head).ok_or(Error::Unsupported)?;
        let dimensions = inspect(self.file.as_file(), kind, limits)?;
        self.file.as_file().sync_all().map_err(at(self.file.path()))?;
        Ok(Received {
            file: self.file,
            hash: ContentHash::of(self.hasher),
            kind,
            size: self.size,
            dimensions,
        })
    }
}

impl Received {
    /// Gives the file its place; its row has to follow while the lock is held.
    ///
    /// If the content is there already, this replaces it by the same bytes.
    pub(crate) fn settle(self, uploads: &Uploads, _: &Naming) -> Result<(), Error> {
        let path = uploads.path(&self.hash, self.kind);
        let folder = path.parent().unwrap_or(uploads.root());
        make_folder(folder)?;
        self.file.persist(&path).map_err(|error| at(&path)(error.error))?;
        sync_folder(folder)
    }
}
