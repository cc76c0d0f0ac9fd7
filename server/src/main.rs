//! PhotoSafe's server: brings its database to the head of its chain of migrations, then serves photos.
//!
//! From the ground up: [`settings`] and [`start`] order what happens, after an [`inspection`] of the database and the uploads folder, whose
//! [`binding`] keeps strangers apart; [`listener`] takes [`connections`], [`front`] gives requests their [`turns`] and stands before the
//! [`router`], which leads to the handlers in [`photos`]; those use [`store`] for rows, told in [`models`], and [`uploads`] for files.

mod answer;
mod binding;
mod body;
mod connections;
mod console;
mod error;
mod failure;
mod file_body;
mod front;
mod inspection;
mod listener;
mod migrations;
mod models;
mod patience;
mod photos;
mod range;
mod readiness;
mod router;
mod settings;
mod signals;
mod start;
mod store;
mod turns;
mod uploads;

use std::io::IsTerminal;
use std::process::ExitCode;

use rustix::fs::Mode;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use migrations::CHAIN;
use settings::{Command, Settings};

fn main() -> ExitCode {
    keep_files_private();
    let settings = Settings::read();
    tracing_subscriber::registry()
        .with(settings.log.clone())
        .with(
            tracing_subscriber::fmt::layer()
                .with_ansi(std::io::stderr().is_terminal())
                .with_writer(std::io::stderr),
        )
        .init();
    if let Some(Command::Db { manners, command }) = &settings.command {
        let migrator = CHAIN.migrator().lock_timeout(settings.lock_timeout);
        return aludel_cli::run_mounted(migrator, &settings.database, command, manners);
    }
    match start::run(&settings) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            console::fail(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Nobody else may read what is made: neither the database and the files beside it, which SQLite makes, nor photos.
fn keep_files_private() {
    let others = Mode::RWXG | Mode::RWXO;
    let before = rustix::process::umask(others);
    rustix::process::umask(before | others);
}
