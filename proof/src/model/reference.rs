//! Parses the parent of a foreign key, such as `libraries(id)`, and the terms of an index.

use aludel_core::schema::{Expression, IndexTerm, Indexed, Name};
use aludel_core::script::sqlite::{Token, TokenType, lex, tokens};

/// Returns the parent table, and its columns if there are any. Returns `None` if the text is not a
/// reference.
pub(super) fn parent(text: &str) -> Option<(String, Vec<String>)> {
    let tokens = only_tokens(text)?;
    let (table, rest) = tokens.split_first()?;
    let table = name(table)?;
    match rest {
        [] => Some((table, Vec::new())),
        [open, columns @ .., close] if open.kind == TokenType::TK_LP && close.kind == TokenType::TK_RP => {
            Some((table, names(columns)?))
        }
        _ => None,
    }
}

/// Returns the names in a comma-separated list, or `None` if it contains anything else.
fn names(tokens: &[Token<'_>]) -> Option<Vec<String>> {
    let pieces = tokens.split(|token| token.kind == TokenType::TK_COMMA);
    pieces.map(|piece| if let [one] = piece { name(one) } else { None }).collect()
}

/// Returns a term of an index: a column, such as `date` or `date DESC`, or an expression.
pub(super) fn term(sql: &str) -> IndexTerm {
    let tokens = only_tokens(sql).unwrap_or_default();
    let (column, descending) = match tokens.as_slice() {
        [column] => (name(column), false),
        [column, order] if order.kind == TokenType::TK_ASC => (name(column), false),
        [column, order] if order.kind == TokenType::TK_DESC => (name(column), true),
        _ => (None, false),
    };
    match column {
        Some(column) => IndexTerm { descending, ..of_column(&column) },
        None => IndexTerm {
            what: Indexed::Expression(expression(sql.to_owned())),
            collation: None,
            descending: false,
        },
    }
}

/// Returns a column as a term of an index.
pub(super) fn of_column(column: &str) -> IndexTerm {
    IndexTerm { what: Indexed::Column(Name::new(column)), collation: None, descending: false }
}

/// Returns an expression for which only the text is known.
pub(super) fn expression(text: String) -> Expression {
    Expression { canonical: text.clone(), written: text }
}

/// Returns the tokens of SQL text, or `None` if it contains anything else.
fn only_tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let tokens = tokens(text);
    (tokens.len() == lex(text).len()).then_some(tokens)
}

/// Returns a name without its quotes, or `None` if the token is not a name.
fn name(token: &Token<'_>) -> Option<String> {
    let first = token.text.chars().next()?;
    (first.is_alphabetic() || matches!(first, '_' | '"' | '`' | '[')).then(|| token.name())
}
