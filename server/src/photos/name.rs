//! The name that a client assigns to a photo, and its encoding in responses.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The maximum length of a name, in bytes. Clients should be able to save a photo under its name,
/// and most file systems do not allow longer names.
const LONGEST: usize = 255;

/// The characters that RFC 3986 calls unreserved are not encoded in a path.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The characters that RFC 8187 calls `attr-char` are not encoded in an extended parameter.
const IN_PARAMETER: &AsciiSet = &IN_PATH
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'^')
    .remove(b'`')
    .remove(b'|');

/// The name of a photo. It has 1 to 255 bytes, no control characters, and is not a path. It is
/// never used as a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhotoName(String);

/// The reason why text is not a valid name. The message may be shown to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadName {
    /// It is not UTF-8 after percent-decoding.
    #[error("the name is not UTF-8")]
    NotUtf8,
    /// It is empty.
    #[error("the name is empty")]
    Empty,
    /// It is longer than 255 bytes.
    #[error("the name is longer than 255 bytes")]
    TooLong,
    /// It is `.` or `..`, or contains a separator.
    #[error("the name is a path: expected a name without `/` or `\\`, other than `.` and `..`")]
    Path,
    /// It contains a control character, such as NUL.
    #[error("the name has a control character")]
    Control,
}

impl PhotoName {
    /// Parses a segment of a request path.
    pub(crate) fn from_path(segment: &str) -> Result<Self, BadName> {
        let name = percent_decode_str(segment).decode_utf8().map_err(|_| BadName::NotUtf8)?;
        Self::parse(&name)
    }

    /// Parses plain text, as in a multipart form.
    pub(crate) fn parse(name: &str) -> Result<Self, BadName> {
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        if name.len() > LONGEST {
            return Err(BadName::TooLong);
        }
        if matches!(name, "." | "..") || name.contains(['/', '\\']) {
            return Err(BadName::Path);
        }
        if name.contains(char::is_control) {
            return Err(BadName::Control);
        }
        Ok(Self(name.to_owned()))
    }

    /// Returns the name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhotoName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Encodes text as one segment of a path.
pub(crate) fn in_path(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, IN_PATH)
}

/// Formats a `Content-Disposition` header that makes a browser display the photo, and names the
/// file for saving it.
///
/// The format is that of [RFC 6266](https://www.rfc-editor.org/rfc/rfc6266), with the extended form
/// of [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187). The result is always ASCII, even for rows
/// that were stored before this server existed.
pub(crate) fn disposition(name: &str) -> String {
    named("inline", name)
}

/// Formats a `Content-Disposition` header that makes a browser save a file under a name.
pub(crate) fn attachment(name: &str) -> String {
    named("attachment", name)
}

fn named(kind: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|character| match character {
            '"' | '\\' | '%' | '/' => '_',
            ' '..='~' => character,
            _ => '_',
        })
        .collect();
    if plain == name {
        return format!("{kind}; filename=\"{plain}\"");
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, IN_PARAMETER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(segment: &str) -> Result<String, BadName> {
        PhotoName::from_path(segment).map(|name| name.as_str().to_owned())
    }

    #[test]
    fn names_are_percent_decoded_and_may_be_in_any_script() {
        assert_eq!(name("%E5%86%99%E7%9C%9F%201.png").as_deref(), Ok("写真 1.png"));
        assert_eq!(name("a+b%2Bc.jpg").as_deref(), Ok("a+b+c.jpg"));
        assert_eq!(name("100%.jpg").as_deref(), Ok("100%.jpg"));
        assert_eq!(name("...").as_deref(), Ok("..."));
        assert_eq!(name(&"a".repeat(255)), Ok("a".repeat(255)));
    }

    #[test]
    fn err_names_that_are_no_names() {
        for (segment, why) in [
            ("", BadName::Empty),
            (".", BadName::Path),
            ("%2e%2E", BadName::Path),
            ("..%2Fx.jpg", BadName::Path),
            ("..%5Cx.jpg", BadName::Path),
            ("a%00.jpg", BadName::Control),
            ("a%0d%0ab.jpg", BadName::Control),
            ("a%C2%85.jpg", BadName::Control),
            ("%FF.jpg", BadName::NotUtf8),
            (&"%C3%A9".repeat(128), BadName::TooLong),
        ] {
            assert_eq!(name(segment), Err(why), "{segment}");
        }
    }

    #[test]
    fn a_disposition_is_ascii_and_cannot_be_broken_out_of() {
        assert_eq!(disposition("sea.jpg"), "inline; filename=\"sea.jpg\"");
        assert_eq!(
            disposition("写\"; x=\"\r\n.png"),
            "inline; filename=\"__; x=___.png\"; filename*=UTF-8''%E5%86%99%22%3B%20x%3D%22%0D%0A.png"
        );
    }
}
