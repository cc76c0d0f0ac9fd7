//! `server copy-originals`: copies the originals between the folder and a bucket, and binds the
//! database to the copy.

use std::collections::{BTreeSet, HashSet};
use std::io::Seek as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use crate::binding;
use crate::console;
use crate::error::Error;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::store::{Connection, local_files};
use crate::uploads::bucket::{InvalidLocation, Location};
use crate::uploads::folder::at;
use crate::uploads::{ContentHash, Listed, Uploads, collect};

use super::{CommandError, open_pair};

/// The arguments of `server copy-originals`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CopyOriginalsArguments {
    /// Place to copy to: a bucket such as `s3://bucket/prefix`, or `folder`, which is the folder of
    /// `--uploads`
    #[arg(long, value_name = "PLACE")]
    to: Target,
    /// Bind the database to the copy even if some originals are missing or damaged
    #[arg(long)]
    allow_missing: bool,
}

/// The number of new originals that may be copied while the database is locked.
const FEW: u64 = 20;

/// The place to copy to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Folder,
    Bucket(Location),
}

/// A copy in progress.
struct Copying<'a> {
    source: &'a Uploads,
    target: &'a Uploads,
    /// The originals that the target had at the beginning, if it is a bucket.
    listed: Option<Listed>,
    /// The paths of the originals that the target has.
    done: HashSet<PathBuf>,
    /// The paths of the originals that are missing or damaged.
    missing: BTreeSet<PathBuf>,
    copied: u64,
}

impl CopyOriginalsArguments {
    /// Copies every original, while servers may add others. Then keeps all processes from adding
    /// photos, copies the originals that were added in the meantime, and binds the database to the
    /// target, so that servers that use the source accept no photo any more. The source is not
    /// changed.
    ///
    /// Returns 1, and binds nothing, if an original is missing or damaged.
    pub(crate) fn run(&self, settings: &Settings) -> Result<u8, Failure> {
        let (mut opened, source, id) = open_pair(settings)?;
        let location = match &self.to {
            Target::Folder => None,
            Target::Bucket(location) => Some(location.clone()),
        };
        let target = settings.uploads_at(location)?;
        let place = target.address();
        if place == source.address() {
            return Err(CommandError::SamePlace { place }.into());
        }
        if target.bound_to().map_err(Failure::uploads)?.is_some() {
            return Err(CommandError::PlaceBound { place }.into());
        }
        let mut copying = Copying {
            listed: target.list().map_err(Failure::uploads)?,
            source: &source,
            target: &target,
            done: HashSet::new(),
            missing: BTreeSet::new(),
            copied: 0,
        };
        // Few are left when the database is locked, unless photos arrive as fast as they are copied.
        let mut before = u64::MAX;
        loop {
            let copied = copying.copy_all(opened.connection())?;
            if copied <= FEW || copied > before / 2 {
                break;
            }
            before = copied;
        }
        let naming = source.naming().map_err(Failure::uploads)?;
        let is_bound = binding::bind_elsewhere(&mut opened, &id, &target, &naming, |connection| {
            copying.copy_all(connection)?;
            Ok(copying.missing.is_empty() || self.allow_missing)
        })?;
        let Copying { copied, missing, .. } = copying;
        for path in &missing {
            console::say(format_args!("missing or damaged: {}", path.display()));
        }
        let missing = missing.len();
        console::say(format_args!("copied {copied} originals to {place}; {missing} are missing or damaged"));
        if !is_bound {
            return Err(CommandError::OriginalsMissing.into());
        }
        console::say(format_args!("the database is now bound to {place}; {} is unchanged", source.address()));
        Ok(0)
    }
}

impl Copying<'_> {
    /// Copies the originals that were not copied yet, and counts again those that are missing.
    /// Returns the number of copied ones.
    fn copy_all(&mut self, connection: Connection<'_>) -> Result<u64, Failure> {
        let (mut waiting, before) = (Vec::new(), self.copied);
        self.missing.clear();
        local_files(connection, |place| {
            if !self.done.contains(place) {
                waiting.push(place.to_owned());
            }
            Ok::<_, Failure>(())
        })?;
        for place in waiting {
            let copied = self.copy(&place).map_err(Failure::uploads)?;
            if copied {
                self.done.insert(place)
            } else {
                self.missing.insert(place)
            };
        }
        Ok(self.copied - before)
    }

    /// Copies an original. Returns `false` if it is missing, or if its content does not have the hash
    /// in its path.
    fn copy(&mut self, place: &Path) -> Result<bool, Error> {
        let hash = collect::hash_at(place);
        // Only content with this hash was copied there, so an interrupted copy can continue.
        if hash.is_some()
            && let Some(size) = self.target.size_listed(self.listed.as_ref(), place)?
            && self.source.size_of_original(place)? == Some(size)
        {
            return Ok(true);
        }
        let Some(mut opened) = self.source.open_original(place)? else { return Ok(false) };
        if let Some(hash) = hash {
            if ContentHash::read(&opened.file).map_err(at(place))? != hash {
                return Ok(false);
            }
            opened.file.rewind().map_err(at(place))?;
        }
        self.target.store_original(place, &mut opened)?;
        self.copied += 1;
        Ok(true)
    }
}

impl FromStr for Target {
    type Err = InvalidLocation;

    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        if text == "folder" { Ok(Self::Folder) } else { text.parse().map(Self::Bucket) }
    }
}
