//! Parses the parent of a foreign key, such as `libraries(id)`.

use aludel_core::script::sqlite::{Token, TokenType, lex, tokens};

/// Returns the parent table and its columns, if any are named. Returns `None` if the text is
/// something else.
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

/// Returns the names in a list with commas.
fn names(tokens: &[Token<'_>]) -> Option<Vec<String>> {
    let pieces = tokens.split(|token| token.kind == TokenType::TK_COMMA);
    pieces.map(|piece| if let [one] = piece { name(one) } else { None }).collect()
}

/// Returns the column of an indexed term such as `date` or `date DESC`, or `None` if it is an
/// expression.
pub(super) fn column(sql: &str) -> Option<String> {
    match only_tokens(sql)?.as_slice() {
        [column] => name(column),
        [column, order] if matches!(order.kind, TokenType::TK_ASC | TokenType::TK_DESC) => name(column),
        _ => None,
    }
}

/// Returns the tokens of a text, or `None` if it contains anything else.
fn only_tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let tokens = tokens(text);
    (tokens.len() == lex(text).len()).then_some(tokens)
}

/// Returns a name without its quotes.
fn name(token: &Token<'_>) -> Option<String> {
    let first = token.text.chars().next()?;
    (first.is_alphabetic() || matches!(first, '_' | '"' | '`' | '[')).then(|| token.name())
}
