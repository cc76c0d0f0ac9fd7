//! The id that binds the originals to their database, stored in the `.binding` file or object.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::Error;

use super::collect::hash_at;
use super::folder::{at, sync_folder};
use super::{Naming, Uploads, beneath};

/// The file name. No row refers to a name that begins with a dot.
const FILE: &str = ".binding";

/// The maximum number of bytes to read, which exceeds the length of an id. Anything longer is not
/// an id.
const LONGEST: u64 = 64;

/// The state of a folder or bucket before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FolderState {
    /// Its id, or `None` if it was never bound.
    pub(crate) id: Option<String>,
    /// `true` if it was never bound, and contains only the server's own files.
    pub(crate) is_empty: bool,
}

impl Uploads {
    /// Reads the state of the folder, which may not exist, or of the bucket. Writes nothing.
    pub(crate) fn folder_state(&self) -> Result<FolderState, Error> {
        let id = self.bound_to()?;
        // Listing a bucket takes long, so only one that was never bound is listed.
        let is_empty = id.is_none()
            && match self.bucket() {
                None => !holds_a_file(self.root()).map_err(at(self.root()))?,
                Some(bucket) => !bucket.holds(is_original)?,
            };
        Ok(FolderState { id, is_empty })
    }

    /// Returns the id of the database that the folder or bucket is bound to, or `None` if it was
    /// never bound.
    pub(crate) fn bound_to(&self) -> Result<Option<String>, Error> {
        match self.bucket() {
            None => read_id(self.root()).map_err(at(self.root())),
            Some(bucket) => Ok(bucket.id(FILE)?),
        }
    }

    /// Writes the id to the folder or bucket atomically, in place of the one that [`Self::bound_to`]
    /// returned. In a bucket, it replaces no other. Requires the lock as proof that it is held.
    pub(crate) fn bind(&self, _: &Naming, id: &str, bound: Option<&str>) -> Result<(), Error> {
        if let Some(bucket) = self.bucket() {
            return Ok(bucket.set_id(FILE, id, bound)?);
        }
        let written = || {
            let mut file = NamedTempFile::new_in(self.incoming())?;
            writeln!(file, "{id}")?;
            file.as_file().sync_all()?;
            file.persist(self.root().join(FILE)).map_err(|error| error.error)
        };
        written().map_err(at(self.root()))?;
        sync_folder(self.root())
    }
}

/// Returns `true` if an object can be an original. Another library may be stored under a longer
/// prefix.
fn is_original(key: &str) -> bool {
    hash_at(Path::new(key)).is_some() || !(key.starts_with('.') || key.contains('/'))
}

fn read_id(root: &Path) -> io::Result<Option<String>> {
    let Some((file, _)) = beneath::open(root, Path::new(FILE))? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
}

/// Returns `true` if the folder contains, at any depth, a file that a row could refer to. Does not
/// follow links.
fn holds_a_file(folder: &Path) -> io::Result<bool> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if !entry.file_type()?.is_dir() || holds_a_file(&entry.path())? {
            return Ok(true);
        }
    }
    Ok(false)
}
