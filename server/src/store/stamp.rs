//! Moments as the columns hold them: `YYYY-MM-DD HH:MM:SS.ffffff`, in UTC, without saying so.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The time now.
pub(crate) fn now() -> DateTime {
    Timestamp::now().to_zoned(TimeZone::UTC).datetime()
}

/// Writes a moment as a column holds it.
pub(crate) fn text(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

/// Returns a moment that is after the latest one that is known, whatever the clock says: the order in which photos came must not depend on it.
pub(crate) fn after(now: DateTime, latest: Option<&str>) -> DateTime {
    let latest: Option<DateTime> = latest.and_then(|latest| latest.parse().ok());
    match latest.and_then(|latest| latest.checked_add(1.microsecond()).ok()) {
        Some(next) if text(now) < text(next) => next,
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_is_after_what_came_before() -> Result<(), jiff::Error> {
        let now: DateTime = "2026-11-25 12:00:00.5".parse()?;
        for (latest, expected) in [
            (None, "2026-11-25 12:00:00.500000"),
            (Some("nonsense"), "2026-11-25 12:00:00.500000"),
            (Some("2026-11-25 12:00:00.499999"), "2026-11-25 12:00:00.500000"),
            (Some("2026-11-25 12:00:00.500000"), "2026-11-25 12:00:00.500001"),
            (Some("2027-01-01 00:00:00"), "2027-01-01 00:00:00.000001"),
        ] {
            assert_eq!(text(after(now, latest)), expected, "{latest:?}");
        }
        Ok(())
    }
}
