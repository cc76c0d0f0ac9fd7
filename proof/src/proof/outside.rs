//! Scripts that run outside a transaction.
//!
//! They change neither the schema nor rows, so they are skipped on the in-memory scratch database.
//! They have an effect only on a file. Each script is therefore upgraded, downgraded and upgraded
//! again on a copy of the scratch database in a temporary file.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use aludel_core::guarded::Guarded;
use aludel_core::problem::Problem;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::{Connection, MAIN_DB};

use super::scratch::Scratch;
use super::section::{SectionFailure, problem_of};
use super::{Options, ProofFault};

/// The number of names that are tried for the temporary folder.
const TRIES: usize = 100;

/// Returns `true` if a script runs outside a transaction.
pub(super) fn is_outside(script: &ParsedScript) -> bool {
    script.header.outside_transaction.is_some()
}

/// Runs a script on a copy of the scratch database. No transaction is open on that copy.
pub(super) fn check(
    scratch: &mut Scratch,
    script: &ParsedScript,
    options: &Options,
) -> rusqlite::Result<Vec<Problem>> {
    let pages = scratch.connection_mut().serialize(MAIN_DB)?;
    let folder = TemporaryFolder::create().and_then(|folder| {
        fs::write(folder.database(), &*pages)?;
        Ok(folder)
    });
    let folder = match folder {
        Ok(folder) => folder,
        Err(error) => {
            let message = format!("cannot write a temporary file: {error}");
            return Ok(vec![Problem::overall(&ProofFault::Scratch { message })]);
        }
    };
    let copy = open(&folder, scratch, options)?;
    let mut kinds = vec![SectionKind::Upgrade];
    if script.header.irreversible.is_none() {
        kinds.extend([SectionKind::Downgrade, SectionKind::Upgrade]);
    }
    let failure = kinds.into_iter().find_map(|kind| run(&copy, script, kind).err());
    let fails = |section, message| ProofFault::Fails { section, message };
    Ok(failure.iter().map(|failure| problem_of(options, script, failure, fails)).collect())
}

fn open(
    folder: &TemporaryFolder,
    scratch: &Scratch,
    options: &Options,
) -> rusqlite::Result<Guarded<Connection>> {
    let connection = Connection::open(folder.database())?;
    connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")?;
    options.limits().set(&connection)?;
    options.prepare(&connection)?;
    Guarded::new(connection, scratch.names_of_own_tables(), Some(options.bounds()), None)
}

fn run(copy: &Guarded<Connection>, script: &ParsedScript, kind: SectionKind) -> Result<(), SectionFailure> {
    let statements = script.section(kind).map(|section| section.statements.as_slice()).unwrap_or_default();
    let texts = statements.iter().filter_map(|span| script.source.text.get(span.clone()));
    copy.run_outside(texts).map_err(|(number, refused)| SectionFailure {
        section: kind,
        stopped: refused.why,
        statement: statements.get(number).cloned().unwrap_or_default(),
    })
}

/// A folder that is removed together with its contents.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Creates a folder that only the current user can access.
    fn create() -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let mut result = Err(io::ErrorKind::AlreadyExists.into());
        for _ in 0..TRIES {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("aludel-proof-{}-{number}", process::id()));
            result = builder.create(&path).map(|()| Self(path));
            if !result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) {
                break;
            }
        }
        result
    }

    fn database(&self) -> PathBuf {
        self.0.join("scratch.db")
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // It is harmless if the folder stays.
        let _ = fs::remove_dir_all(&self.0);
    }
}
