//! The chains that the macro embedded in this program, as it embeds those of any other.

use aludel::rusqlite::Connection;
use aludel_core::chain::Chain;

/// An embedded chain without its type.
#[derive(Debug, Clone, Copy)]
pub struct Embedded {
    /// Its scripts.
    pub scripts: fn() -> &'static Chain,
    /// Brings a database to its typed head, as a program does when it starts.
    pub upgrade: fn(Connection) -> Result<Connection, aludel::Error>,
}

impl Embedded {
    /// How many scripts it has.
    pub fn count(&self) -> usize {
        (self.scripts)().scripts.len()
    }
}

include!(concat!(env!("OUT_DIR"), "/chains.rs"));
