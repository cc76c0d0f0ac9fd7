//! An index (<https://sqlite.org/lang_createindex.html>).

use super::{Expression, Name};

/// An index that was created by `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The table.
    pub table: Name,
    /// `UNIQUE`.
    pub unique: bool,
    /// The indexed terms, in order.
    pub terms: Vec<IndexTerm>,
    /// `WHERE`: the rows in the index, or `None` for all rows.
    pub filter: Option<Expression>,
}

/// A term of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTerm {
    /// A column or an expression.
    pub what: Indexed,
    /// The collation, if it differs from that of the column.
    pub collation: Option<Name>,
    /// `DESC`.
    pub descending: bool,
}

/// A column or an expression of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Indexed {
    /// A column.
    Column(Name),
    /// An expression.
    Expression(Expression),
}
