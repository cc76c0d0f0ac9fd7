//! An index (<https://sqlite.org/lang_createindex.html>).

use super::{Expression, Name};

/// An index that was made by `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The table.
    pub table: Name,
    /// `UNIQUE`.
    pub unique: bool,
    /// What it is sorted by, in order.
    pub terms: Vec<IndexTerm>,
    /// `WHERE`: the rows that it holds; all where there is none.
    pub filter: Option<Expression>,
}

/// What an index is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTerm {
    /// A column or an expression.
    pub what: Indexed,
    /// The collation, where it is not the column's own.
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
