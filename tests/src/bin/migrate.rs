//! A minimal program that migrates a database with a folder of scripts. Tests start many instances
//! of it and kill them.
//!
//! `migrate <database> <folder> upgrade|downgrade|stamp|status [target]`. It prints each script
//! before it runs, and allows scripts outside a transaction. Environment variables:
//!
//! - `LOCK_TIMEOUT`: the lock timeout in milliseconds.
//! - `PREPARE`: SQL to run first on the connection, repeated while the database is busy.
//! - `WAIT`: if set, waits for the end of the input before opening the database.
//! - `ABORT_BEFORE`: a revision. Aborts before its script runs.

use std::env::{args, var, var_os};
use std::error::Error as _;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use aludel::chain::Folder;
use aludel::rusqlite::{self, Connection, ErrorCode};
use aludel::{Chain, Database, Error, Migrator};

/// The exit code for invalid arguments.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (database, folder, action, target) = match arguments.as_slice() {
        [database, folder, action] => (*database, *folder, *action, "head"),
        [database, folder, action, target] => (*database, *folder, *action, *target),
        _ => return say("migrate <database> <folder> upgrade|downgrade|stamp|status [target]", USAGE),
    };
    let chain = match tests::load(folder.as_ref()) {
        Ok(chain) => chain,
        Err(faults) => return say(&faults, 1),
    };
    if var_os("WAIT").is_some() {
        let mut nothing = Vec::new();
        let _ = std::io::stdin().read_to_end(&mut nothing);
    }
    match run(&chain, database, action, target) {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(&error),
    }
}

fn run(chain: &Chain, database: &str, action: &str, target: &str) -> Result<u8, Error> {
    let migrator = migrator(chain);
    let database = Database::parse(database)?;
    if action == "status" {
        let status = database.read(|connection| migrator.status(connection))?;
        tell(&status.to_string());
        return Ok(status.exit_code());
    }
    let mut connection = database.open()?;
    let report = match action {
        "upgrade" => migrator.upgrade(&mut connection, target)?,
        "downgrade" => migrator.downgrade(&mut connection, target)?,
        "stamp" => migrator.stamp(&mut connection, target)?,
        _ => return Ok(USAGE),
    };
    tell(&report.to_string());
    Ok(0)
}

fn migrator(chain: &Chain) -> Migrator<'_, Folder> {
    let migrator = chain.migrator().allow_outside_transaction().prepare(prepare).on_progress(|progress| {
        if let Some(step) = progress.step {
            tell(&format!("running {}", step.revision));
            if var("ABORT_BEFORE").is_ok_and(|revision| revision == step.revision) {
                std::process::abort();
            }
        }
    });
    match var("LOCK_TIMEOUT").ok().and_then(|limit| limit.parse().ok()) {
        Some(limit) => migrator.lock_timeout(Duration::from_millis(limit)),
        None => migrator,
    }
}

/// Runs `PREPARE`. `PRAGMA journal_mode = WAL` may return busy on a cold file, regardless of the
/// busy handler.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    let Ok(sql) = var("PREPARE") else { return Ok(()) };
    loop {
        match connection.execute_batch(&sql) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn fail(error: &Error) -> ExitCode {
    let mut words = vec![format!("error: {error}")];
    let mut source = error.source();
    while let Some(cause) = source {
        words.push(format!("cause: {cause}"));
        source = cause.source();
    }
    words.extend(error.hint().map(|hint| format!("help: {hint}")));
    say(&words.join("\n"), error.exit_code())
}

fn say(words: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{words}");
    ExitCode::from(code)
}

/// Prints a line. Ignores errors, because the parent may have closed the pipe.
fn tell(words: &str) {
    let _ = writeln!(std::io::stdout(), "{words}");
}
