//! New enum values, which can be used only after the transaction that adds them.
//!
//! See <https://www.postgresql.org/docs/current/sql-altertype.html>. Since PostgreSQL 17, a new
//! value can be used immediately if the same transaction created the type. Only the proof knows the
//! server's version, so only the proof checks this case.

use super::fault::PostgresFault;
use super::lexer::Kind;
use super::token::{Token, begins, tokens};
use crate::script::reporter::Reporter;

/// The lint that `Allow` in a header disables.
pub(super) const LINT: &str = "new-enum-value";

/// A value that a statement adds to an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumValue {
    /// The name of the type, with its schema if the statement specifies one.
    pub type_name: Vec<String>,
    /// The value, or `None` if the literal has escapes.
    pub value: Option<String>,
}

/// Returns the value that a statement adds to an enum: `ALTER TYPE … ADD VALUE`. Returns `None` for
/// any other statement.
#[must_use]
pub fn adds_enum_value(statement: &str) -> Option<EnumValue> {
    added(&tokens(statement))
}

fn added(tokens: &[Token<'_>]) -> Option<EnumValue> {
    let rest = tokens.get(2..).filter(|_| begins(tokens, &["alter", "type"]))?;
    let (type_name, rest) = name(rest);
    let rest = rest.get(2..).filter(|_| begins(rest, &["add", "value"]))?;
    let literal = rest.iter().find(|token| token.kind == Kind::Text)?;
    Some(EnumValue { type_name, value: literal.value() })
}

/// Returns the type that a `CREATE TYPE … AS ENUM` statement creates, or `None` for any other
/// statement.
fn created(tokens: &[Token<'_>]) -> Option<Vec<String>> {
    let (type_name, rest) = name(tokens.get(2..).filter(|_| begins(tokens, &["create", "type"]))?);
    begins(rest, &["as", "enum"]).then_some(type_name)
}

/// Parses a name with or without a schema. Returns it and the tokens after it.
fn name<'t, 's>(tokens: &'t [Token<'s>]) -> (Vec<String>, &'t [Token<'s>]) {
    let mut name = Vec::new();
    let mut rest = tokens;
    while let Some((part, after)) = rest.split_first() {
        name.extend(part.name());
        rest = after;
        match rest.split_first() {
            Some((dot, after)) if dot.is_symbol('.') => rest = after,
            _ => break,
        }
    }
    (name, rest)
}

/// Reports the uses of a value in the section that adds it.
///
/// Rule: no literal after `ALTER TYPE … ADD VALUE` equals the new value, unless the section created
/// the type. Such a literal may have a different type, so `Allow` can disable this check.
pub(super) fn check(statements: &[Vec<Token<'_>>], reporter: &mut Reporter) {
    let mut types: Vec<Vec<String>> = Vec::new();
    let mut values: Vec<(String, &Token<'_>)> = Vec::new();
    for tokens in statements {
        types.extend(created(tokens));
        if let Some(EnumValue { type_name, value }) = added(tokens) {
            let literal = tokens.iter().find(|token| token.kind == Kind::Text);
            if !types.contains(&type_name) {
                values.extend(value.zip(literal));
            }
            continue;
        }
        if begins(tokens, &["comment"]) || begins(tokens, &["alter", "type"]) {
            continue;
        }
        for token in tokens {
            let Some(used) = token.value() else { continue };
            if let Some((value, added)) = values.iter().find(|(value, _)| *value == used) {
                let fault = PostgresFault::NewEnumValue { value: value.clone() };
                reporter.report_with(token.span.clone(), &fault, (added.span.clone(), "added here"));
            }
        }
    }
}
