//! `server gc`: lists the files without a photo, and deletes them if requested.

use std::time::SystemTime;

use clap::Args;

use crate::console;
use crate::error::Error;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::store::{Reader, Writer, WritingConnection};
use crate::uploads::collect::{self, Candidate};
use crate::uploads::{Uploads, thumbnail};

use super::{CommandError, open_pair};

/// The arguments of `server gc`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct GcArguments {
    /// Delete the listed files
    #[arg(long)]
    delete: bool,
}

impl GcArguments {
    /// Lists the files without a photo: those in the quarantine, and those older than
    /// `--collect-grace`.
    pub(crate) fn run(self, settings: &Settings) -> Result<u8, Failure> {
        let (mut opened, uploads, binding) = open_pair(settings)?;
        let is_named =
            |hash: &_| -> Result<bool, Error> { Ok(Reader::new(opened.connection()).names(hash)?) };
        let limit =
            SystemTime::now().checked_sub(settings.timeouts.collect_grace).unwrap_or(SystemTime::UNIX_EPOCH);
        let all = collect::candidates(&uploads).map_err(Failure::uploads)?;
        let files = all.len();
        let mut found = collect::orphans(all, limit, is_named).map_err(Failure::uploads)?;
        let orphans = found.len();
        let quarantined = collect::quarantined(&uploads).map_err(Failure::uploads)?;
        found.extend(collect::orphans(quarantined, SystemTime::now(), is_named).map_err(Failure::uploads)?);
        for file in &found {
            console::say(file.address(&uploads));
        }
        if self.delete && !collect::are_suspicious(orphans, files) {
            let removed = thumbnail::sweep(&uploads, is_named).map_err(Failure::uploads)?;
            console::say(format_args!("removed thumbnails without a photo: {removed}"));
        }
        if found.is_empty() {
            console::say("every file has a photo");
            return Ok(0);
        }
        if !self.delete {
            console::say(format_args!(
                "files without a photo: {}; `server gc --delete` deletes them",
                found.len()
            ));
            return Ok(0);
        }
        if collect::are_suspicious(orphans, files) {
            return Err(CommandError::TooManyOrphans { orphans, files }.into());
        }
        let (deleted, kept) =
            delete(opened.writing(), &uploads, &binding, &found).map_err(Failure::uploads)?;
        console::say(format_args!("deleted files: {deleted}"));
        if kept > 0 {
            console::say(format_args!("files that stay in the quarantine of the bucket for a day: {kept}"));
        }
        Ok(0)
    }
}

/// Deletes the files that still have no row. Returns the numbers of those that were deleted, and of
/// those that are kept in the quarantine of a bucket for a day.
fn delete(
    connection: WritingConnection<'_>,
    uploads: &Uploads,
    binding: &str,
    files: &[Candidate],
) -> Result<(usize, usize), Error> {
    let (mut writer, mut deleted, mut kept) = (Writer::new(connection), 0, 0);
    for file in files {
        let naming = uploads.naming()?;
        let removing = writer.removing(binding)?;
        if !removing.reader().names(file.hash())? {
            if collect::delete(uploads, &naming, file)? { deleted += 1 } else { kept += 1 }
        }
    }
    Ok((deleted, kept))
}
