//! The `.quarantine` folder: files without a row, grouped by the day on which they were moved:
//! `2026-11-25/ab/cdef….jpg`.
//!
//! Nothing here deletes files. A file returns to its path when a row refers to it again, for
//! example after a database is restored.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::Error;

use super::collect::{Candidate, entries};
use super::folder::{at, key, make_folder, sync_folder};
use super::{Naming, Uploads};

/// The name of the folder. No row refers to a name that begins with a dot.
pub(super) const FOLDER: &str = ".quarantine";

/// Moves a file from its path to today's quarantine. Requires the lock as proof that it is held.
pub(super) fn put(uploads: &Uploads, naming: &Naming, candidate: &Candidate) -> Result<(), Error> {
    let today = today();
    if uploads.bucket().is_none() {
        make_folder(&uploads.root().join(FOLDER))?;
        make_folder(&uploads.root().join(&today))?;
    }
    relocate(uploads, naming, &candidate.below, &today.join(&candidate.place))
}

/// Returns the path of today's quarantine, below the uploads folder.
pub(super) fn today() -> PathBuf {
    Path::new(FOLDER).join(Timestamp::now().to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string())
}

/// Moves a file from the quarantine back to its path. Requires the lock as proof that it is held.
pub(super) fn take_back(uploads: &Uploads, naming: &Naming, candidate: &Candidate) -> Result<(), Error> {
    relocate(uploads, naming, &candidate.below, &candidate.place)
}

/// Returns `true` for the path of a day in the quarantine, below the uploads folder.
pub(super) fn is_day(below: &Path) -> bool {
    below.parent() == Some(Path::new(FOLDER))
}

/// Returns the paths, below the uploads folder, of the days in the quarantine.
pub(super) fn days(uploads: &Uploads) -> Result<Vec<PathBuf>, Error> {
    let days = match entries(&uploads.root().join(FOLDER)) {
        Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        days => days?.into_iter(),
    };
    let days = days.filter(|day| day.file_type().is_ok_and(|kind| kind.is_dir()));
    Ok(days.map(|day| Path::new(FOLDER).join(day.file_name())).collect())
}

/// Renames a file, and makes the new name durable before the old one disappears.
fn relocate(uploads: &Uploads, _: &Naming, from: &Path, to: &Path) -> Result<(), Error> {
    if let Some(bucket) = uploads.bucket() {
        return Ok(bucket.relocate(&key(from), &key(to))?);
    }
    let (from, to) = (&uploads.root().join(from), &uploads.root().join(to));
    let folder = to.parent().unwrap_or(to);
    make_folder(folder)?;
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        renamed => renamed.map_err(at(from))?,
    }
    sync_folder(folder)?;
    sync_folder(from.parent().unwrap_or(from))
}
