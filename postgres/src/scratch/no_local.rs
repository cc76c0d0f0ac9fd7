//! Replaces `local` on platforms without Unix sockets, which a local server needs.

use std::convert::Infallible;

use postgres::Config;

use super::ScratchError;

/// A local server, which never exists on this platform.
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
