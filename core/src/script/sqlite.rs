//! Reads a script's text as SQLite does: finds comments and tokens, and checks statements against
//! SQLite's grammar.
//!
//! The tokenizer and the parser come from `sqlite3-parser`, a port of SQLite's own. SQLite itself
//! has the last word.
//! itself has the last word.

mod fault;
mod grammar;
mod outside;
mod pragma;
mod statement;
mod token;

#[cfg(feature = "sqlite")]
use std::borrow::Cow;
use std::ops::Range;

pub use sqlite3_parser::dialect::TokenType;
use sqlite3_parser::lexer::Splitter as _;
use sqlite3_parser::lexer::sql::{Error as LexerError, Tokenizer};

use super::lexeme::{self, LexemeKind};
#[cfg(feature = "sqlite")]
pub use crate::sqlite_error::words_of;
pub use fault::StatementFault;
pub use grammar::{Grammar, Refusal};
pub use outside::OutsideStatement;
pub use pragma::pragma_writes;
pub use statement::{changes_only_rows, same_statements, statements};
pub(super) use statement::{check_gaps, read};
pub use token::{Token, is_current_time, is_literal, tokens};

/// The kind of a lexeme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `-- …`, without the line break.
    LineComment,
    /// `/* … */`. If it is not closed, it extends to the end of the text.
    BlockComment,
    /// An SQL token.
    Token(TokenType),
    /// Text that is not a token: a stray character, or a literal that is not closed, which extends
    /// to the end of the text.
    Invalid,
}

/// A comment or a token, with its byte range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexeme {
    /// Its kind.
    pub kind: Kind,
    /// Its byte range in the text.
    pub span: Range<usize>,
}

/// Returns the comments and tokens of SQL text, in order, without white space. The text must not
/// contain a NUL byte.
#[must_use]
pub fn lex(text: &str) -> Vec<Lexeme> {
    let mut lexemes = Vec::new();
    let mut tokenizer = Tokenizer::new();
    let mut start = 0;
    while let Some(rest) = text.as_bytes().get(start..).filter(|rest| !rest.is_empty()) {
        if let Some(length) = hidden_space(text.as_bytes(), start) {
            start += length;
            continue;
        }
        let (kind, consumed) = match tokenizer.split(rest) {
            Ok((None, consumed)) => (kind_of_gap(rest), consumed),
            Ok((Some((_, TokenType::TK_VARIABLE)), consumed)) => {
                (Some(Kind::Token(TokenType::TK_VARIABLE)), consumed.max(parameter_length(rest)))
            }
            Ok((Some((_, token)), consumed)) => (Some(Kind::Token(token)), consumed),
            Err(LexerError::UnterminatedBlockComment(_)) => (Some(Kind::BlockComment), rest.len()),
            Err(LexerError::UnterminatedLiteral(_) | LexerError::UnterminatedBracket(_)) => {
                (Some(Kind::Invalid), rest.len())
            }
            Err(_) => (Some(Kind::Invalid), length_of_word(rest)),
        };
        let consumed = consumed.max(1);
        if let Some(kind) = kind {
            lexemes.push(Lexeme { kind, span: start..start + consumed });
        }
        start += consumed;
    }
    for lexeme in &mut lexemes {
        if lexeme.kind == Kind::LineComment {
            let comment = text.get(lexeme.span.clone()).unwrap_or_default();
            lexeme.span.end -= comment.len() - comment.trim_end().len();
        }
    }
    lexemes
}

/// Returns the comments and the SQL of the text, in order, without white space.
pub(super) fn lexemes(text: &str) -> Vec<lexeme::Lexeme> {
    let lexeme = |Lexeme { kind, span }| {
        let kind = match kind {
            Kind::LineComment => LexemeKind::LineComment,
            Kind::BlockComment => LexemeKind::BlockComment,
            Kind::Token(_) | Kind::Invalid => LexemeKind::Sql,
        };
        lexeme::Lexeme { kind, span }
    };
    lex(text).into_iter().map(lexeme).collect()
}

/// A byte order mark in UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Returns the length of a hidden space at this position, or `None` if there is none. A hidden
/// space is a character that SQLite treats as a space but the tokenizer does not: a byte order
/// mark, or a vertical tab after another space (<https://sqlite.org/src/file/src/tokenize.c>,
/// `CC_BOM` and `CC_SPACE`).
fn hidden_space(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    if rest.starts_with(MARK) {
        return Some(MARK.len());
    }
    let before = start.checked_sub(1).and_then(|before| text.get(before));
    let is_behind_space = before.is_some_and(|byte| byte.is_ascii_whitespace() || *byte == VERTICAL_TAB);
    (rest.first() == Some(&VERTICAL_TAB) && is_behind_space).then_some(1)
}

const VERTICAL_TAB: u8 = 0x0b;

/// Returns the places of hidden spaces outside literals, quoted names and comments.
pub(super) fn hidden_spaces(text: &str, lexemes: &[Lexeme]) -> Vec<Range<usize>> {
    if !text.contains(['\u{feff}', char::from(VERTICAL_TAB)]) {
        return Vec::new();
    }
    // Spaces at the end of a line comment belong to the comment, but not to its lexeme.
    let end_of = |lexeme: &Lexeme| match text.get(lexeme.span.end..) {
        Some(rest) if lexeme.kind == Kind::LineComment => {
            lexeme.span.end + rest.find('\n').unwrap_or(rest.len())
        }
        _ => lexeme.span.end,
    };
    let ends = std::iter::once(0).chain(lexemes.iter().map(end_of));
    let starts = lexemes.iter().map(|lexeme| lexeme.span.start).chain([text.len()]);
    let gaps = ends.zip(starts).filter_map(|(end, start)| Some((end, text.get(end..start)?)));
    let hidden = |(end, gap): (usize, &str)| -> Vec<Range<usize>> {
        let found = gap.match_indices(['\u{feff}', char::from(VERTICAL_TAB)]);
        found.map(|(at, character)| end + at..end + at + character.len()).collect()
    };
    gaps.flat_map(hidden).collect()
}

/// Replaces hidden spaces with ordinary ones, so that the tokenizer reads the same tokens as
/// SQLite. Every byte keeps its position.
#[cfg(feature = "sqlite")]
pub(crate) fn with_plain_spaces(text: &str) -> Cow<'_, str> {
    if !text.contains(['\u{feff}', char::from(VERTICAL_TAB)]) {
        return Cow::Borrowed(text);
    }
    let hidden = hidden_spaces(text, &lex(text));
    let mut plain = String::with_capacity(text.len());
    let mut end = 0;
    for span in hidden {
        plain.push_str(text.get(end..span.start).unwrap_or_default());
        plain.extend(std::iter::repeat_n(' ', span.len()));
        end = span.end;
    }
    plain.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(plain)
}

/// Returns the length of a named parameter. As in Tcl, it may have several parts and a suffix:
/// `$a::b(c)` (<https://sqlite.org/lang_expr.html#parameters>). The tokenizer stops at the first
/// colon.
fn parameter_length(rest: &[u8]) -> usize {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii();
    let mut length = 1;
    loop {
        match rest.get(length..).unwrap_or_default() {
            [b':', b':', ..] => length += 2,
            [b'(', index @ ..] if length > 1 => {
                let end = index.iter().position(|byte| *byte == b')' || byte.is_ascii_whitespace());
                return match end {
                    Some(end) if index.get(end) == Some(&b')') => length + end + 2,
                    _ => length,
                };
            }
            [byte, ..] if is_part(*byte) => length += 1,
            _ => return length,
        }
    }
}

/// Returns the number of bytes in a word that is not a token, such as `12ab`. Returns at least one.
fn length_of_word(rest: &[u8]) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || !byte.is_ascii();
    rest.iter().take_while(is_part).count().max(1)
}

/// Returns the kind of comment that the tokenizer skipped, or `None` for white space.
fn kind_of_gap(rest: &[u8]) -> Option<Kind> {
    if rest.starts_with(b"--") {
        Some(Kind::LineComment)
    } else if rest.starts_with(b"/*") {
        Some(Kind::BlockComment)
    } else {
        None
    }
}

/// Quotes a name so that it is an identifier in any statement
/// (<https://sqlite.org/lang_keywords.html>).
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes text as a literal.
pub fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Removes the quotes from a token that is a name or a string.
pub fn unquoted(token: &str) -> String {
    let within = |quotes: usize| token.get(1..token.len().saturating_sub(quotes)).unwrap_or_default();
    match token.bytes().next() {
        Some(quote @ (b'"' | b'`' | b'\'')) if token.len() > 1 => {
            let quote = char::from(quote);
            within(1).replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        Some(b'[') => within(1).to_owned(),
        _ => token.to_owned(),
    }
}
