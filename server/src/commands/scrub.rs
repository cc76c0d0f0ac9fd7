//! `server scrub`: reads every original and compares it with its content hash.

use clap::Args;

use crate::console;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::store::hashed_photos;
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
}

impl ScrubArguments {
    /// Prints each damaged or missing file. Returns 1 if there is one.
    pub(crate) fn run(self, settings: &Settings) -> Result<u8, Failure> {
        let (opened, uploads) = open_pair(settings)?;
        let mut found = Found::default();
        hashed_photos(opened.connection(), |hash, uuid, name| {
            self.check(&uploads, hash, uuid, name, &mut found).map_err(Failure::uploads)
        })?;
        let Found { intact, damaged, missing } = found;
        console::say(format_args!("{intact} intact, {damaged} damaged, {missing} missing"));
        Ok(u8::from(damaged + missing > 0))
    }

    fn check(
        self,
        uploads: &Uploads,
        hash: &ContentHash,
        uuid: &str,
        name: &str,
        found: &mut Found,
    ) -> Result<(), crate::error::Error> {
        let mut exists = false;
        for place in Kind::ALL.map(|kind| hash.place(kind)) {
            let Some(opened) = uploads.open_below(&place)? else { continue };
            exists = true;
            if ContentHash::read(opened.file).map_err(at(&place))? == *hash {
                found.intact += 1;
                continue;
            }
            found.damaged += 1;
            console::say(format_args!("damaged: {} (photo {uuid}, {name})", place.display()));
            if self.set_aside {
                uploads.set_aside(&uploads.naming()?, &place)?;
            }
        }
        if !exists {
            found.missing += 1;
            console::say(format_args!("missing: {hash} (photo {uuid}, {name})"));
        }
        Ok(())
    }
}
