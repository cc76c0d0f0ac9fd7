//! The hash of a schema.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::object::Object;

/// The SHA-256 of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Hashes objects in their order. No text that the server returns contains a NUL byte.
#[derive(Default)]
pub(super) struct Hasher(Sha256);

impl Hasher {
    /// Adds the sorted objects of one kind. Properties without a value are omitted, so that a new
    /// property does not change the fingerprints of objects that do not have it.
    pub(super) fn add<O: Object>(&mut self, objects: &[O]) {
        for object in objects {
            for text in [O::KIND, object.parent(), object.name()] {
                self.text(text);
            }
            for (property, value) in object.properties() {
                if let Some(value) = value {
                    self.text(property);
                    self.text(value);
                }
            }
            self.text("");
        }
    }

    fn text(&mut self, text: &str) {
        self.0.update(text.as_bytes());
        self.0.update([0]);
    }

    pub(super) fn finish(self) -> Fingerprint {
        Fingerprint(self.0.finalize().into())
    }
}
