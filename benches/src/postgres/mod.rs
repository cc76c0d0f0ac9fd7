//! The measurements on PostgreSQL, on a scratch server.

pub mod chains;
pub mod contender;
pub mod proofs;
pub mod round_trips;
