//! The chains that the macro embedded in this program.

use aludel::rusqlite::Connection;
use aludel_core::chain::Chain;

/// An embedded chain without its type.
#[derive(Debug, Clone, Copy)]
pub struct Embedded {
    /// Its scripts.
    pub scripts: fn() -> &'static Chain,
    /// Upgrades a database to its typed head, as a program does when it starts.
    pub upgrade: fn(Connection) -> Result<Connection, aludel::Error>,
}

impl Embedded {
    /// Returns the number of scripts.
    pub fn count(&self) -> usize {
        (self.scripts)().scripts.len()
    }
}

include!(concat!(env!("OUT_DIR"), "/chains.rs"));
