//! The proof of a chain on a scratch server.

use std::path::Path;
use std::time::{Duration, Instant};

use aludel_core::chain::{Chain, Script};
use aludel_postgres::proof::{Options, Sources, prove};
use aludel_postgres::scratch::Server;

use super::chains;
use crate::Result;

/// The measured proofs, as named in the table.
pub const NAMES: [&str; 6] = [
    "by hand: each script up, down, up",
    "proof, without rows and lints",
    "proof, without rows",
    "proof",
    "proof, only the last script is new",
    "proof, nothing is new",
];

/// The whole proof among [`NAMES`].
pub const WHOLE: usize = 3;

/// A chain and its proofs.
#[derive(Debug)]
pub struct Proofs<'s> {
    chain: Chain,
    server: &'s Server,
}

impl<'s> Proofs<'s> {
    /// Writes the scripts to a folder, and reads them.
    ///
    /// # Errors
    ///
    /// Returns an error if the scripts cannot be written or read.
    pub fn new(folder: &Path, scripts: usize, server: &'s Server) -> Result<Self> {
        Ok(Self { chain: chains::to_prove(folder, scripts)?, server })
    }

    /// Times one of the proofs.
    ///
    /// # Errors
    ///
    /// Returns an error if the server fails, or if the scripts are not proved.
    pub fn time(&self, which: usize) -> Result<Duration> {
        let valid = |count: usize| {
            self.chain.scripts.iter().take(count).map(|script| script.id.to_string()).collect()
        };
        let all = self.chain.scripts.len();
        let options = match which {
            0 => return self.by_hand(),
            1 => Options { with_rows: false, lints: false, ..Options::default() },
            2 => Options { with_rows: false, ..Options::default() },
            WHOLE => Options::default(),
            4 => Options { valid: valid(all.saturating_sub(1)), ..Options::default() },
            _ => Options { valid: valid(all), ..Options::default() },
        };
        let began = Instant::now();
        let report = prove(&self.chain, &Sources::default(), self.server, &options)?;
        let elapsed = began.elapsed();
        match report.problems.first() {
            Some(problem) => Err(format!("the scripts are not proved: {problem:?}").into()),
            None => Ok(elapsed),
        }
    }

    /// Runs each script up, down and up again on a new database, each section in one transaction.
    fn by_hand(&self) -> Result<Duration> {
        let began = Instant::now();
        let database = self.server.create()?;
        let mut client = database.connect()?;
        for Script { upgrade, downgrade, .. } in self.chain.scripts.iter() {
            for section in [upgrade, downgrade, upgrade] {
                client.batch_execute(&format!("BEGIN;\n{}\n;COMMIT", section.sql))?;
            }
        }
        Ok(began.elapsed())
    }
}
