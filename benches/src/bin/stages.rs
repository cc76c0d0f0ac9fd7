//! Times the stages of the macro, and SQLite alone on the same scripts. Prints one line per round,
//! in seconds.
//!
//! The macro and its SQLite are built without optimization. This program must be built in the same
//! way: outside the workspace, in the default profile.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aludel::rusqlite::Connection;
use aludel_core::chain::{Assembled, Chain, Script, Section, VERSION_TABLE, assemble};
use aludel_core::folder;
use aludel_proof::proof::{self, Options};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("expected a folder of scripts")?;
    let rounds: usize = arguments.next().ok_or("expected a number of rounds")?.parse()?;
    for _ in 0..rounds {
        let ((assembled, chain), reading) = timed(|| read(Path::new(&folder)))?;
        let ((), proof) = timed(|| prove(&assembled, false))?;
        let ((), with_rows) = timed(|| prove(&assembled, true))?;
        let ((), same) = timed(|| run_as_the_proof_does(&chain))?;
        let ((), alone) = timed(|| run_each(&chain).map(|_| ()))?;
        let seconds = [reading, proof, same, alone, with_rows].map(|stage| stage.as_secs_f64().to_string());
        writeln!(std::io::stdout(), "{}", seconds.join(" "))?;
    }
    Ok(())
}

fn timed<T>(stage: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let began = Instant::now();
    let value = stage()?;
    Ok((value, began.elapsed()))
}

/// Reads files, scripts, graph and checksums.
fn read(folder: &Path) -> Result<(Assembled, Chain)> {
    let folder = folder::read(folder, "migrations");
    let assembled = assemble(&folder, false).map_err(|_| "the scripts are not sound")?;
    let chain = assembled.chain(VERSION_TABLE);
    Ok((assembled, chain))
}

fn prove(assembled: &Assembled, with_rows: bool) -> Result<()> {
    proof::prove(assembled, &Options { with_rows, ..Options::default() })
        .map(drop)
        .map_err(|_| "the scripts are not proved".into())
}

/// Runs each script up, down and up again, and then all of them down.
fn run_as_the_proof_does(chain: &Chain) -> Result<()> {
    let connection = run_each(chain)?;
    chain.scripts.iter().rev().try_for_each(|script| run(&connection, &script.downgrade))
}

/// Runs each script up, down and up again.
fn run_each(chain: &Chain) -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    for Script { upgrade, downgrade, .. } in chain.scripts.iter() {
        [upgrade, downgrade, upgrade].into_iter().try_for_each(|section| run(&connection, section))?;
    }
    Ok(connection)
}

fn run(connection: &Connection, section: &Section) -> Result<()> {
    section.statements().try_for_each(|statement| Ok(connection.execute_batch(statement)?))
}
