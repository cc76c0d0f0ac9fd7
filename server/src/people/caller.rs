//! The sender of a request, whose credential is not verified yet.
//!
//! Verifying a credential takes a query. A handler that only reads runs this query together with
//! its own, because switching to another thread would take longer than the two queries.

use jiff::civil::DateTime;

use crate::actor::Actor;
use crate::error::Error;
use crate::store::{Reader, stamp};

use super::{People, Refused};

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
        self.people.done(identified, self.now)
    }

    /// Runs short read-only work on this thread, if the credential is valid.
    pub(crate) async fn read_short<T: Send + 'static>(
        self,
        work: impl FnOnce(Reader<'_>, Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let identified = self.people.store.read_short(identified(self.hash, self.now, work)).await?;
        self.people.done(identified, self.now)
    }
}

/// The result of some work, the user that it was done for, and the time when the credential was
/// last used.
struct Identified<T> {
    actor: Actor,
    last_used: Option<DateTime>,
    done: Result<T, Error>,
}

/// Combines some work with the verification of a credential.
fn identified<T>(
    hash: String,
    now: DateTime,
    work: impl FnOnce(Reader<'_>, Actor) -> Result<T, Error>,
) -> impl FnOnce(Reader<'_>) -> Result<Identified<T>, Error> {
    move |reader| {
        let known = reader.actor_with(&hash, &stamp::text(now))?;
        let (actor, last_used) = known.ok_or(Refused::NotAuthenticated)?;
        Ok(Identified { actor, last_used, done: work(reader, actor) })
    }
}

impl People {
    fn done<T>(&self, identified: Identified<T>, now: DateTime) -> Result<T, Error> {
        tracing::Span::current().record("user", identified.actor.user);
        self.used(identified.actor, identified.last_used, now);
        identified.done
    }
}
