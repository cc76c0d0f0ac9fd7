//! PhotoSafe's server: migrates its database to the head, then serves photos.
//!
//! [`start`] defines the order of events, according to the [`settings`]. It begins with an
//! [`inspection`] of the database and the uploads folder, and a check of their [`binding`].
//! [`listener`] accepts [`connections`]; [`front`] limits their [`concurrency`] and passes them to
//! the [`router`], which calls the handlers in [`photos`], [`library`], [`albums`], [`shares`],
//! [`people`] and [`admin`], or returns the [`page`]. The handlers use [`store`] for rows,
//! described in [`models`], and [`uploads`] for files. [`jobs`] work in the background.

mod actor;
mod admin;
mod albums;
mod answer;
mod archive;
mod binding;
mod body;
mod commands;
mod concurrency;
mod connections;
mod console;
mod database;
mod error;
mod failure;
mod file_body;
mod front;
mod hexadecimal;
mod inspection;
mod jobs;
mod json;
mod library;
mod listener;
mod log;
mod metrics;
mod migrations;
mod models;

mod origin;
mod page;
mod people;
mod photos;
mod query;
mod range;
mod readiness;
mod request_log;
mod router;
mod settings;
mod shares;
mod signals;
mod start;
mod store;

mod uploads;
mod write_timeout;

use std::process::ExitCode;

use rustix::fs::Mode;

use settings::{Command, Settings};

fn main() -> ExitCode {
    keep_files_private();
    let settings = Settings::read();
    log::begin(&settings);
    let ended = match &settings.command {
        Some(Command::Db { output, command }) => {
            return settings.database.run(settings.lock_timeout, command, output);
        }
        None | Some(Command::BindUploads) => start::run(&settings),
        Some(Command::Backup(arguments)) => arguments.run(&settings),
        Some(Command::Restore(arguments)) => arguments.run(&settings),
        Some(Command::User(command)) => command.run(&settings),
        Some(Command::Health) => commands::health::run(&settings),
        Some(Command::Copy(arguments)) => commands::with_runtime(|| arguments.run(&settings)),
        Some(Command::CopyOriginals(arguments)) => commands::with_runtime(|| arguments.run(&settings)),
        Some(Command::Scrub(arguments)) => commands::with_runtime(|| arguments.run(&settings)),
        Some(Command::Import(arguments)) => commands::with_runtime(|| arguments.run(&settings)),
        Some(Command::Gc(arguments)) => commands::with_runtime(|| arguments.run(&settings)),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            console::fail(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Makes all created files private: photos, the database, and the companion files that SQLite
/// creates.
fn keep_files_private() {
    let others = Mode::RWXG | Mode::RWXO;
    let before = rustix::process::umask(others);
    rustix::process::umask(before | others);
}
