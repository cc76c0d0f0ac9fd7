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

use super::collect::{Candidate, contents, entries};
use super::folder::{at, make_folder, sync_folder};
use super::{Naming, Uploads};

/// The name of the folder. No row refers to a name that begins with a dot.
const FOLDER: &str = ".quarantine";

/// Moves a file from its path to today's quarantine. Requires the lock as proof that it is held.
pub(super) fn put(uploads: &Uploads, naming: &Naming, candidate: &Candidate) -> Result<(), Error> {
    let folder = uploads.root().join(FOLDER);
    let today = folder.join(Timestamp::now().to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string());
    make_folder(&folder)?;
    make_folder(&today)?;
    relocate(naming, &candidate.path, &today.join(&candidate.place))
}

/// Moves a file from the quarantine back to its path. Requires the lock as proof that it is held.
pub(super) fn take_back(uploads: &Uploads, naming: &Naming, candidate: &Candidate) -> Result<(), Error> {
    relocate(naming, &candidate.path, &uploads.root().join(&candidate.place))
}

/// Returns all files in the quarantine.
pub(super) fn held(uploads: &Uploads) -> Result<Vec<Candidate>, Error> {
    let folder = uploads.root().join(FOLDER);
    let days = match entries(&folder) {
        Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        days => days?,
    };
    let mut held = Vec::new();
    for day in days {
        if day.file_type().is_ok_and(|kind| kind.is_dir()) {
            held.extend(contents(&day.path())?);
        }
    }
    Ok(held)
}

/// Renames a file, and makes the new name durable before the old one disappears.
fn relocate(_: &Naming, from: &Path, to: &PathBuf) -> Result<(), Error> {
    let folder = to.parent().unwrap_or(to);
    make_folder(folder)?;
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        renamed => renamed.map_err(at(from))?,
    }
    sync_folder(folder)?;
    sync_folder(from.parent().unwrap_or(from))
}
