//! Column values that SQLite stores as text, serialized in the format that PhotoSafe's clients
//! expect.

use aludel::rusqlite::Result;
use aludel::rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A timestamp as stored text: `2024-01-15 14:30:00.000000`, in UTC without a time zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stamp(pub(crate) String);

/// A JSON array or object, as text. Text that is not valid JSON is serialized as a string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Json(pub(crate) String);

impl Serialize for Stamp {
    /// Serializes as `2024-01-15T14:30:00`. Like Python, omits microseconds that are zero.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.replacen(' ', "T", 1);
        serializer.serialize_str(text.strip_suffix(".000000").unwrap_or(&text))
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<Value>(&self.0) {
            Ok(value) => value.serialize(serializer),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}

impl FromSql for Stamp {
    /// Accepts an integer, because a DATETIME column converts text that looks like a number, such
    /// as a year, to an integer.
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Integer(number) => Ok(Self(number.to_string())),
            other => String::column_result(other).map(Self),
        }
    }
}

impl FromSql for Json {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        String::column_result(value).map(Self)
    }
}

impl ToSql for Stamp {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl ToSql for Json {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Stamp};

    #[test]
    fn dates_are_told_as_python_tells_them() -> Result<(), serde_json::Error> {
        let told = |text: &str| serde_json::to_string(&Stamp(text.to_owned()));
        assert_eq!(told("2024-01-15 14:30:00.000000")?, "\"2024-01-15T14:30:00\"");
        assert_eq!(told("2024-01-15 14:30:00.000120")?, "\"2024-01-15T14:30:00.000120\"");
        Ok(())
    }

    #[test]
    fn text_that_should_be_json_but_is_not_stays_text() -> Result<(), serde_json::Error> {
        let told = |text: &str| serde_json::to_string(&Json(text.to_owned()));
        assert_eq!(told("[\"sea\"]")?, "[\"sea\"]");
        assert_eq!(told("[sea")?, "\"[sea\"");
        Ok(())
    }
}
