//! `server scrub`: reads every original and compares it with its content hash.

use std::path::PathBuf;

use clap::Args;

use crate::console;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::store::{Writer, hashed_photos};
use crate::uploads::folder::at;
use crate::uploads::{ContentHash, Kind, Uploads};

use super::open_pair;

/// The arguments of `server scrub`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ScrubArguments {
    /// Rename each damaged file by appending `.damaged`, so that it is not served; the photo can be
    /// uploaded again
    #[arg(long)]
    set_aside: bool,
}

/// The counts of a scrub.
#[derive(Debug, Default)]
struct Found {
    intact: u64,
    damaged: u64,
    missing: u64,
    /// The damaged files, with the hashes that they should have.
    places: Vec<(ContentHash, PathBuf)>,
}

impl ScrubArguments {
    /// Prints each damaged or missing file. Returns 1 if there is one.
    pub(crate) fn run(self, settings: &Settings) -> Result<u8, Failure> {
        let (mut opened, uploads, binding) = open_pair(settings)?;
        let mut found = Found::default();
        hashed_photos(opened.connection(), |hash, uuid, name| {
            check(&uploads, hash, (uuid, name), &mut found).map_err(Failure::uploads)
        })?;
        if self.set_aside {
            let mut writer = Writer::new(opened.writing());
            for (hash, place) in &found.places {
                let naming = uploads.naming().map_err(Failure::uploads)?;
                let _removing = writer.removing(&binding).map_err(Failure::uploads)?;
                uploads.set_aside(&naming, place, hash).map_err(Failure::uploads)?;
            }
        }
        let Found { intact, damaged, missing, .. } = found;
        console::say(format_args!("{intact} intact, {damaged} damaged, {missing} missing"));
        Ok(u8::from(damaged + missing > 0))
    }
}

/// Reads the files of a hash.
fn check(
    uploads: &Uploads,
    hash: &ContentHash,
    (uuid, name): (&str, &str),
    found: &mut Found,
) -> Result<(), crate::error::Error> {
    let mut exists = false;
    for place in Kind::ALL.map(|kind| hash.place(kind)) {
        let Some(opened) = uploads.open_original(&place)? else { continue };
        exists = true;
        if ContentHash::read(opened.file).map_err(at(&place))? == *hash {
            found.intact += 1;
            continue;
        }
        found.damaged += 1;
        console::say(format_args!("damaged: {} (photo {uuid}, {name})", place.display()));
        found.places.push((hash.clone(), place));
    }
    if !exists {
        found.missing += 1;
        console::say(format_args!("missing: {hash} (photo {uuid}, {name})"));
    }
    Ok(())
}
