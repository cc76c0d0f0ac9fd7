//! A single value in a row, which is compared byte for byte, and its text.

use std::fmt;

use aludel_core::script::hexadecimal;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// The maximum number of characters or bytes of a value that are shown.
const LONGEST_SHOWN: usize = 40;

/// A value: its storage class and its bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating-point number, by its bits.
    Real(u64),
    /// Text, which may not be valid UTF-8.
    Text(Vec<u8>),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into().into_bytes())
    }

    pub(super) fn real(number: f64) -> Self {
        Self::Real(number.to_bits())
    }

    pub(super) fn is_null(&self) -> bool {
        *self == Self::Null
    }
}

impl From<ValueRef<'_>> for Cell {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::real(number),
            ValueRef::Text(text) => Self::Text(text.to_vec()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(bits) => ValueRef::Real(f64::from_bits(*bits)),
            Self::Text(text) => ValueRef::Text(text),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Writes the value as an SQL literal. Shortens long values.
impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("NULL"),
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Real(bits) => write!(formatter, "{:?}", f64::from_bits(*bits)),
            Self::Text(text) => {
                let text = String::from_utf8_lossy(text);
                let shown: String = text.chars().take(LONGEST_SHOWN).collect();
                let shown = shown.replace('\'', "''").replace('\n', "\\n").replace('\r', "\\r");
                let cut = if text.chars().nth(LONGEST_SHOWN).is_some() { "…" } else { "" };
                write!(formatter, "'{shown}{cut}'")
            }
            Self::Blob(bytes) => {
                let shown = hexadecimal(bytes.get(..LONGEST_SHOWN / 2).unwrap_or(bytes));
                let cut = if bytes.len() > LONGEST_SHOWN / 2 { "…" } else { "" };
                write!(formatter, "x'{shown}{cut}'")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cell;

    #[test]
    fn values_are_told_as_literals() {
        let cells = [
            Cell::Null,
            Cell::Integer(-7),
            Cell::real(3.0),
            Cell::text("O'Hara\n"),
            Cell::text("ä".repeat(41)),
            Cell::Blob(vec![0, 255]),
            Cell::Text(vec![255]),
        ];
        let told: Vec<String> = cells.iter().map(ToString::to_string).collect();
        let long = format!("'{}…'", "ä".repeat(40));
        assert_eq!(told, ["NULL", "-7", "3.0", "'O''Hara\\n'", &long, "x'00ff'", "'\u{fffd}'"]);
    }

    #[test]
    fn one_and_one_point_nought_are_not_the_same_value() {
        assert_ne!(Cell::Integer(1), Cell::real(1.0));
    }
}
