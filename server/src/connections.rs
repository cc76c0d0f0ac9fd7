//! The open connections, and the choice of the one to close if there are too many.
//!
//! An idle connection is closed to accept a new one, so idle clients cannot block others. A
//! connection stays open while its request is being served or is waiting for a permit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::{AbortHandle, JoinSet};

use crate::concurrency::{Source, WAITING};

/// The number of connections beyond the permits: those whose request is waiting, and as many idle
/// ones.
const BEYOND_PERMITS: usize = 2 * WAITING;

/// The remote end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// The source of the connection.
    pub(crate) source: Source,
    engaged: Arc<AtomicBool>,
}

/// Keeps the connection open while this value exists.
#[derive(Debug)]
pub(crate) struct Engaged(Arc<AtomicBool>);

/// The open connections.
#[derive(Debug)]
pub(crate) struct Connections {
    tasks: JoinSet<()>,
    /// The connections in the order of their arrival.
    open: Vec<Open>,
    most: usize,
}

#[derive(Debug)]
struct Open {
    peer: Peer,
    task: AbortHandle,
}

impl Peer {
    /// Creates a peer without a request.
    pub(crate) fn new(source: Source) -> Self {
        Self { source, engaged: Arc::default() }
    }

    /// Keeps the connection open until the returned value is dropped.
    pub(crate) fn engage(&self) -> Engaged {
        self.engaged.store(true, Ordering::Relaxed);
        Engaged(Arc::clone(&self.engaged))
    }

    fn is_idle(&self) -> bool {
        !self.engaged.load(Ordering::Relaxed)
    }
}

impl Drop for Engaged {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Connections {
    /// Creates an empty set. Its limit exceeds the number of permits.
    pub(crate) fn new(permits: usize) -> Self {
        Self { tasks: JoinSet::new(), open: Vec::new(), most: permits.saturating_add(BEYOND_PERMITS) }
    }

    /// Serves a connection, and closes an idle one if there are too many.
    pub(crate) fn serve(&mut self, peer: Peer, served: impl Future<Output = ()> + Send + 'static) {
        if self.open.len() >= self.most {
            self.open.retain(|open| !open.task.is_finished());
        }
        if self.open.len() >= self.most {
            self.give_way();
        }
        let task = self.tasks.spawn(served);
        self.open.push(Open { peer, task });
    }

    /// Closes an idle connection, if there is one.
    pub(crate) fn give_way(&mut self) {
        if let Some(place) = self.giving_way() {
            self.open.remove(place).task.abort();
        }
    }

    /// Waits for a connection to end. Returns `None` if no connection is open.
    pub(crate) async fn ended(&mut self) -> Option<()> {
        self.tasks.join_next().await.map(|_| ())
    }

    /// Closes all remaining connections, and returns their number.
    pub(crate) async fn cut(&mut self) -> usize {
        let left = self.tasks.len();
        self.tasks.shutdown().await;
        left
    }

    /// Returns the oldest idle connection of the source that has the most idle connections, or
    /// `None` if no connection is idle.
    fn giving_way(&self) -> Option<usize> {
        let mut idle: BTreeMap<Source, (usize, usize)> = BTreeMap::new();
        let is_idle = |open: &Open| open.peer.is_idle() && !open.task.is_finished();
        for (place, open) in self.open.iter().enumerate().filter(|(_, open)| is_idle(open)) {
            idle.entry(open.peer.source).or_insert((0, place)).0 += 1;
        }
        idle.into_values().max_by_key(|(count, _)| *count).map(|(_, oldest)| oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::net::IpAddr;

    fn peer(last: u8) -> Peer {
        Peer::new(Source::of(IpAddr::from([192, 0, 2, last])))
    }

    #[tokio::test]
    async fn the_oldest_idle_connection_of_the_largest_crowd_gives_way() {
        let mut connections = Connections::new(0);
        let friend = peer(1);
        connections.serve(friend.clone(), pending());
        let served = peer(2);
        let _engaged = served.engage();
        connections.serve(served, pending());
        for _ in 0..BEYOND_PERMITS + 50 {
            connections.serve(peer(2), pending());
        }
        assert_eq!(connections.open.len(), BEYOND_PERMITS);
        let kept = |source: Source| connections.open.iter().filter(|open| open.peer.source == source).count();
        assert_eq!(kept(friend.source), 1);
        assert!(connections.open.iter().any(|open| !open.peer.is_idle()));
    }

    #[tokio::test]
    async fn connections_that_ended_are_forgotten() {
        let mut connections = Connections::new(0);
        for _ in 0..3 * BEYOND_PERMITS {
            connections.serve(peer(1), async {});
            assert!(connections.ended().await.is_some());
        }
        assert!(connections.open.len() <= BEYOND_PERMITS);
        assert!(connections.ended().await.is_none());
    }
}
