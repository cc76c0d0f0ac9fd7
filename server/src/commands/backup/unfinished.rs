//! Copies that are still being written, and incomplete copies of processes that were killed.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::uploads::collect::is_abandoned;

/// The prefix and the suffix of the names of incomplete copies.
const PREFIX: &str = ".photosafe-backup-";
const SUFFIX: &str = ".incomplete";

/// The files that SQLite keeps next to a database (<https://sqlite.org/tempfiles.html>).
const COMPANIONS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// The time within which a process locks the file that it created.
const LOCKING: Duration = Duration::from_secs(10);

/// The age from which a copy is abandoned on a file system without locks.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Creates a file for a copy and locks it. Before that, removes incomplete copies that no process
/// works on.
pub(super) fn create(folder: &Path) -> io::Result<NamedTempFile> {
    remove_abandoned(folder)?;
    let file = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
    if let Err(error) = file.as_file().try_lock() {
        tracing::debug!(%error, "cannot lock an incomplete copy");
    }
    Ok(file)
}

fn remove_abandoned(folder: &Path) -> io::Result<()> {
    let now = SystemTime::now();
    for entry in fs::read_dir(folder)? {
        let (entry, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
        if is_of_a_copy(&entry) && is_abandoned(&path, now.checked_sub(LOCKING), now.checked_sub(LONGEST)) {
            remove(&path)?;
        }
    }
    Ok(())
}

fn is_of_a_copy(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes())
}

/// Removes a copy, and before it the files that SQLite keeps next to it.
fn remove(copy: &Path) -> io::Result<()> {
    for companion in COMPANIONS {
        let mut path = copy.to_owned().into_os_string();
        path.push(companion);
        unless_missing(fs::remove_file(path))?;
    }
    tracing::info!(file = %copy.display(), "removed the incomplete copy of a process that ended");
    unless_missing(fs::remove_file(copy))
}

fn unless_missing(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
