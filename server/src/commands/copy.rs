//! `server copy`: copies a library from SQLite to PostgreSQL.

use std::fmt::Write as _;

use aludel::Status;
use clap::Args;

use crate::binding::{self, Pair};
use crate::console;
use crate::database::{Database, Opened};
use crate::failure::Failure;
use crate::inspection::judged;
use crate::settings::Settings;
use crate::store::{Connection, Copied, copy_library};

use super::{CommandError, open_at_head};

/// The arguments of `server copy`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CopyArguments {
    /// SQLite database to copy; it is not changed
    #[arg(long, value_name = "URL", value_parser = Database::parse)]
    from: Database,
    /// PostgreSQL database without photos or accounts; it is migrated to the head first
    #[arg(long, value_name = "URL", value_parser = Database::parse)]
    to: Database,
}

impl CopyArguments {
    /// Copies every row in one transaction, and compares the rows before the commit.
    pub(crate) fn run(&self, settings: &Settings) -> Result<u8, Failure> {
        let (Some(_), None) = (self.from.path(), self.to.path()) else {
            return Err(CommandError::CopyDirection.into());
        };
        let source = open_at_head(&self.from, settings.lock_timeout)?;
        // The folder must belong to the source, because it will be bound to the target.
        let uploads = settings.uploads()?;
        let place = uploads.address();
        if let Err(stranger) = judged(Some(source.connection()), &uploads)? {
            let pair = Pair { database: self.from.to_string(), originals: place };
            return Err(Failure::Stranger { pair, stranger });
        }
        let uploads = uploads.prepared().map_err(Failure::uploads)?;
        let migrator = self.to.migrator(settings.lock_timeout, None);
        match migrator.read(|connection| Ok(migrator.status(connection)?))? {
            Status::Fresh | Status::AtHead => {}
            status => return Err(CommandError::Target { found: status.to_string() }.into()),
        }
        let ready = migrator.upgrade()?;
        let (Opened::Sqlite(source), Connection::Postgres(target)) = (&source, ready.connection()) else {
            return Err(CommandError::CopyDirection.into());
        };
        copy_library(source, target).map_err(CommandError::Copy)?.iter().for_each(tell);
        // The new id prevents the source from being served with photos that it does not have.
        let counted = binding::by_hand(ready, &uploads)?;
        console::say(format_args!(
            "copied {} to {}; the photos in {place} now belong to it ({counted})",
            self.from, self.to
        ));
        Ok(0)
    }
}

fn tell(copied: &Copied) {
    let Copied { table, rows, left_out, cleared, hash } = copied;
    let mut line = format!("{table}\t{rows}\t{}", hash.get(..16).unwrap_or(hash));
    for (count, what) in [
        (left_out, "not copied, because the rows that they belong to do not exist"),
        (cleared, "references copied as NULL, because the rows that they refer to do not exist"),
    ] {
        if *count > 0 {
            // Writing to a string cannot fail.
            let _ = write!(line, "\t{what}: {count}");
        }
    }
    console::say(format_args!("{line}"));
}
