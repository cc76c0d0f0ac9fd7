//! The connections to a server, which are opened on demand.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aludel::postgres::Database;

use crate::store::error::DatabaseError;

use super::session::Session;

/// A connection pool. It holds the connections that are not in use.
#[derive(Clone)]
pub(in crate::store) struct Pool {
    database: Arc<Database>,
    busy: Duration,
    idle: Arc<Mutex<Vec<Session>>>,
}

impl Pool {
    /// Creates a pool with its first connection.
    pub(in crate::store) fn new(
        database: Arc<Database>,
        first: Session,
        busy: Duration,
    ) -> Result<Self, DatabaseError> {
        first.wait_at_most(busy)?;
        Ok(Self { database, busy, idle: Arc::new(Mutex::new(vec![first])) })
    }

    /// Runs work with a connection, and opens one if none is idle. Blocks.
    pub(in crate::store) fn with<T, E: From<DatabaseError>>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut idle = self.idle().pop();
        while idle.as_ref().is_some_and(Session::is_closed) {
            idle = self.idle().pop();
        }
        let session = idle.map_or_else(|| Session::connect(&self.database, self.busy), Ok)?;
        let done = work(&session);
        if !session.is_closed() {
            self.idle().push(session);
        }
        done
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pool").field("database", &self.database).finish_non_exhaustive()
    }
}
