//! The hash of a schema.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::object::Object;
use super::schema::Schema;

/// The SHA-256 of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Hashes objects in their order. No text that the server returns contains a NUL byte.
pub(super) struct Hasher {
    hash: Sha256,
    /// The names of the properties that are left out.
    without: &'static [&'static str],
}

impl Hasher {
    pub(super) fn without(properties: &'static [&'static str]) -> Self {
        Self { hash: Sha256::default(), without: properties }
    }

    /// Adds the sorted objects of one kind. Properties without a value are omitted, so that a new
    /// property does not change the fingerprints of objects that do not have it.
    pub(super) fn add<O: Object>(&mut self, objects: &[O]) {
        // The schema `public` has an owner and privileges before anybody sets them.
        let without = if O::KIND == Schema::KIND { &[] } else { self.without };
        for object in objects {
            for text in [O::KIND, object.parent(), object.name()] {
                self.text(text);
            }
            for (property, value) in object.properties() {
                if let Some(value) = value.filter(|_| !without.contains(&property)) {
                    self.text(property);
                    self.text(value);
                }
            }
            self.text("");
        }
    }

    fn text(&mut self, text: &str) {
        self.hash.update(text.as_bytes());
        self.hash.update([0]);
    }

    pub(super) fn finish(self) -> Fingerprint {
        Fingerprint(self.hash.finalize().into())
    }
}
