//! Expressions, and the terms of indexes and keys.

use sqlite3_parser::ast::{Expr, Literal};

use super::canonical::{self, Scope, TooDeep, bare};
use super::text::written;
use crate::schema::{Expression, Name};
use crate::script::sqlite::unquoted;

/// Returns an expression in its original and its canonical form.
pub(super) fn expression(expression: &Expr<'_>, scope: Scope<'_>) -> Result<Expression, TooDeep> {
    let canonical = canonical::of_expression(expression, scope)?;
    Ok(Expression { written: written(bare(expression)), canonical })
}

/// Returns an expression without its collation, and the collation separately.
pub(super) fn collated<'t, 'bump>(expression: &'t Expr<'bump>) -> (&'t Expr<'bump>, Option<Name>) {
    match bare(expression) {
        Expr::Collate(what, collation) => (bare(what), Some(Name::new(unquoted(collation)))),
        what => (what, None),
    }
}

/// Returns the column that a term of an index or a key names, or `None` if the term is an
/// expression. Where SQLite expects a column, it also accepts its name as a string.
pub(super) fn column_name(expression: &Expr<'_>) -> Option<String> {
    match expression {
        Expr::Id(id) => Some(unquoted(id.0)),
        Expr::Name(name) => Some(unquoted(name.0)),
        Expr::Literal(Literal::String(text)) => Some(unquoted(text)),
        _ => None,
    }
}
