//! The replacement on platforms without Unix sockets, which a server that this process starts
//! needs.

use std::convert::Infallible;

use postgres::Config;

use super::ScratchError;

/// A running server, of which there is none.
#[derive(Debug)]
pub(super) struct Local(Infallible);

impl Local {
    pub(super) fn start() -> Result<Self, ScratchError> {
        Err(ScratchError::NoServer)
    }

    pub(super) fn config(&self) -> Config {
        match self.0 {}
    }
}
