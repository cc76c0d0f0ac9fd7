//! Accounts and their credentials: finds the user who sent a request, and handles the requests
//! below `/api/auth/`.
//!
//! The handlers contain no SQL. A credential is a random secret: a session in a cookie for a
//! browser, or a token for a program. Only its hash is stored.

mod account;
mod attempts;
mod caller;
pub(crate) mod password;
mod refused;
mod routes;
pub(crate) mod secret;
pub(crate) mod tokens;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::header::HeaderMap;
use jiff::civil::DateTime;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::actor::{Actor, Owner};
use crate::error::Error;
use crate::settings::PeopleOptions;
use crate::store::{Store, stamp};

pub(crate) use account::NewAccount;
pub(crate) use caller::Caller;
pub(crate) use refused::Refused;
pub(crate) use routes::{ROUTES, Route};

use attempts::Attempts;

/// The number of passwords that are hashed at once. Each hash takes 19 MiB of memory.
const HASHINGS: usize = 2;

/// The minimum time between two updates of the time when a credential was last used.
const BETWEEN_NOTES: Duration = Duration::from_secs(3600);

/// Accounts and their credentials.
#[derive(Debug, Clone)]
pub(crate) struct People {
    store: Store,
    shared: Arc<Shared>,
    options: PeopleOptions,
}

#[derive(Debug)]
struct Shared {
    attempts: Attempts,
    hashings: Semaphore,
    notes: Arc<Semaphore>,
    /// The code for the first account, or `None` if there is an account.
    code: Mutex<Option<String>>,
}

impl People {
    /// Creates the handlers.
    pub(crate) fn new(store: Store, options: PeopleOptions) -> Self {
        let shared = Shared {
            attempts: Attempts::default(),
            hashings: Semaphore::new(HASHINGS),
            notes: Arc::new(Semaphore::new(1)),
            code: Mutex::new(None),
        };
        Self { store, shared: Arc::new(shared), options }
    }

    /// Creates the one-time code for the first account. Returns `None` if there is an account.
    pub(crate) async fn invite(&self) -> Result<Option<String>, Error> {
        if self.store.read(|reader| Ok(reader.has_users()?)).await? {
            return Ok(None);
        }
        let code = secret::code()?;
        *self.shared.code.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret::hash(&code));
        Ok(Some(code))
    }

    /// Returns the sender of a request, or an error if it has no credential.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Error> {
        let secret = secret::of(headers, self.options.behind_tls).ok_or(Refused::NotAuthenticated)?;
        Ok(Caller { people: self.clone(), hash: secret::hash(secret), now: stamp::now() })
    }

    /// Returns the user who sent a request.
    pub(crate) async fn actor(&self, headers: &HeaderMap) -> Result<Actor, Error> {
        self.caller(headers)?.actor().await
    }

    /// Returns the user who sent a request, or an error if the user does not own the server.
    pub(crate) async fn owner(&self, headers: &HeaderMap) -> Result<Owner, Error> {
        let actor = self.actor(headers).await?;
        let user = self.store.read(move |reader| Ok(reader.user(actor.user)?)).await?;
        let is_owner = user.and_then(|user| user.is_superuser).unwrap_or_default();
        if is_owner { Ok(Owner(actor)) } else { Err(Refused::NotOwner.into()) }
    }

    /// Records the use of a credential in the background, because a read must not wait for the
    /// writer. Only one use is recorded at a time. If one is in progress, the next request tries
    /// again.
    fn note(&self, actor: Actor, now: String) {
        let Ok(permit) = Arc::clone(&self.shared.notes).try_acquire_owned() else { return };
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.write(move |mut writer| Ok(writer.used(actor, &now)?)).await {
                tracing::debug!(%error, "cannot record the use of a credential");
            }
            drop(permit);
        });
    }

    /// Runs work on passwords, with a limit on how much of it runs at once.
    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self.shared.hashings.acquire().await.map_err(|_| Error::Busy)?;
        Ok(spawn_blocking(work).await?)
    }
}

/// Returns `true` if the last use of a credential was noted recently.
fn is_noted(last_used: Option<DateTime>, now: DateTime) -> bool {
    last_used.is_some_and(|last| now.duration_since(last).unsigned_abs() < BETWEEN_NOTES)
}
