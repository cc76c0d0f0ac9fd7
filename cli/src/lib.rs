//! The `aludel` command: what `alembic` gives, for chains that the compiler keeps.
//!
//! A command takes a `place`: a chain and a database, wherever they came from. The program `aludel` reads the chain from a folder; an
//! application mounts [`Mounted`] and gives its own ([`run_mounted`]). From the ground up: `settings` reads flags, environment and
//! `aludel.toml`; `folder` the scripts; `wanted` the schema that they are to make; `place` opens databases and explains errors; `stamped`
//! compares them with what their stamp says; `view` shows revisions, `shape` schemas; `commands` holds one file a command. Only `ui` prints.
//!
//! The feature `program`, on by default, is the program itself: it proves scripts and reads models. An application goes without.

mod error;
mod paint;
mod ui;

#[cfg(feature = "program")]
mod dotenv;
#[cfg(feature = "program")]
mod settings;

#[cfg(feature = "program")]
mod folder;
mod place;
mod signals;
mod stamped;
#[cfg(feature = "program")]
mod wanted;

mod draw;
mod range;
mod shape;
mod view;

mod commands;

use std::process::ExitCode;

use aludel::{Database, Migrator};

pub use commands::Mounted;
pub use ui::Manners;

use error::Failure;
use place::Place;
use ui::Ui;

/// Runs the program `aludel` with the arguments of the process.
#[cfg(feature = "program")]
pub fn main() -> ExitCode {
    // Without the limit, a script that needs too much memory is stopped by the system.
    let _ = aludel_core::guarded::limit_heap(aludel_core::guarded::HEAP_LIMIT);
    let arguments = commands::Arguments::read();
    let mut ui = Ui::new(&arguments.manners);
    let result = commands::run(arguments, &mut ui);
    end(&mut ui, result)
}

/// Runs one of the commands that an application mounts, on its own chain, with its own migrator: what that waits for, ignores and prepares
/// connections with holds here too. SIGINT and SIGTERM roll a run back.
///
/// ```text
/// #[derive(clap::Subcommand)]
/// enum Command {
///     /// Migrates the database, and says where it is.
///     Db {
///         #[command(flatten)]
///         manners: aludel_cli::Manners,
///         #[command(subcommand)]
///         command: aludel_cli::Mounted,
///     },
/// }
///
/// aludel_cli::run_mounted(migrations::CHAIN.migrator(), &database, &command, &manners)
/// ```
pub fn run_mounted<C>(
    migrator: Migrator<'_, C>,
    database: &Database,
    command: &Mounted,
    manners: &Manners,
) -> ExitCode {
    let mut ui = Ui::new(manners);
    let place = Place::new(migrator, Some(database.clone()), manners.lock_timeout());
    let result = command.run(&place, &mut ui);
    end(&mut ui, result)
}

/// Lets an environment variable that is empty count as one that is not set: a container or a unit file often cannot leave one out.
#[must_use]
pub fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(
            |argument| {
                if argument.get_env().is_some_and(is_empty) { argument.env(None) } else { argument }
            },
        )
        .mut_subcommands(without_empty_variables)
}

/// Tells what went wrong, and gives the exit code.
fn end(ui: &mut Ui, result: Result<u8, Failure>) -> ExitCode {
    let result = result.and_then(|code| ui.finish().map(|()| code));
    ExitCode::from(result.unwrap_or_else(|failure| {
        ui.fail(&failure);
        failure.exit_code()
    }))
}
