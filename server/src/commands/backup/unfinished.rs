//! Copies that are being written, and incomplete copies left by killed processes.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::uploads::collect::is_abandoned;

/// The prefix and the suffix of the names of incomplete copies.
const PREFIX: &str = ".photosafe-backup-";
const SUFFIX: &str = ".incomplete";

/// The suffix of the file that is locked while a copy is made. The copy itself cannot be locked,
/// because SQLite locks it, and on network file systems the two kinds of locks conflict.
const LOCK: &str = "-lock";

/// The files next to a copy: SQLite's own files (<https://sqlite.org/tempfiles.html>), and the
/// lock.
const COMPANIONS: [&str; 4] = ["-journal", "-wal", "-shm", LOCK];

/// The time within which a process that created a copy locks the file next to it.
const LOCKING: Duration = Duration::from_secs(10);

/// The age at which a copy counts as abandoned on a file system without locks.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A file for a copy. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Unfinished {
    /// The file.
    pub(super) copy: NamedTempFile,
    _lock: NamedTempFile,
}

/// Creates a file for a copy, and a locked file next to it. First removes the copies that no
/// process is working on.
pub(super) fn create(folder: &Path) -> io::Result<Unfinished> {
    remove_abandoned(folder)?;
    let copy = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
    let name = next_to(copy.path(), LOCK);
    let name = name.file_name().unwrap_or_default();
    let lock = tempfile::Builder::new().prefix(name).rand_bytes(0).tempfile_in(folder)?;
    if let Err(error) = lock.as_file().try_lock() {
        tracing::debug!(%error, "cannot lock an incomplete copy");
    }
    Ok(Unfinished { copy, _lock: lock })
}

fn remove_abandoned(folder: &Path) -> io::Result<()> {
    let now = SystemTime::now();
    for entry in fs::read_dir(folder)? {
        let Some(copy) = copy_of(&entry?.file_name()).map(|name| folder.join(name)) else { continue };
        let lock = next_to(&copy, LOCK);
        // Without a lock, its process ended before it created one.
        let locked = if lock.try_exists()? { &lock } else { &copy };
        if is_abandoned(locked, now.checked_sub(LOCKING), now.checked_sub(LONGEST)) {
            remove(&copy)?;
        }
    }
    Ok(())
}

/// Returns the name of the incomplete copy that a file is, or whose lock it is. A process that ends
/// just after it renamed the copy leaves only the lock.
fn copy_of(name: &OsStr) -> Option<&str> {
    let name = name.to_str()?;
    let name = name.strip_suffix(LOCK).unwrap_or(name);
    (name.starts_with(PREFIX) && name.ends_with(SUFFIX)).then_some(name)
}

/// Removes the files that SQLite keeps next to a copy, and then the copy itself.
fn remove(copy: &Path) -> io::Result<()> {
    for companion in COMPANIONS {
        unless_missing(fs::remove_file(next_to(copy, companion)))?;
    }
    let removed = fs::remove_file(copy);
    if removed.is_ok() {
        tracing::info!(file = %copy.display(), "removed the incomplete copy of a process that ended");
    }
    unless_missing(removed)
}

fn next_to(copy: &Path, end: &str) -> PathBuf {
    let mut path = copy.to_owned().into_os_string();
    path.push(end);
    path.into()
}

fn unless_missing(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
