//! `server copy`: copies a library from SQLite to PostgreSQL.

use aludel::Status;
use clap::Args;

use crate::console;
use crate::database::{Database, Opened};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::store::{Connection, Copied, copy_library};

use super::CommandError;

/// The arguments of `server copy`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CopyArguments {
    /// Database of SQLite that is copied; it stays unchanged
    #[arg(long, value_name = "URL", value_parser = Database::parse)]
    from: Database,
    /// Database of PostgreSQL without photos and accounts; it is migrated to the head first
    #[arg(long, value_name = "URL", value_parser = Database::parse)]
    to: Database,
}

impl CopyArguments {
    /// Copies every row in one transaction, and compares the rows before the commit.
    pub(crate) fn run(&self, settings: &Settings) -> Result<u8, Failure> {
        let (Some(path), None) = (self.from.path(), self.to.path()) else {
            return Err(CommandError::CopyDirection.into());
        };
        if !path.exists() {
            return Err(CommandError::NoDatabase { path: path.to_owned() }.into());
        }
        let source = self.from.open(settings.lock_timeout)?;
        let found = source.current(settings.lock_timeout)?;
        if found != self.from.head() {
            return Err(CommandError::NotAtHead { found: found.join(", ") }.into());
        }
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
        console::say(format_args!("copied {} to {}; the photos stay in their folder", self.from, self.to));
        Ok(0)
    }
}

fn tell(copied: &Copied) {
    let Copied { table, rows, left_out, hash } = copied;
    let hash = hash.get(..16).unwrap_or(hash);
    if *left_out == 0 {
        console::say(format_args!("{table}\t{rows}\t{hash}"));
    } else {
        console::say(format_args!(
            "{table}\t{rows}\t{hash}\tnot copied, because what they belong to is gone: {left_out}"
        ));
    }
}
