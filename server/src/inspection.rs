//! What is known of the database and the uploads folder before anything is changed, listened for or made.

use std::path::{Path, PathBuf};

use aludel::rusqlite::Connection;
use aludel::{Database, Migrator, Status};

use crate::binding::{Counted, Stranger, Verdict, judge};
use crate::failure::Failure;
use crate::migrations::ThisChain;
use crate::settings::{Mode, Settings};
use crate::store::{binding_of, local_files};
use crate::uploads::FolderState;
use crate::uploads::folder::size_of;

/// Where the database is, and whether it and the folder may be served.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// Where the database is.
    pub(crate) status: Status,
    /// In what its schema differs from that of the head; empty if it is not there.
    pub(crate) drift: Vec<String>,
    /// Why the folder is not its own, if so.
    pub(crate) stranger: Option<Stranger>,
}

/// What is inspected, and for what.
#[derive(Debug, Clone)]
pub(crate) struct Inspector {
    database: Database,
    uploads: PathBuf,
    mode: Mode,
}

impl Inspector {
    /// Looks at what the settings name.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { database: settings.database.clone(), uploads: settings.uploads.clone(), mode: settings.mode() }
    }

    /// Looks at the database and the folder. Blocks, writes nothing, and makes no file.
    ///
    /// A database that is ahead, diverged or unversioned is an error, unless the program only has to say so.
    pub(crate) fn inspect(&self, migrator: &Migrator<'static, ThisChain>) -> Result<Inspection, Failure> {
        self.database.read(|connection| self.look(migrator, connection))
    }

    fn look(
        &self,
        migrator: &Migrator<'static, ThisChain>,
        connection: Option<&Connection>,
    ) -> Result<Inspection, Failure> {
        let status = migrator.status(connection)?;
        if let Some(connection) = connection
            && self.mode != Mode::Check
        {
            migrator.check(connection)?;
        }
        let drift = match (connection, &status) {
            (Some(connection), Status::AtHead) if self.mode.compares() => drift(migrator, connection)?,
            _ => Vec::new(),
        };
        let is_known = matches!(status, Status::Fresh | Status::Behind { .. } | Status::AtHead);
        let stranger =
            if self.mode.compares() && is_known { judged(connection, &self.uploads)?.err() } else { None };
        Ok(Inspection { status, drift, stranger })
    }
}

/// In what the schema of a database differs from the one that the migrations make, in words.
///
/// Scripts that do not run on an empty database leave nothing to compare with.
pub(crate) fn drift(
    migrator: &Migrator<'static, ThisChain>,
    connection: &Connection,
) -> Result<Vec<String>, Failure> {
    match migrator.drift(connection) {
        Err(aludel::Error::NotMade { .. }) => Ok(Vec::new()),
        drift => Ok(drift?),
    }
}

/// Judges a database and a folder. The error within is that they do not belong together.
pub(crate) fn judged(
    connection: Option<&Connection>,
    uploads: &Path,
) -> Result<Result<Verdict, Stranger>, Failure> {
    let id = connection.map(binding_of).transpose().map_err(Failure::Inspect)?.flatten();
    let folder = FolderState::read(uploads).map_err(Failure::uploads)?;
    judge(id.as_deref(), &folder, || count(connection, uploads))
}

/// Counts the photos whose row names a file in the folder, and those whose file is there.
pub(crate) fn count(connection: Option<&Connection>, uploads: &Path) -> Result<Counted, Failure> {
    let mut counted = Counted::default();
    let Some(connection) = connection else {
        return Ok(counted);
    };
    local_files(connection, |place| {
        counted.expected += 1;
        if size_of(uploads, place).map_err(Failure::uploads)?.is_some() {
            counted.found += 1;
        }
        Ok::<(), Failure>(())
    })?;
    Ok(counted)
}
