//! The limits on the size and number of requests.

use clap::Args;

/// The limits on the size and the number of requests.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Limits {
    /// Maximum size of a photo file
    #[arg(
        long = "max-upload-bytes",
        env = "PHOTOSAFE_MAX_UPLOAD_BYTES",
        value_name = "BYTES",
        default_value_t = 100 << 20
    )]
    pub(crate) upload_bytes: u64,

    /// Space to keep free on the uploads folder's disk. Uploads that would use it are refused, so
    /// that photos can still be deleted and the database can still be written
    #[arg(
        long = "reserve-bytes",
        env = "PHOTOSAFE_RESERVE_BYTES",
        value_name = "BYTES",
        default_value_t = 256 << 20
    )]
    pub(crate) reserve_bytes: u64,

    /// Maximum width and height of a photo
    #[arg(long = "max-side", env = "PHOTOSAFE_MAX_SIDE", value_name = "PIXELS", default_value_t = 30_000)]
    pub(crate) side: u32,

    /// Maximum number of pixels in a photo (width times height)
    #[arg(
        long = "max-pixels",
        env = "PHOTOSAFE_MAX_PIXELS",
        value_name = "PIXELS",
        default_value_t = 250_000_000
    )]
    pub(crate) pixels: u64,

    /// Maximum number of requests served at once, of which at most half may be uploads. Further
    /// requests wait for up to the busy timeout, then get 503. Health checks are always served
    #[arg(long = "max-connections", env = "PHOTOSAFE_MAX_CONNECTIONS", value_name = "COUNT", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: u32,

    /// Maximum number of requests served at once for one IPv4 address or IPv6 /64 network. Behind a
    /// reverse proxy, all clients share the proxy's address, so use the value of
    /// `--max-connections`
    #[arg(long = "max-connections-per-address", env = "PHOTOSAFE_MAX_CONNECTIONS_PER_ADDRESS", value_name = "COUNT", default_value = "64", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections_per_address: u32,
}

/// Limits for tests.
#[cfg(test)]
pub(crate) const SMALL: Limits = Limits {
    upload_bytes: 1 << 20,
    reserve_bytes: 0,
    side: 100,
    pixels: 5_000,
    connections: 1,
    connections_per_address: 1,
};
