//! Lists and describes photos: `GET /api/photos/` and `GET /api/photos/{uuid}/`.

use hyper::StatusCode;

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::people::Caller;

use super::Photos;

const DEFAULT_LIMIT: i64 = 100;
const LARGEST_LIMIT: i64 = 1000;

impl Photos {
    /// Returns a page of photos as a bare array. A limit above 1000 is reduced to 1000.
    pub(crate) async fn list(&self, caller: Caller, query: Option<&str>) -> Result<Answer, Error> {
        let skip = parameter(query, "skip")?.unwrap_or(0);
        let limit = parameter(query, "limit")?.unwrap_or(DEFAULT_LIMIT);
        let limit = limit.min(LARGEST_LIMIT);
        caller
            .read(move |reader, actor| answer::json(StatusCode::OK, &reader.page(actor, skip, limit)?))
            .await
    }

    /// Returns the data of one photo.
    pub(crate) async fn describe(&self, caller: Caller, uuid: String) -> Result<Answer, Error> {
        let photo = caller.read(move |reader, actor| Ok(reader.photo(actor, &uuid)?)).await?;
        answer::json(StatusCode::OK, &photo.ok_or(Error::NoPhoto)?)
    }
}

/// Parses a non-negative whole number. If the parameter is repeated, the last one counts.
fn parameter(query: Option<&str>, name: &'static str) -> Result<Option<i64>, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_whole_numbers() {
        let skip = |query| parameter(Some(query), "skip").ok();
        assert_eq!(skip("limit=3"), Some(None));
        assert_eq!(skip(""), Some(None));
        assert_eq!(skip("limit=3&skip=4"), Some(Some(4)));
        assert_eq!(skip("skip=1&skip=2"), Some(Some(2)));
    }

    #[test]
    fn err_parameters_that_are_none() {
        for text in ["", "-1", "+1", "1.5", "ten", "%31", "9223372036854775808"] {
            let query = format!("skip={text}");
            assert!(parameter(Some(&query), "skip").is_err(), "{text}");
        }
        assert!(parameter(Some("skip"), "skip").is_err());
    }
}
