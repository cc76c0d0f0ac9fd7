//! What SQLite says of a script's text: where comments and tokens stand, where a statement ends, and whether its grammar takes it.
//!
//! The tokenizer and the grammar are those of `sqlite3-parser`, a port of SQLite's own; SQLite itself has the last word.

use std::borrow::Cow;
use std::ops::Range;

use bumpalo::Bump;
use fallible_iterator::FallibleIterator as _;
use rusqlite::Connection;
pub use sqlite3_parser::dialect::TokenType;
use sqlite3_parser::lexer::Splitter as _;
use sqlite3_parser::lexer::sql::{Error as LexerError, Parser, Tokenizer};

use crate::guarded::{self, Guarded};

/// SQLite's words where a statement ends too early.
pub(super) const INCOMPLETE: &str = "incomplete input";

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `-- …`, without the line end.
    LineComment,
    /// `/* … */`, or to the end of the text.
    BlockComment,
    /// A token of SQL.
    Token(TokenType),
    /// Text that is no token: a stray character, or a literal without its end, which takes all that follows.
    Invalid,
}

/// A comment or a token, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexeme {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Range<usize>,
}

/// The comments and tokens of a text, in order, without white space. The text must not hold a NUL.
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

/// The bytes of a byte order mark in UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The length of a character that SQLite takes for space between tokens and the tokenizer does not: a byte order mark, or a vertical tab
/// behind other space (<https://sqlite.org/src/file/src/tokenize.c>, `CC_BOM` and `CC_SPACE`).
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

/// Returns the places outside of literals, quoted names and comments where a character stands that SQLite takes for space and people do not
/// see.
pub(super) fn hidden_spaces(text: &str, lexemes: &[Lexeme]) -> Vec<Range<usize>> {
    if !text.contains(['\u{feff}', char::from(VERTICAL_TAB)]) {
        return Vec::new();
    }
    // The space at the end of a line comment is not part of its lexeme, and still of the comment.
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

/// Returns a text of which SQLite and the grammar here read the same tokens: what SQLite takes for space is a space. Every byte keeps its place.
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

/// The length of a named parameter, which may have parts and an index as in Tcl: `$a::b(c)`
/// (<https://sqlite.org/lang_expr.html#parameters>). The tokenizer stops at the first colon.
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

/// How many bytes belong to a word that is no token, such as `12ab`; at least one.
fn length_of_word(rest: &[u8]) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || !byte.is_ascii();
    rest.iter().take_while(is_part).count().max(1)
}

/// What the tokenizer skipped: a comment, or white space.
fn kind_of_gap(rest: &[u8]) -> Option<Kind> {
    if rest.starts_with(b"--") {
        Some(Kind::LineComment)
    } else if rest.starts_with(b"/*") {
        Some(Kind::BlockComment)
    } else {
        None
    }
}

/// SQLite's grammar, as a judge of single statements.
#[derive(Debug, Default)]
pub struct Grammar {
    bump: Bump,
    sqlite: Option<Guarded<Connection>>,
}

/// Why the grammar refuses a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLite's words.
    pub message: String,
    /// The byte within the statement.
    pub offset: usize,
}

impl Grammar {
    /// Says whether SQLite's grammar takes one statement.
    ///
    /// SQLite prepares it on an empty database: what it refuses for its syntax is refused, whatever else it lacks is not. Where SQLite cannot
    /// be asked, the parser's words stand.
    ///
    /// # Errors
    ///
    /// The refusal, with SQLite's words and the place.
    pub fn check(&mut self, statement: &str) -> Result<(), Refusal> {
        if self.sqlite.is_none() {
            self.sqlite = guarded::for_compiling().ok();
        }
        let Some(sqlite) = &self.sqlite else { return self.ask_parser(statement) };
        let Err(error) = sqlite.compile(statement) else { return Ok(()) };
        let (message, offset) = words_of(&error);
        if is_about_syntax(&message) {
            return Err(Refusal { message, offset: offset.unwrap_or(statement.trim_end().len()) });
        }
        Ok(())
    }

    fn ask_parser(&mut self, statement: &str) -> Result<(), Refusal> {
        self.bump.reset();
        let parsed = Parser::new(&self.bump, statement.as_bytes()).next();
        parsed.map(|_| ()).map_err(|error| Refusal { message: message_of(&error), offset: 0 })
    }
}

/// SQLite's words, without the statement that rusqlite repeats, and the byte of the statement where SQLite names one.
pub fn words_of(error: &rusqlite::Error) -> (String, Option<usize>) {
    match error {
        // Before 0.41, rusqlite has it only with its own bindings.
        #[cfg(feature = "bundled")]
        rusqlite::Error::SqlInputError { msg, offset, .. } => (msg.clone(), usize::try_from(*offset).ok()),
        rusqlite::Error::SqliteFailure(_, Some(message)) => (message.clone(), None),
        other => (other.to_string(), None),
    }
}

/// SQLite has one code for all errors of a statement's text; the tokenizer's and the parser's are known by their words
/// (<https://sqlite.org/src/file/src/parse.y>, `%syntax_error`).
fn is_about_syntax(message: &str) -> bool {
    message.ends_with("syntax error")
        || message == INCOMPLETE
        || message.starts_with("unrecognized token")
        || message == "parser stack overflow"
}

fn message_of(error: &LexerError) -> String {
    match error {
        LexerError::ParserError(error, _) => error.to_string(),
        other => other.to_string(),
    }
}

/// A name as an identifier in any statement (<https://sqlite.org/lang_keywords.html>).
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name or a text out of its quotes, as one token holds it.
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
