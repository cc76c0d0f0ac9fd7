//! Measures how long the proof of a folder of scripts takes without rows and with them: `proof_time <folder> [rounds]`.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aludel_core::chain::assemble;
use aludel_core::folder;
use aludel_proof::proof::{Options, examine};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("a folder is missing")?;
    let rounds = arguments.next().map_or(Ok(5), |rounds| rounds.parse::<u32>())?;
    let folder = folder::read(Path::new(&path), "migrations");
    let assembled = assemble(&folder, true).map_err(|faulty| format!("{:?}", faulty.problems))?;
    let mut out = std::io::stdout().lock();
    for with_rows in [false, true] {
        let options = Options { with_rows, ..Options::default() };
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..rounds {
            let start = Instant::now();
            std::hint::black_box(examine(&assembled, &options));
            times.push(start.elapsed());
        }
        times.sort();
        let rows = if with_rows { "with rows" } else { "without rows" };
        writeln!(out, "{rows}: {:?} (fastest of {rounds})", times.first().copied().unwrap_or_default())?;
    }
    Ok(())
}
