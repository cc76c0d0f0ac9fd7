//! The id that binds the folder to its database, stored in the `.binding` file.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::Error;

use super::folder::{at, sync_folder};
use super::{Naming, Uploads, beneath};

/// The file name. No row refers to a name that begins with a dot.
const FILE: &str = ".binding";

/// The maximum number of bytes to read, which exceeds the length of an id. Anything longer is not
/// an id.
const LONGEST: u64 = 64;

/// The state of a folder before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FolderState {
    /// The folder's id, or `None` if it was never bound.
    pub(crate) id: Option<String>,
    /// `true` if the folder contains only the server's own files.
    pub(crate) is_empty: bool,
}

impl FolderState {
    /// Reads the state of a folder, which may not exist. Writes nothing.
    pub(crate) fn read(root: &Path) -> Result<Self, Error> {
        Ok(Self { id: read_id(root).map_err(at(root))?, is_empty: !holds_a_file(root).map_err(at(root))? })
    }
}

impl Uploads {
    /// Returns the id of the database that the folder is bound to, or `None` if it was never bound.
    pub(crate) fn bound_to(&self) -> Result<Option<String>, Error> {
        read_id(self.root()).map_err(at(self.root()))
    }

    /// Writes the id to the folder atomically. Requires the lock as proof that it is held.
    pub(crate) fn bind(&self, _: &Naming, id: &str) -> Result<(), Error> {
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
