//! Reads the journal mode from the header of a database file
//! (<https://sqlite.org/fileformat.html#file_format_version_numbers>).
//!
//! A query would create WAL files, so it cannot be used here.

use std::path::Path;

/// Returns `true` if a file is a database in WAL mode.
#[cfg(unix)]
pub(super) fn is_in_wal_mode(path: &Path) -> bool {
    use std::collections::BTreeMap;
    use std::collections::btree_map::Entry;
    use std::fs::{self, File};
    use std::os::unix::fs::{FileExt as _, MetadataExt as _};
    use std::sync::{Mutex, PoisonError};

    /// The inspected files, by device and inode.
    ///
    /// They stay open, because closing a file would drop the locks that this process's connections
    /// hold on it
    /// (<https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>).
    static LOOKED_AT: Mutex<BTreeMap<(u64, u64), File>> = Mutex::new(BTreeMap::new());

    let mut header = [0; 20];
    let mut read = || -> Option<()> {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        let mut looked_at = LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = (metadata.dev(), metadata.ino());
        let file = match looked_at.entry(identity) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(File::open(path).ok()?),
        };
        file.read_exact_at(&mut header, 0).ok()
    };
    read().is_some() && header.starts_with(b"SQLite format 3\0") && header.ends_with(&[2, 2])
}

/// Returns `false`. On this platform, a database is always read with locks.
#[cfg(not(unix))]
pub(super) fn is_in_wal_mode(_: &Path) -> bool {
    false
}
