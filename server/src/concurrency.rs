//! Limits the number of requests that are served at once: in total, for uploads, and for each
//! address.
//!
//! A request holds a permit from its head to the end of its response, so an idle connection holds
//! none. Uploads can hold at most half of the permits, so slow senders cannot block readers. Health
//! checks need no permit.

use std::collections::BTreeMap;
use std::future::ready;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::Error;
use crate::settings::Limits;

/// The number of requests that may wait for a permit. Further requests immediately get a busy
/// response.
pub(crate) const WAITING: usize = 128;

/// The maximum number of remembered addresses. If there are more, those without a request are
/// forgotten.
const REMEMBERED: usize = 1024;

/// The sender of requests: an IPv4 address, or the /64 network of an IPv6 address, because one
/// machine usually has a whole /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source(IpAddr);

impl Source {
    /// Returns the source of a connection from this address.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()),
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// The kind of work that a request causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// A read, or a request with a small body.
    Light,
    /// An upload of a photo.
    Upload,
}

/// The permit of one request. Dropping it releases the permit.
#[derive(Debug)]
pub(crate) struct Permit {
    _permits: Vec<OwnedSemaphorePermit>,
}

/// Limits the requests that are served at once.
#[derive(Debug)]
pub(crate) struct ConcurrencyLimit {
    all: Lane,
    uploads: Lane,
    waiting: Semaphore,
    patience: Duration,
}

/// The permits of one kind.
#[derive(Debug)]
struct Lane {
    total: Arc<Semaphore>,
    each: usize,
    sources: Mutex<BTreeMap<Source, Arc<Semaphore>>>,
}

impl ConcurrencyLimit {
    /// Creates a limiter. A request waits for up to `patience` for a permit.
    pub(crate) fn new(limits: Limits, patience: Duration) -> Self {
        let (total, each) = (limits.connections as usize, limits.connections_per_address as usize);
        Self {
            all: Lane::new(total, each),
            uploads: Lane::new(half(total), half(each)),
            waiting: Semaphore::new(WAITING),
            patience,
        }
    }

    /// Waits for a permit. Returns [`Error::Busy`] if too many requests are waiting, or if
    /// `patience` runs out.
    pub(crate) async fn take(&self, source: Source, load: Load) -> Result<Permit, Error> {
        let mut taken = pin!(self.acquire(source, load));
        tokio::select! {
            biased;
            permit = &mut taken => return permit,
            () = ready(()) => {}
        }
        let _place = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        timeout(self.patience, taken).await.map_err(|_| Error::Busy)?
    }

    async fn acquire(&self, source: Source, load: Load) -> Result<Permit, Error> {
        let mut permits = Vec::with_capacity(4);
        if load == Load::Upload {
            permits.extend(self.uploads.acquire(source).await?);
        }
        permits.extend(self.all.acquire(source).await?);
        Ok(Permit { _permits: permits })
    }
}

impl Lane {
    fn new(total: usize, each: usize) -> Self {
        Self { total: Arc::new(Semaphore::new(total)), each, sources: Mutex::new(BTreeMap::new()) }
    }

    /// Acquires the source's own permit first, so that waiting for it blocks no other source.
    async fn acquire(&self, source: Source) -> Result<[OwnedSemaphorePermit; 2], Error> {
        let own = self.of_source(source).acquire_owned().await.map_err(|_| Error::Busy)?;
        let shared = Arc::clone(&self.total).acquire_owned().await.map_err(|_| Error::Busy)?;
        Ok([own, shared])
    }

    fn of_source(&self, source: Source) -> Arc<Semaphore> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= REMEMBERED {
            // Each permit, and each task that waits for one, holds a reference to its semaphore.
            sources.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        Arc::clone(sources.entry(source).or_insert_with(|| Arc::new(Semaphore::new(self.each))))
    }
}

fn half(count: usize) -> usize {
    count.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(connections: u32, connections_per_address: u32) -> ConcurrencyLimit {
        let limits = Limits { connections, connections_per_address, ..crate::settings::SMALL };
        ConcurrencyLimit::new(limits, Duration::from_millis(20))
    }

    fn source(last: u8) -> Source {
        Source::of(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn an_ipv6_network_is_one_source() -> Result<(), std::net::AddrParseError> {
        let of = |text: &str| text.parse().map(Source::of);
        assert_eq!(of("2001:db8::1")?, of("2001:db8::ffff:1")?);
        assert_ne!(of("2001:db8::1")?, of("2001:db8:0:1::1")?);
        assert_eq!(of("::ffff:192.0.2.1")?, of("192.0.2.1")?);
        assert_ne!(of("192.0.2.1")?, of("192.0.2.2")?);
        Ok(())
    }

    #[tokio::test]
    async fn uploads_leave_permits_for_reading() -> Result<(), Error> {
        let limiter = limiter(4, 4);
        let _first = limiter.take(source(1), Load::Upload).await?;
        let second = limiter.take(source(2), Load::Upload).await?;
        assert!(limiter.take(source(3), Load::Upload).await.is_err());
        let _reads =
            (limiter.take(source(3), Load::Light).await?, limiter.take(source(3), Load::Light).await?);
        assert!(limiter.take(source(3), Load::Light).await.is_err());
        drop(second);
        limiter.take(source(3), Load::Upload).await?;
        Ok(())
    }

    #[tokio::test]
    async fn one_address_leaves_permits_for_others() -> Result<(), Error> {
        let limiter = limiter(4, 2);
        let _own = (limiter.take(source(1), Load::Light).await?, limiter.take(source(1), Load::Light).await?);
        assert!(limiter.take(source(1), Load::Light).await.is_err());
        limiter.take(source(2), Load::Light).await?;
        Ok(())
    }

    #[tokio::test]
    async fn addresses_without_a_request_are_forgotten() -> Result<(), Error> {
        let limiter = limiter(4, 1);
        let _held = limiter.take(source(1), Load::Light).await?;
        for number in 0..2 * REMEMBERED {
            let [.., third, last] = number.to_be_bytes();
            limiter.take(Source::of(IpAddr::from([10, 0, third, last])), Load::Light).await?;
        }
        let known = limiter.all.sources.lock().unwrap_or_else(PoisonError::into_inner).len();
        assert!(known <= REMEMBERED + 1, "{known}");
        assert!(limiter.take(source(1), Load::Light).await.is_err());
        Ok(())
    }
}
