//! Places in the lists of photos, so that a page is found without reading every photo before it.
//!
//! They hold while nobody changed the database, which [`Store::version`] shows.
//!
//! [`Store::version`]: crate::store::Store::version

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::actor::Actor;
use crate::store::{DatabaseError, Place, Reader};

/// The number of photos between two places.
const STEP: usize = 1000;

/// The places in the lists of users.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// The version of the database when the places were read.
    version: i64,
    by_user: HashMap<i64, Arc<[Place]>>,
}

impl Places {
    /// Returns the last known place within the photos to skip, and the number of photos to skip
    /// after it. Without a version of the database, no place is known.
    pub(super) fn nearest(
        &self,
        version: Option<i64>,
        reader: Reader<'_>,
        actor: Actor,
        skip: i64,
    ) -> Result<(Option<Place>, i64), DatabaseError> {
        let steps = usize::try_from(skip).unwrap_or(usize::MAX) / STEP;
        let (Some(version), 1..) = (version, steps) else { return Ok((None, skip)) };
        let places = match self.get(version, actor) {
            Some(places) => places,
            None => self.put(version, actor, reader.places(actor, STEP)?.into()),
        };
        let steps = steps.min(places.len());
        let Some(place) = steps.checked_sub(1).and_then(|last| places.get(last)) else {
            return Ok((None, skip));
        };
        let skipped = i64::try_from(steps * STEP).unwrap_or(i64::MAX);
        Ok((Some(place.clone()), skip - skipped))
    }

    fn get(&self, version: i64, actor: Actor) -> Option<Arc<[Place]>> {
        let known = self.known();
        known.by_user.get(&actor.user).filter(|_| known.version == version).cloned()
    }

    fn put(&self, version: i64, actor: Actor, places: Arc<[Place]>) -> Arc<[Place]> {
        let mut known = self.known();
        if known.version != version {
            *known = Known { version, ..Known::default() };
        }
        known.by_user.insert(actor.user, Arc::clone(&places));
        places
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
