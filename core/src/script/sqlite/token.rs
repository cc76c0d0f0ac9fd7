//! The tokens of SQL text, for code that recognizes a statement by its words.

use std::ops::Range;

use super::{Kind, TokenType, lex, unquoted};

/// One token of SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'s> {
    /// The kind.
    pub kind: TokenType,
    /// The text.
    pub text: &'s str,
    /// The byte range in the source text.
    pub span: Range<usize>,
}

impl Token<'_> {
    /// Returns the token as a name, without quotes.
    #[must_use]
    pub fn name(&self) -> String {
        unquoted(self.text)
    }

    /// Returns `true` if the token is this name, with any quotes and in any case.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }
}

/// Returns the tokens of SQL text, in order. Skips comments and text that is not a token.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let token = |lexeme: super::Lexeme| match lexeme.kind {
        Kind::Token(kind) => Some(Token { kind, text: text.get(lexeme.span.clone())?, span: lexeme.span }),
        Kind::LineComment | Kind::BlockComment | Kind::Invalid => None,
    };
    lex(text).into_iter().filter_map(token).collect()
}

/// Returns `true` for a literal, with or without a sign: a number, a string, a BLOB, NULL, TRUE,
/// FALSE or the current time (<https://sqlite.org/syntax/literal-value.html>).
#[must_use]
pub fn is_literal(expression: &str) -> bool {
    use TokenType::{
        TK_BLOB, TK_CTIME_KW, TK_FLOAT, TK_ID, TK_INTEGER, TK_MINUS, TK_NULL, TK_PLUS, TK_STRING,
    };
    let tokens = tokens(expression);
    let unsigned = match tokens.as_slice() {
        [sign, rest @ ..] if matches!(sign.kind, TK_MINUS | TK_PLUS) => rest,
        all => all,
    };
    let [only] = unsigned else { return false };
    match only.kind {
        TK_STRING | TK_BLOB | TK_INTEGER | TK_FLOAT | TK_NULL | TK_CTIME_KW => true,
        TK_ID => ["true", "false"].iter().any(|word| only.text.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

/// Returns `true` if an expression is the current time.
#[must_use]
pub fn is_current_time(expression: &str) -> bool {
    tokens(expression).iter().any(|token| token.kind == TokenType::TK_CTIME_KW)
}
