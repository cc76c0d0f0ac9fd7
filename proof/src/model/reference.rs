//! Parses the parent of a foreign key, such as `libraries(id)`.

use aludel_core::script::sqlite::{Kind, Lexeme, TokenType, lex};

/// Returns the parent table and its columns, if any are named. Returns `None` if the text is
/// something else.
pub(super) fn parent(text: &str) -> Option<(String, Vec<String>)> {
    let lexemes = lex(text);
    let (table, rest) = lexemes.split_first()?;
    let table = name(text, table)?;
    match rest {
        [] => Some((table, Vec::new())),
        [open, columns @ .., close] if is(open, TokenType::TK_LP) && is(close, TokenType::TK_RP) => {
            Some((table, names(text, columns)?))
        }
        _ => None,
    }
}

/// Returns the names in a list with commas.
fn names(text: &str, lexemes: &[Lexeme]) -> Option<Vec<String>> {
    lexemes
        .split(|lexeme| is(lexeme, TokenType::TK_COMMA))
        .map(|piece| match piece {
            [one] => name(text, one),
            _ => None,
        })
        .collect()
}

/// Returns the column of an indexed term such as `date` or `date DESC`, or `None` if it is an
/// expression.
pub(super) fn column(sql: &str) -> Option<String> {
    match lex(sql).as_slice() {
        [column] => name(sql, column),
        [column, order] if is(order, TokenType::TK_ASC) || is(order, TokenType::TK_DESC) => name(sql, column),
        _ => None,
    }
}

/// Returns a name without its quotes.
fn name(text: &str, lexeme: &Lexeme) -> Option<String> {
    let written = text.get(lexeme.span.clone())?;
    let unquoted = |quote: &str| {
        let inside = written.get(1..written.len().checked_sub(1)?)?;
        Some(inside.replace(&quote.repeat(2), quote))
    };
    match (lexeme.kind, written.chars().next()?) {
        (Kind::Token(_), '"') => unquoted("\""),
        (Kind::Token(_), '`') => unquoted("`"),
        (Kind::Token(_), '[') => Some(written.trim_matches(['[', ']']).to_owned()),
        (Kind::Token(_), first) if first.is_alphabetic() || first == '_' => Some(written.to_owned()),
        _ => None,
    }
}

fn is(lexeme: &Lexeme, token: TokenType) -> bool {
    lexeme.kind == Kind::Token(token)
}
