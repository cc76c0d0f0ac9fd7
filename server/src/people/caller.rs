//! The sender of a request, whose credential is not verified yet.
//!
//! Verifying a credential takes a query. A handler that only reads runs this query together with
//! its own, because switching to another thread would take longer than the two queries.

use jiff::civil::DateTime;
use tracing::Span;

use crate::actor::Actor;
use crate::error::Error;
use crate::store::{Grant, Reader, stamp};

use super::{People, Refused, is_noted};

/// The sender of a request.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(super) people: People,
    /// The hash of the credential.
    pub(super) hash: String,
    pub(super) now: DateTime,
}

impl Caller {
    /// Returns the user if the credential is valid, or an error otherwise.
    pub(crate) async fn actor(self) -> Result<Actor, Error> {
        self.read_short(|_, actor| Ok(actor)).await
    }

    /// Runs read-only work on a blocking thread, if the credential is valid.
    pub(crate) async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(Reader<'_>, Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let identified = self.people.store.read(identified(self.hash, self.now, work)).await?;
        self.people.done(identified, self.now).map(|(done, _)| done)
    }

    /// Runs short read-only work on this thread, if the credential is valid.
    pub(crate) async fn read_short<T: Send + 'static>(
        self,
        work: impl FnOnce(Reader<'_>, Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.read_granted(work).await.map(|(done, _)| done)
    }

    /// Runs short read-only work on this thread, if the credential is valid. Returns the credential,
    /// too.
    pub(crate) async fn read_granted<T: Send + 'static>(
        self,
        work: impl FnOnce(Reader<'_>, Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<(T, Grant), Error> {
        let identified = self.people.store.read_short(identified(self.hash, self.now, work)).await?;
        self.people.done(identified, self.now)
    }

    /// Returns the hash of the credential.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    /// Returns `true` if a credential that was verified at the current version of the database is
    /// still valid, and its use need not be recorded.
    pub(crate) fn resumes(&self, grant: &Grant) -> bool {
        let is_valid = stamp::text(self.now) < grant.expires_at && is_noted(grant.last_used, self.now);
        if is_valid {
            Span::current().record("user", grant.actor.user);
        }
        is_valid
    }
}

/// The result of some work, and the credential that it was done with.
struct Identified<T> {
    grant: Grant,
    done: Result<T, Error>,
}

/// Combines some work with the verification of a credential.
fn identified<T>(
    hash: String,
    now: DateTime,
    work: impl FnOnce(Reader<'_>, Actor) -> Result<T, Error>,
) -> impl FnOnce(Reader<'_>) -> Result<Identified<T>, Error> {
    move |reader| {
        let grant = reader.grant(&hash, &stamp::text(now))?.ok_or(Refused::NotAuthenticated)?;
        Ok(Identified { done: work(reader, grant.actor), grant })
    }
}

impl People {
    fn done<T>(&self, identified: Identified<T>, now: DateTime) -> Result<(T, Grant), Error> {
        let Identified { grant, done } = identified;
        Span::current().record("user", grant.actor.user);
        if !is_noted(grant.last_used, now) {
            self.note(grant.actor, stamp::text(now));
        }
        done.map(|done| (done, grant))
    }
}
