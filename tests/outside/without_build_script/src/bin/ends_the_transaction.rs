//! A program whose function takes away the hooks of its connection and commits, while a script runs.

#![allow(unsafe_code, reason = "only the C interface can do this")]

use std::process::ExitCode;

use vessel::rusqlite::functions::{Context, FunctionFlags};
use vessel::rusqlite::{Connection, Result, ffi};

mod migrations {
    vessel::embed_migrations!("ending", crate = vessel);
}

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else { return ExitCode::FAILURE };
    let opened = vessel::Database::parse(&path).map_err(vessel::Error::from).and_then(|database| database.open());
    let run = opened.and_then(|connection| {
        migrations::CHAIN.migrator().prepare(register).upgrade_to::<migrations::Head>(connection)
    });
    match run {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn register(connection: &Connection) -> Result<()> {
    connection.create_scalar_function("finish", 0, FunctionFlags::SQLITE_UTF8, |context| finish(context, false))?;
    connection.create_scalar_function("finish_for_good", 0, FunctionFlags::SQLITE_UTF8, |context| finish(context, true))
}

fn finish(context: &Context<'_>, without_hook: bool) -> Result<bool> {
    // SAFETY: the handle is that of the connection on which the function runs, and stays open meanwhile.
    unsafe {
        let connection = context.get_connection()?;
        ffi::sqlite3_set_authorizer(connection.handle(), None, std::ptr::null_mut());
        if without_hook {
            ffi::sqlite3_commit_hook(connection.handle(), None, std::ptr::null_mut());
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(true)
}
