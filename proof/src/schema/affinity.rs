//! The type affinity of columns, and the conversions of their values.

use aludel_core::schema::{Column, Name, Table};

/// The preferred storage class of a column
/// (<https://sqlite.org/datatype3.html#type_affinity>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    /// Returns the affinity of a column. The first of these words that appears in the declared type
    /// determines it.
    pub(crate) fn of(column: &Column, table: &Table) -> Self {
        let declared = column.declared_type.as_ref().map_or("", Name::folded);
        let holds = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if holds(&["int"]) {
            Self::Integer
        } else if holds(&["char", "clob", "text"]) {
            Self::Text
        } else if declared.is_empty() || holds(&["blob"]) || (table.strict && declared == "any") {
            Self::Blob
        } else if holds(&["real", "floa", "doub"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// Returns literals that are commonly used for an unknown value. Zero or an empty value comes
    /// first.
    pub(crate) fn literals(self) -> &'static [&'static str] {
        match self {
            Self::Integer | Self::Numeric => &["0", "1"],
            Self::Real => &["0.0", "1.0"],
            Self::Text => &["''", "'[]'", "'{}'", "'1970-01-01'", "'1970-01-01 00:00:00'"],
            Self::Blob => &["x''", "0"],
        }
    }
}

/// Returns `true` if values may change when a type is changed and changed back. A number survives a
/// conversion to text and back, but text may not survive a conversion to a number. A STRICT table
/// rejects values that do not fit.
pub(crate) fn may_lose(was: (&Column, &Table), is: (&Column, &Table)) -> bool {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    let (before, after) = (Affinity::of(was.0, was.1), Affinity::of(is.0, is.1));
    let takes_anything = is.0.declared_type.as_ref().is_none_or(|words| words.is("any"));
    match (before, after) {
        (before, after) if before == after => false,
        (_, Blob) => is.1.strict && !takes_anything,
        (Numeric | Real, Integer) | (Real, Numeric) => is.1.strict,
        (Text | Blob, _) | (Integer | Numeric, Real) => true,
        (Integer | Numeric | Real, _) => false,
    }
}
