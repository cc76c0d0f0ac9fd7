//! An index (<https://sqlite.org/lang_createindex.html>).

use super::{Expression, Name};

/// An index created by `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The table.
    pub table: Name,
    /// `UNIQUE`.
    pub unique: bool,
    /// The indexed terms, in order.
    pub terms: Vec<IndexTerm>,
    /// The `WHERE` condition for rows in the index, or `None` if the index contains all rows.
    pub filter: Option<Expression>,
}

/// A term of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTerm {
    /// A column or an expression.
    pub what: Indexed,
    /// The collation, or `None` if it is that of the column.
    pub collation: Option<Name>,
    /// `DESC`.
    pub descending: bool,
}

/// A column or an expression in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Indexed {
    /// A column.
    Column(Name),
    /// An expression.
    Expression(Expression),
}
