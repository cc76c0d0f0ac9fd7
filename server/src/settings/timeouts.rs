//! The timeouts for clients and for stopping.

use std::time::Duration;

use clap::Args;

/// The timeouts for clients and for stopping. Values are seconds; fractions are allowed.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Timeouts {
    /// Time for a client to send a request head; also the idle time between requests
    #[arg(long = "header-timeout", env = "PHOTOSAFE_HEADER_TIMEOUT", value_name = "SECONDS", default_value = "15", value_parser = parse_seconds)]
    pub(crate) header: Duration,

    /// Time to wait for more bytes of a request body
    #[arg(long = "body-idle-timeout", env = "PHOTOSAFE_BODY_IDLE_TIMEOUT", value_name = "SECONDS", default_value = "15", value_parser = parse_seconds)]
    pub(crate) body_idle: Duration,

    /// Minimum rate of a request body in bytes per second, enforced after the body's idle timeout;
    /// 0 disables it
    #[arg(
        long = "min-body-rate",
        env = "PHOTOSAFE_MIN_BODY_RATE",
        value_name = "BYTES",
        default_value_t = 1024
    )]
    pub(crate) body_rate: u64,

    /// Time for a whole request body
    #[arg(long = "body-timeout", env = "PHOTOSAFE_BODY_TIMEOUT", value_name = "SECONDS", default_value = "600", value_parser = parse_seconds)]
    pub(crate) body: Duration,

    /// Time for a client to read about 64 KiB of a response
    #[arg(long = "write-timeout", env = "PHOTOSAFE_WRITE_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = parse_seconds)]
    pub(crate) write: Duration,

    /// Time from SIGTERM until the server stops listening; until then, only `/readyz` changes, to
    /// 503
    #[arg(long = "shutdown-delay", env = "PHOTOSAFE_SHUTDOWN_DELAY", value_name = "SECONDS", default_value = "1", value_parser = parse_seconds)]
    pub(crate) shutdown_delay: Duration,

    /// Time for requests in flight to finish after the server stops listening
    #[arg(long = "drain-timeout", env = "PHOTOSAFE_DRAIN_TIMEOUT", value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    pub(crate) drain: Duration,

    /// Time to wait for a busy database before responding with 503
    #[arg(long = "busy-timeout", env = "PHOTOSAFE_BUSY_TIMEOUT", value_name = "SECONDS", default_value = "5", value_parser = parse_seconds)]
    pub(crate) busy: Duration,

    /// Age at which a file without a photo is moved to the quarantine
    #[arg(long = "collect-grace", env = "PHOTOSAFE_COLLECT_GRACE", value_name = "SECONDS", default_value = "3600", value_parser = parse_seconds)]
    pub(crate) collect_grace: Duration,
}

/// The maximum timeout. A longer one is a mistake, and would cause an overflow in time arithmetic.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| "expected a number of seconds such as `30` or `0.5`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction_and_nothing_else() {
        assert_eq!(parse_seconds("0.25"), Ok(Duration::from_millis(250)));
        for nonsense in ["", "-1", "NaN", "inf", "1s", "1e300"] {
            assert!(parse_seconds(nonsense).is_err(), "{nonsense}");
        }
    }
}
