//! Inspects the database and the uploads folder before anything is changed, created or served.

use aludel::Status;

use crate::binding::{Counted, Stranger, Verdict, judge};
use crate::database::Migrator;
use crate::failure::Failure;
use crate::settings::{Mode, Settings};
use crate::store::{Connection, binding_of, local_files};
use crate::uploads::Uploads;

/// The status of the database, and the reasons not to serve it or the folder.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// The status of the database.
    pub(crate) status: Status,
    /// The differences between its schema and the schema at the head. Empty if it is not at the
    /// head.
    pub(crate) drift: Vec<String>,
    /// The reason why the folder does not belong to the database, or `None` if it does.
    pub(crate) stranger: Option<Stranger>,
}

/// Inspects the database and the folder, as the mode of the program requires.
#[derive(Debug, Clone)]
pub(crate) struct Inspector {
    uploads: Uploads,
    mode: Mode,
}

impl Inspector {
    /// Creates an inspector for the mode in the settings.
    pub(crate) fn new(settings: &Settings, uploads: Uploads) -> Self {
        Self { uploads, mode: settings.mode() }
    }

    /// Inspects the database and the folder. Blocks, writes nothing and creates no file.
    ///
    /// Returns an error if the database is ahead, has diverged or is unversioned, except in a mode
    /// that only reports this.
    pub(crate) fn inspect(&self, migrator: &Migrator) -> Result<Inspection, Failure> {
        migrator.read(|connection| self.look(migrator, connection))
    }

    fn look(&self, migrator: &Migrator, connection: Option<Connection<'_>>) -> Result<Inspection, Failure> {
        let status = migrator.status(connection)?;
        if let Some(connection) = connection
            && self.mode != Mode::Check
        {
            migrator.check(connection)?;
        }
        let drift = match (connection, &status) {
            (Some(connection), Status::AtHead) if self.mode.compares() => migrator.drift(connection)?,
            _ => Vec::new(),
        };
        let is_known = matches!(status, Status::Fresh | Status::Behind { .. } | Status::AtHead);
        let stranger =
            if self.mode.compares() && is_known { judged(connection, &self.uploads)?.err() } else { None };
        Ok(Inspection { status, drift, stranger })
    }
}

/// Decides if a database and a folder belong together. The inner error is the reason why they do
/// not.
pub(crate) fn judged(
    connection: Option<Connection<'_>>,
    uploads: &Uploads,
) -> Result<Result<Verdict, Stranger>, Failure> {
    let id = connection.map(binding_of).transpose().map_err(Failure::from)?.flatten();
    let folder = uploads.folder_state().map_err(Failure::uploads)?;
    judge(id.as_deref(), &folder, || count(connection, uploads))
}

/// Counts the photos whose row refers to a file in the folder, and those whose file exists.
pub(crate) fn count(connection: Option<Connection<'_>>, uploads: &Uploads) -> Result<Counted, Failure> {
    let mut counted = Counted::default();
    let Some(connection) = connection else {
        return Ok(counted);
    };
    let listed = uploads.list().map_err(Failure::uploads)?;
    local_files(connection, |place| {
        counted.expected += 1;
        if uploads.size_listed(listed.as_ref(), place).map_err(Failure::uploads)?.is_some() {
            counted.found += 1;
        }
        Ok::<(), Failure>(())
    })?;
    Ok(counted)
}
