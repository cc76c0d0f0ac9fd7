//! Places in the lists of photos, so that a page is found without reading every photo before it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::actor::Actor;
use crate::store::{DatabaseError, Place, Reader};

use super::versioned::Versioned;

/// The number of photos between two places.
const STEP: usize = 1000;

/// The places in the lists of users, by the ids of the users.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    by_user: Arc<Versioned<HashMap<i64, Arc<[Place]>>>>,
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
        let known = self.by_user.look(version, |by_user| by_user.get(&actor.user).cloned());
        let places = if let Some(places) = known {
            places
        } else {
            let places: Arc<[Place]> = reader.places(actor, STEP)?.into();
            self.by_user.change(version, |by_user| {
                by_user.insert(actor.user, Arc::clone(&places));
            });
            places
        };
        let steps = steps.min(places.len());
        let Some(place) = steps.checked_sub(1).and_then(|last| places.get(last)) else {
            return Ok((None, skip));
        };
        let skipped = i64::try_from(steps * STEP).unwrap_or(i64::MAX);
        Ok((Some(place.clone()), skip - skipped))
    }
}
