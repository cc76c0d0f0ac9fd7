//! The `aludel` command: Alembic's commands, for chains that are proved at compile time.
//!
//! A command works on a `Workspace`: a chain and a database, regardless of their origin. The
//! `aludel` program reads the chain from a folder. An application mounts [`Mounted`] and passes its
//! own chain to [`run_mounted`].
//!
//! From the bottom up, the modules are:
//!
//! - `settings` reads flags, environment variables and `aludel.toml`.
//! - `folder` reads the scripts.
//! - `target_schema` reads the target schema.
//! - `workspace` opens databases.
//! - `schema_check` compares a database with its version rows.
//! - `view` formats revisions, and `schema_json` formats schemas.
//! - `commands` contains one file per command.
//!
//! Only `ui` prints.
//!
//! The default `program` feature adds the program itself, which proves scripts and reads models. An
//! application that mounts the commands should disable it, and enable `sqlite`, `postgres` or both.

mod database;
mod empty_variables;
mod error;
mod paint;
mod ui;

#[cfg(feature = "program")]
mod dotenv;
#[cfg(feature = "program")]
mod settings;

#[cfg(feature = "program")]
mod comparison_settings;
#[cfg(feature = "program")]
mod files;
#[cfg(feature = "program")]
mod folder;
#[cfg(feature = "program")]
mod import;
#[cfg(feature = "program")]
mod lints;
#[cfg(feature = "program")]
mod prover;
mod schema_check;
#[cfg(feature = "program")]
mod scratch_server;
mod signals;
#[cfg(feature = "program")]
mod target_schema;
mod workspace;

mod draw;
mod range;
#[cfg(feature = "sqlite")]
mod schema_json;
mod view;

mod commands;

use std::process::ExitCode;

pub use commands::Mounted;
pub use empty_variables::without_empty_variables;
pub use ui::OutputOptions;

use database::Database;
use error::Failure;
use ui::Ui;
use workspace::Workspace;

/// Runs the `aludel` program with the arguments of the process.
#[cfg(feature = "program")]
pub fn main() -> ExitCode {
    // Without this limit, the system would kill the process if a script needed too much memory.
    let _ = aludel_core::guarded::limit_heap(aludel_core::guarded::HEAP_LIMIT);
    let arguments = commands::Arguments::read();
    let mut ui = Ui::new(&arguments.output);
    let result = commands::run(arguments, &mut ui);
    end(&mut ui, result)
}

/// Runs one of the mounted commands on the application's own chain (feature `sqlite`).
///
/// The settings of `migrator` apply: its lock timeout, its ignored objects, and the connections
/// that it prepares. SIGINT and SIGTERM roll the run back.
///
/// ```text
/// #[derive(clap::Subcommand)]
/// enum Command {
///     /// Migrate the database and report its state
///     Db {
///         #[command(flatten)]
///         output: aludel_cli::OutputOptions,
///         #[command(subcommand)]
///         command: aludel_cli::Mounted,
///     },
/// }
///
/// aludel_cli::run_mounted(migrations::CHAIN.migrator(), &database, &command, &output)
/// ```
#[cfg(feature = "sqlite")]
pub fn run_mounted<C>(
    migrator: aludel::Migrator<'_, C>,
    database: &aludel::Database,
    command: &Mounted,
    output: &OutputOptions,
) -> ExitCode {
    let mut ui = Ui::new(output);
    let database = Database::Sqlite(database.clone());
    let workspace = Workspace::new(migrator, Some(database), output.lock_timeout());
    let result = command.run(&workspace, &mut ui);
    end(&mut ui, result)
}

/// Runs one of the mounted commands on a PostgreSQL database, like [`run_mounted`] (feature
/// `postgres`).
#[cfg(feature = "postgres")]
pub fn run_mounted_on_postgres<C>(
    migrator: aludel::postgres::Migrator<'_, C>,
    database: &aludel::postgres::Database,
    command: &Mounted,
    output: &OutputOptions,
) -> ExitCode {
    let mut ui = Ui::new(output);
    let database = Database::Postgres(Box::new(database.clone().into()));
    let workspace = Workspace::new(migrator, Some(database), output.lock_timeout());
    let result = command.run(&workspace, &mut ui);
    end(&mut ui, result)
}

/// Prints the error of a failed command, and returns the exit code.
fn end(ui: &mut Ui, result: Result<u8, Failure>) -> ExitCode {
    let result = result.and_then(|code| ui.finish().map(|()| code));
    ExitCode::from(result.unwrap_or_else(|failure| {
        ui.fail(&failure);
        failure.exit_code()
    }))
}
