//! The query parameters of a request. If a parameter is repeated, the last one counts.

use jiff::civil::Date;

use crate::error::Error;

/// Parses a non-negative whole number. Returns `None` if the parameter is missing.
pub(crate) fn whole(query: Option<&str>, name: &'static str) -> Result<Option<i64>, Error> {
    let found = query
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('=').or(Some((pair, ""))))
        .rfind(|(key, _)| *key == name);
    let Some((_, text)) = found else {
        return Ok(None);
    };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| is_number)
        .map(Some)
        .ok_or_else(|| Error::Query { parameter: name, found: text.to_owned() })
}

/// Returns the value of a text parameter. Returns `None` if it is missing or empty.
pub(crate) fn text(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let found = pairs.filter(|(key, _)| key == name).last();
    found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
}

/// Parses `true` or `false`. A missing parameter is `false`.
pub(crate) fn flag(query: Option<&str>, name: &'static str) -> Result<bool, Error> {
    match text(query, name).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::Parameter { parameter: name, expected: "`true` or `false`" }),
    }
}

/// Parses a date, such as `2024-01-15`. Returns `None` if the parameter is missing.
pub(crate) fn date(query: Option<&str>, name: &'static str) -> Result<Option<Date>, Error> {
    let parse = |text: String| {
        let expected = "a date such as `2024-01-15`";
        text.parse().map_err(|_| Error::Parameter { parameter: name, expected })
    };
    text(query, name).map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_whole_numbers() {
        let skip = |query| whole(Some(query), "skip").ok();
        assert_eq!(skip("limit=3"), Some(None));
        assert_eq!(skip(""), Some(None));
        assert_eq!(skip("limit=3&skip=4"), Some(Some(4)));
        assert_eq!(skip("skip=1&skip=2"), Some(Some(2)));
    }

    #[test]
    fn err_parameters_that_are_none() {
        for text in ["", "-1", "+1", "1.5", "ten", "%31", "9223372036854775808"] {
            let query = format!("skip={text}");
            assert!(whole(Some(&query), "skip").is_err(), "{text}");
        }
        assert!(whole(Some("skip"), "skip").is_err());
        assert!(flag(Some("favorite=1"), "favorite").is_err());
        assert!(date(Some("from=yesterday"), "from").is_err());
    }

    #[test]
    fn texts_are_decoded() {
        assert_eq!(text(Some("q=S%C3%A8te+harbour"), "q").as_deref(), Some("Sète harbour"));
        assert_eq!(text(Some("q="), "q"), None);
    }
}
