//! JSON in the bodies of requests.

use serde::{Deserialize, Deserializer};

use crate::body::Upload;
use crate::error::Error;

/// The largest body. A selection of ten thousand photos takes less.
const LARGEST: u64 = 1 << 20;

/// Reads a JSON value.
pub(crate) async fn read<T: for<'a> Deserialize<'a>>(
    body: Upload,
    expected: &'static str,
) -> Result<T, Error> {
    let body = body.read_whole(LARGEST).await?;
    serde_json::from_slice(&body).map_err(|_| Error::Input(expected))
}

/// Deserializes a field that distinguishes null from a missing value. Use it with `default`.
pub(crate) fn present<'a, T: Deserialize<'a>, D: Deserializer<'a>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
