//! JSON in request bodies.

use serde::{Deserialize, Deserializer};

use crate::body::Upload;
use crate::error::Error;

/// The maximum size of a body, in bytes. A selection of ten thousand photos is smaller.
const LARGEST: u64 = 1 << 20;

/// Reads a JSON value from a body. `expected` describes it in the error.
pub(crate) async fn read<T: for<'a> Deserialize<'a>>(
    body: Upload,
    expected: &'static str,
) -> Result<T, Error> {
    let body = body.read_whole(LARGEST).await?;
    serde_json::from_slice(&body).map_err(|_| Error::Input(expected))
}

/// A field of a change: either missing, or a new value, which may be null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Change<T> {
    /// The value is kept.
    #[default]
    Keep,
    /// The value is replaced.
    Set(Option<T>),
}

impl<T> Change<T> {
    /// Returns the new value, or `None` if there is none or it is null.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::Set(value) => value.as_ref(),
        }
    }

    /// Converts the new value.
    pub(crate) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Set(value) => Change::Set(value.map(convert)),
        }
    }
}

impl<'a, T: Deserialize<'a>> Deserialize<'a> for Change<T> {
    /// Deserializes a value that is present. Use it with `default` for a missing value.
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Set)
    }
}
