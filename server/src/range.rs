//! Parses the `Range` header (RFC 9110, section 14).
//!
//! The functions work only on text and lengths, not on files.

use std::num::NonZeroU64;

/// The part of a file to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The whole file: no range was requested, or the RFC allows the server to ignore it.
    Whole,
    /// `length` bytes, starting at `first`.
    Part {
        /// The offset of the first byte.
        first: u64,
        /// The number of bytes.
        length: NonZeroU64,
    },
    /// Nothing, because the range is outside the file (416).
    Unsatisfiable,
}

/// Parses a `Range` header for a file of `size` bytes.
///
/// Ignores other units, malformed headers and lists of ranges, as RFC 9110, section 14.2 allows.
/// The client then gets the whole file.
pub(crate) fn wanted(header: &str, size: u64) -> Wanted {
    match header
        .split_once('=')
        .filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"))
        .and_then(|(_, range)| range.trim().split_once('-'))
    {
        Some(("", suffix)) => digits(suffix).map_or(Wanted::Whole, |length| last(length, size)),
        Some((first, "")) => digits(first).map_or(Wanted::Whole, |first| between(first, u64::MAX, size)),
        Some((first, last)) => match (digits(first), digits(last)) {
            (Some(first), Some(last)) if first <= last => between(first, last, size),
            _ => Wanted::Whole,
        },
        None => Wanted::Whole,
    }
}

fn last(length: u64, size: u64) -> Wanted {
    let length = length.min(size);
    part(size - length, length)
}

fn between(first: u64, last: u64, size: u64) -> Wanted {
    if first >= size {
        return Wanted::Unsatisfiable;
    }
    part(first, last.min(size - 1) - first + 1)
}

fn part(first: u64, length: u64) -> Wanted {
    NonZeroU64::new(length).map_or(Wanted::Unsatisfiable, |length| Wanted::Part { first, length })
}

/// Parses a number. A number that does not fit is beyond the end of any file, so it becomes the
/// largest possible number.
fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the first and last byte, `None` for the whole file, or `Err` for 416.
    fn of_ten(header: &str) -> Result<Option<(u64, u64)>, ()> {
        match wanted(header, 10) {
            Wanted::Whole => Ok(None),
            Wanted::Part { first, length } => Ok(Some((first, first + length.get() - 1))),
            Wanted::Unsatisfiable => Err(()),
        }
    }

    #[test]
    fn a_single_range_is_cut_to_the_file() {
        assert_eq!(of_ten("bytes=0-0"), Ok(Some((0, 0))));
        assert_eq!(of_ten("bytes=2-5"), Ok(Some((2, 5))));
        assert_eq!(of_ten("Bytes = 2-"), Ok(Some((2, 9))));
        assert_eq!(of_ten("bytes=-3"), Ok(Some((7, 9))));
        assert_eq!(of_ten("bytes=-300"), Ok(Some((0, 9))));
        assert_eq!(of_ten("bytes=9-99999999999999999999999"), Ok(Some((9, 9))));
    }

    #[test]
    fn a_range_beyond_the_file_is_unsatisfiable() {
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of_ten(header), Err(()), "{header}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Unsatisfiable);
    }

    #[test]
    fn what_is_malformed_or_a_list_is_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=1-2,4-5",
            "lines=1-2",
            "bytes=+1-2",
            "bytes=--1",
        ] {
            assert_eq!(of_ten(header), Ok(None), "{header}");
        }
    }
}
