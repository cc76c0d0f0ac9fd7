//! The tokens of SQL text, for code that recognizes a statement by its words.

use std::ops::Range;

use super::lexer::{Kind, Lexeme, lex};

/// One token of SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'s> {
    /// The kind.
    pub kind: Kind,
    /// The text.
    pub text: &'s str,
    /// The byte range in the source text.
    pub span: Range<usize>,
}

impl Token<'_> {
    /// Returns `true` if the token is a keyword, in any case.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Returns `true` if the token is this character.
    #[must_use]
    pub fn is_symbol(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol(symbol)
    }

    /// Returns the token as a name: without quotes, or in lowercase if it is not quoted. Returns
    /// `None` for other tokens, and for names with escapes (`U&"…"`).
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_ascii_lowercase()),
            Kind::QuotedName if self.text.starts_with('"') => Some(unquoted(self.text)),
            _ => None,
        }
    }

    /// Returns the value of a string. Returns `None` for other tokens, and for strings with
    /// escapes.
    #[must_use]
    pub fn value(&self) -> Option<String> {
        if self.kind != Kind::Text {
            return None;
        }
        if let Some(rest) = self.text.strip_prefix('$') {
            let tag = rest.find('$')? + 2;
            return Some(self.text.get(tag..self.text.len().checked_sub(tag)?)?.to_owned());
        }
        // A backslash is an ordinary character, except in `E'…'`.
        let escaped = self.text.strip_prefix(['E', 'e']);
        let text = escaped.unwrap_or_else(|| self.text.strip_prefix(['N', 'n']).unwrap_or(self.text));
        let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
        let has_escapes = escaped.is_some() && inside.contains('\\');
        (!has_escapes).then(|| inside.replace("''", "'"))
    }
}

/// Removes the quotes of a name, as the server writes it.
#[must_use]
pub fn unquoted(name: &str) -> String {
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    quoted.map_or_else(|| name.to_owned(), |name| name.replace("\"\"", "\""))
}

/// Returns the tokens of SQL text, in order, without comments.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    of_lexemes(text, &lex(text))
}

/// Returns the tokens among the lexemes, without comments.
pub(super) fn of_lexemes<'s>(text: &'s str, lexemes: &[Lexeme]) -> Vec<Token<'s>> {
    let sql = lexemes.iter().filter(|lexeme| lexeme.is_sql());
    let token = |Lexeme { kind, span }: &Lexeme| {
        Some(Token { kind: *kind, text: text.get(span.clone())?, span: span.clone() })
    };
    sql.filter_map(token).collect()
}

/// Returns `true` if the tokens begin with these keywords.
pub(super) fn begins(tokens: &[Token<'_>], keywords: &[&str]) -> bool {
    tokens.len() >= keywords.len() && tokens.iter().zip(keywords).all(|(token, keyword)| token.is(keyword))
}

/// Returns the tokens outside parentheses, without the parentheses themselves.
pub(super) fn outside_parentheses<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<&'t Token<'s>> {
    let mut depth = 0_usize;
    let is_outside = |token: &&Token<'_>| {
        match token.kind {
            Kind::Symbol('(') => depth += 1,
            Kind::Symbol(')') => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    };
    tokens.iter().filter(is_outside).collect()
}

/// Returns `true` if these keywords appear in sequence outside parentheses.
pub(super) fn contains(tokens: &[Token<'_>], keywords: &[&str]) -> bool {
    let outside = outside_parentheses(tokens);
    outside
        .windows(keywords.len())
        .any(|window| window.iter().zip(keywords).all(|(token, word)| token.is(word)))
}

/// Returns `true` if the lexemes form a `COPY … FROM STDIN` statement, whose rows the client sends.
pub(super) fn copies_from_the_client(text: &str, statement: &[Lexeme]) -> bool {
    let first =
        statement.iter().find(|lexeme| lexeme.is_sql()).and_then(|first| text.get(first.span.clone()));
    first.is_some_and(|word| word.eq_ignore_ascii_case("copy"))
        && contains(&of_lexemes(text, statement), &["from", "stdin"])
}
