//! Values that were read from the database, and hold while nobody changes it, which
//! [`Store::version`] shows.
//!
//! The version is read before the values. If the database changes in between, the values are kept
//! for a version that has passed, and are never used.
//!
//! [`Store::version`]: crate::store::Store::version

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values of one version of the database. The default has none.
#[derive(Debug, Default)]
pub(super) struct Versioned<T> {
    values: Mutex<(i64, T)>,
}

impl<T: Default> Versioned<T> {
    /// Looks into the values of this version. Forgets those of any other.
    pub(super) fn look<R>(&self, version: i64, look: impl FnOnce(&T) -> R) -> R {
        let mut values = self.lock();
        if values.0 != version {
            *values = (version, T::default());
        }
        look(&values.1)
    }

    /// Changes the values of this version. Does nothing if another one was looked into since.
    pub(super) fn change(&self, version: i64, change: impl FnOnce(&mut T)) {
        let mut values = self.lock();
        if values.0 == version {
            change(&mut values.1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, (i64, T)> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
