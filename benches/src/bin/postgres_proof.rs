//! Times the proof of a chain on a scratch server. Prints one line per round, in seconds.
//!
//! Built without optimisation, it shows the time that the command takes in a debug build.

use std::error::Error;
use std::io::Write as _;

use aludel_postgres::scratch::Server;
use benches::postgres::proofs::{NAMES, Proofs};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let scripts: usize = arguments.next().ok_or("expected a number of scripts")?.parse()?;
    let rounds: usize = arguments.next().ok_or("expected a number of rounds")?.parse()?;
    let (server, folder) = (Server::start()?, tempfile::tempdir()?);
    let proofs = Proofs::new(folder.path(), scripts, &server)?;
    for _ in 0..rounds {
        let seconds = (0..NAMES.len()).map(|which| Ok(proofs.time(which)?.as_secs_f64().to_string()));
        writeln!(std::io::stdout(), "{}", seconds.collect::<benches::Result<Vec<_>>>()?.join(" "))?;
    }
    Ok(())
}
