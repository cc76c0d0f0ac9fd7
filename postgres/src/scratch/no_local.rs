//! No server of its own, because it needs Unix sockets.

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
