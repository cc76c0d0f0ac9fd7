//! Converts values between the store, which uses SQLite's values, and PostgreSQL, according to the
//! types of columns and parameters.

use std::error::Error as StdError;

use aludel::rusqlite::types::{ToSql as SqliteToSql, ToSqlOutput, Value, ValueRef};
use bytes::{BufMut as _, BytesMut};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use postgres::types::{FromSql, IsNull, ToSql, Type};

use crate::store::error::DatabaseError;
use crate::store::stamp;

/// PostgreSQL's epoch, from which it counts microseconds.
const EPOCH: DateTime = Date::constant(2000, 1, 1).to_datetime(jiff::civil::Time::midnight());

/// A value of the type of its parameter.
#[derive(Debug)]
pub(in crate::store) enum Parameter {
    Null,
    Boolean(bool),
    Small(i16),
    Integer(i32),
    Large(i64),
    Real(f64),
    Text(String),
    Json(String),
    Bytes(Vec<u8>),
}

/// A value in a result.
#[derive(Debug)]
pub(super) struct Cell(pub(super) Value);

/// Returns `true` if a value is null.
pub(in crate::store) fn is_null(value: &dyn SqliteToSql) -> Result<bool, DatabaseError> {
    Ok(matches!(plain(value)?, Value::Null))
}

impl Parameter {
    /// Converts a value to the type of its parameter.
    pub(in crate::store) fn new(value: &dyn SqliteToSql, kind: &Type) -> Result<Self, DatabaseError> {
        let unfit = || DatabaseError::Value { kind: kind.to_string(), reason: "" };
        Ok(match (plain(value)?, kind) {
            (Value::Null, _) => Self::Null,
            (Value::Integer(number), &Type::BOOL) => Self::Boolean(number != 0),
            (Value::Integer(number), &Type::INT2) => Self::Small(number.try_into().map_err(|_| unfit())?),
            (Value::Integer(number), &Type::INT4) => Self::Integer(number.try_into().map_err(|_| unfit())?),
            (Value::Integer(number), &Type::INT8) => Self::Large(number),
            #[expect(clippy::cast_precision_loss, reason = "SQLite stores whole numbers as integers")]
            (Value::Integer(number), &Type::FLOAT8) => Self::Real(number as f64),
            (Value::Real(number), &Type::FLOAT8) => Self::Real(number),
            (Value::Integer(number), &Type::TEXT | &Type::VARCHAR) => Self::Text(number.to_string()),
            (Value::Text(text), &Type::TEXT | &Type::VARCHAR | &Type::NAME) if !text.contains('\0') => {
                Self::Text(text)
            }
            (Value::Text(_), &Type::TEXT | &Type::VARCHAR | &Type::NAME) => {
                return Err(DatabaseError::Value {
                    kind: kind.to_string(),
                    reason: ", because it contains a NUL character",
                });
            }
            (Value::Text(text), &Type::JSON | &Type::JSONB) => Self::Json(json(text)),
            (Value::Text(text), &Type::TIMESTAMP | &Type::TIMESTAMPTZ) => {
                let moment = stamp::parse(&text).ok_or_else(unfit)?;
                let micros = moment.duration_since(EPOCH).as_micros();
                Self::Large(micros.try_into().map_err(|_| unfit())?)
            }
            (Value::Blob(bytes), &Type::BYTEA) => Self::Bytes(bytes),
            _ => return Err(unfit()),
        })
    }
}

impl Parameter {
    /// Returns a string that is the same for equal values, whichever database they come from.
    pub(in crate::store) fn canonical(&self) -> String {
        match self {
            Self::Json(text) => serde_json::from_str(text).map_or_else(|_| text.clone(), canonical_json),
            other => format!("{other:?}"),
        }
    }
}

/// Normalizes JSON, because PostgreSQL preserves neither the order of keys nor the notation of
/// numbers.
fn canonical_json(value: serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Number(number) => {
            number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string())
        }
        Value::Array(entries) => {
            let entries: Vec<String> = entries.into_iter().map(canonical_json).collect();
            format!("[{}]", entries.join(","))
        }
        Value::Object(entries) => {
            let mut entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key), canonical_json(value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        value => value.to_string(),
    }
}

/// Returns JSON as it is, and any other text as a JSON string.
fn json(text: String) -> String {
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => text,
        Err(_) => serde_json::Value::from(text).to_string(),
    }
}

fn plain(value: &dyn SqliteToSql) -> Result<Value, DatabaseError> {
    match value.to_sql()? {
        ToSqlOutput::Owned(value) => Ok(value),
        ToSqlOutput::Borrowed(value) => Ok(match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
        }),
        _ => Err(DatabaseError::Value { kind: "a parameter".to_owned(), reason: "" }),
    }
}

type Failed = Box<dyn StdError + Sync + Send>;

impl ToSql for Parameter {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Boolean(value) => ToSql::to_sql(value, kind, out),
            Self::Small(value) => ToSql::to_sql(value, kind, out),
            Self::Integer(value) => ToSql::to_sql(value, kind, out),
            Self::Large(value) => ToSql::to_sql(value, kind, out),
            Self::Real(value) => ToSql::to_sql(value, kind, out),
            Self::Text(value) => ToSql::to_sql(value, kind, out),
            Self::Bytes(value) => ToSql::to_sql(value, kind, out),
            Self::Json(value) => {
                if *kind == Type::JSONB {
                    // The version of the `jsonb` format.
                    out.put_u8(1);
                }
                out.put_slice(value.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    /// Accepts every type, because [`Parameter::new`] already converted the value to the type.
    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        ToSql::to_sql(self, kind, out)
    }
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Failed> {
        Ok(Self(match *kind {
            Type::BOOL => Value::Integer(bool::from_sql(kind, raw)?.into()),
            Type::INT2 => Value::Integer(i16::from_sql(kind, raw)?.into()),
            Type::INT4 => Value::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Value::Integer(i64::from_sql(kind, raw)?),
            Type::FLOAT4 => Value::Real(f32::from_sql(kind, raw)?.into()),
            Type::FLOAT8 => Value::Real(f64::from_sql(kind, raw)?),
            Type::BYTEA => Value::Blob(raw.to_owned()),
            Type::TIMESTAMP | Type::TIMESTAMPTZ => {
                let micros = i64::from_sql(&Type::INT8, raw)?;
                Value::Text(stamp::text(EPOCH.checked_add(SignedDuration::from_micros(micros))?))
            }
            Type::JSONB => Value::Text(std::str::from_utf8(raw.get(1..).unwrap_or_default())?.to_owned()),
            _ => Value::Text(std::str::from_utf8(raw)?.to_owned()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failed> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, kind: &Type) -> Result<Value, Failed> {
        let mut bytes = BytesMut::new();
        ToSql::to_sql(&Parameter::new(&text, kind)?, kind, &mut bytes)?;
        Ok(Cell::from_sql(kind, &bytes)?.0)
    }

    #[test]
    fn a_value_is_read_as_it_was_written() -> Result<(), Failed> {
        for (kind, text) in [
            (Type::TEXT, "sea"),
            (Type::TIMESTAMP, "2024-01-15 14:30:00.000120"),
            (Type::TIMESTAMPTZ, "1969-12-31 23:59:59.999999"),
            (Type::JSONB, "[\"sea\"]"),
        ] {
            assert_eq!(kept(text, &kind)?, Value::Text(text.to_owned()), "{kind}");
        }
        assert_eq!(
            kept("2024-01-15", &Type::TIMESTAMP)?,
            Value::Text("2024-01-15 00:00:00.000000".to_owned())
        );
        assert_eq!(kept("[sea", &Type::JSONB)?, Value::Text("\"[sea\"".to_owned()));
        Ok(())
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        for (text, kind) in [("2024", Type::TIMESTAMP), ("a\0b", Type::TEXT), ("1", Type::BOOL)] {
            assert!(matches!(Parameter::new(&text, &kind), Err(DatabaseError::Value { .. })), "{text:?}");
        }
    }
}
