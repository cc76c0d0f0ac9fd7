//! Timestamps as stored in columns: `YYYY-MM-DD HH:MM:SS.ffffff`, in UTC without a time zone.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// Returns the current time.
pub(crate) fn now() -> DateTime {
    Timestamp::now().to_zoned(TimeZone::UTC).datetime()
}

/// Formats a timestamp as stored in a column.
pub(crate) fn text(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

/// Parses a timestamp or a date, in the format of a column or of ISO 8601. Returns `None` if it is
/// invalid.
pub(crate) fn parse(text: &str) -> Option<DateTime> {
    text.parse().ok()
}

/// Returns `true` if the text is a timestamp with a UTC offset or a time zone.
pub(crate) fn has_offset(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok() || text.parse::<Zoned>().is_ok()
}

/// Returns a time that is later than `latest`, even if the clock was set back. The order of uploads
/// must not depend on the clock.
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
    fn an_offset_is_found() {
        for (text, expected) in [
            ("2024-01-15 14:30:00.000000", false),
            ("2024-01-15", false),
            ("2024", false),
            ("2024-01-15 14:30:00+02:00", true),
            ("2024-01-15T14:30:00.5-0330", true),
            ("2024-01-15T14:30:00Z", true),
        ] {
            assert_eq!(has_offset(text), expected, "{text}");
        }
    }

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
