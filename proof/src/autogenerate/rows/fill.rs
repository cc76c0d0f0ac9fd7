//! Placeholder values for rows that lack a value in a NOT NULL column, and the questions about
//! converted values.

use aludel_core::schema::{Column, Name};

use super::stand_in::in_parentheses;
use crate::autogenerate::changed::Changed;
use crate::schema::affinity::Affinity;

/// A placeholder value, and the question whether it is right.
pub(in crate::autogenerate) struct Fill {
    pub(in crate::autogenerate) value: String,
    pub(in crate::autogenerate) review: Option<String>,
}

/// Returns the value for rows that have none in a NOT NULL column. If the value must be unique, it
/// differs for each row. Otherwise, it is the column's default, any row of its parent, or a value
/// that its constraints accept. `number` is an expression that differs for each row.
pub(in crate::autogenerate) fn fill(changed: &Changed<'_>, column: &Column, number: &str) -> Fill {
    let (stand_ins, is_key) = (changed.stand_ins(), changed.must_differ(column));
    let default = column.default.as_ref().map(|default| in_parentheses(&default.written));
    let usable = default.clone().filter(|value| !is_key && stand_ins.accepts(column, value));
    if let Some(value) = usable {
        return Fill { value, review: None };
    }
    let first = || Affinity::of(column, changed.is).literals().first().copied().unwrap_or("0").to_owned();
    let value = if is_key {
        stand_ins.distinct(column, number, None).unwrap_or_else(|| number.to_owned())
    } else {
        let null = column.not_null.is_none();
        changed.any_parent(column).or_else(|| stand_ins.value(column, null)).unwrap_or_else(first)
    };
    let (why, which) = match default {
        Some(_) if !is_key => ("has a DEFAULT that constraints refuse", "existing rows"),
        _ => ("is NOT NULL", "rows without a value"),
    };
    let review = changed.way.asks(|| {
        format!(
            "`{}.{}` {why}: which value should {which} get? {value} is a placeholder",
            changed.name, column.name
        )
    });
    Fill { value, review }
}

/// Returns `true` if a column's default violates the column's own constraints.
pub(in crate::autogenerate) fn refuses_its_default(changed: &Changed<'_>, column: &Column) -> bool {
    let default = column.default.as_ref().map(|default| in_parentheses(&default.written));
    default.is_some_and(|value| !changed.stand_ins().accepts(column, &value))
}

/// Returns the question about a type change that may lose data.
pub(in crate::autogenerate) fn type_review(table: &str, was: &Column, is: &Column) -> String {
    let words = |column: &Column| column.declared_type.as_ref().map_or("no type".to_owned(), Name::to_string);
    format!(
        "`{table}.{}` changes from {} to {}, and SQLite converts its values: does the conversion keep all important data?",
        is.name,
        words(was),
        words(is)
    )
}

/// Returns the question about the types that a STRICT table newly enforces.
pub(in crate::autogenerate) fn strict_review(table: &str) -> String {
    format!(
        "values of `{table}` that do not fit their type are converted with CAST: is that right for your data?"
    )
}

/// Returns the question about a key that must now be an integer.
pub(in crate::autogenerate) fn number_review(table: &str, column: &Column) -> String {
    format!(
        "keys in `{table}.{}` that are not integers are replaced, and references to them are updated: does anything else use these keys?",
        column.name
    )
}
