//! A database that is at a known revision, as a value.

use std::fmt;
use std::marker::PhantomData;

use postgres::Client;

use crate::Report;
use crate::chain::Position;

/// A PostgreSQL database at a place in its chain: its version rows are exactly those of `P`.
///
/// Only a [`Migrator`](super::Migrator) creates this type. A function that takes an `At<Head>`
/// therefore cannot be called with a database that was not upgraded to the head.
///
/// The connection blocks. In asynchronous code, it must be neither used nor dropped, because the
/// driver would panic. An asynchronous program should migrate in `tokio::task::spawn_blocking`,
/// drop the value there, and open its own pool afterwards.
pub struct At<P> {
    client: Client,
    report: Report,
    place: PhantomData<fn() -> P>,
}

impl<P: Position> At<P> {
    pub(super) fn new(client: Client, report: Report) -> Self {
        Self { client, report, place: PhantomData }
    }

    /// Returns the connection that was migrated.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Returns the report of the run that migrated the database.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Returns the connection without the guarantee of its revision.
    pub fn into_client(self) -> Client {
        self.client
    }
}

impl<P> fmt::Debug for At<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("At").field("report", &self.report).finish_non_exhaustive()
    }
}
