//! PostgreSQL's lexical structure (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html>,
//! `src/backend/parser/scan.l`).

use std::ops::Range;

use super::token::copies_from_the_client;

/// The kind of a lexeme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `-- …`, without the line break.
    LineComment,
    /// `/* … */`, including nested comments.
    BlockComment,
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes.
    QuotedName,
    /// A string: `'…'`, `E'…'`, `U&'…'`, `$$…$$`.
    Text,
    /// A bit string: `B'…'`, `X'…'`.
    Bits,
    /// A number.
    Number,
    /// `$1`.
    Parameter,
    /// Any other character, such as `;`. An operator with several characters consists of several
    /// symbols.
    Symbol(char),
    /// The rows after `COPY … FROM STDIN`, up to the line `\.`.
    Rows,
    /// A comment, string or name that is not closed. It extends to the end of the text.
    Unclosed(Unclosed),
}

/// The kind of lexeme that is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclosed {
    /// `/* …`
    Comment,
    /// `'…`
    Text,
    /// `$$…`
    DollarQuoted,
    /// `"…`
    Name,
}

/// A comment or a token, with its byte range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexeme {
    /// Its kind.
    pub kind: Kind,
    /// Its byte range in the text.
    pub span: Range<usize>,
}

impl Lexeme {
    /// Returns `true` for a token, and `false` for a comment.
    #[must_use]
    pub fn is_sql(&self) -> bool {
        !matches!(self.kind, Kind::LineComment | Kind::BlockComment | Kind::Unclosed(Unclosed::Comment))
    }
}

/// Returns the comments and tokens of SQL text, in order, without white space.
#[must_use]
pub fn lex(text: &str) -> Vec<Lexeme> {
    let mut lexemes: Vec<Lexeme> = Vec::new();
    let mut at = 0;
    let mut statement = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest);
        let Some(kind) = kind else {
            at += length;
            continue;
        };
        let end = at + length;
        let shown =
            if kind == Kind::LineComment { rest.get(..length).map_or(length, trimmed) } else { length };
        lexemes.push(Lexeme { kind, span: at..at + shown });
        at = end;
        if kind == Kind::Symbol(';') {
            let begun = lexemes.get(statement..).unwrap_or_default();
            if let Some(rows) = rows(text, end).filter(|_| copies_from_the_client(text, begun)) {
                at = rows.end;
                lexemes.push(Lexeme { kind: Kind::Rows, span: rows });
            }
            statement = lexemes.len();
        }
    }
    lexemes
}

fn trimmed(comment: &str) -> usize {
    comment.trim_end().len()
}

/// Returns the length of the first lexeme and its kind, or `None` as its kind for white space.
fn next(rest: &str) -> (Option<Kind>, usize) {
    let bytes = rest.as_bytes();
    let second = bytes.get(1).copied();
    let prefixed = second == Some(b'\'');
    let (kind, length) = match bytes.first().copied().unwrap_or_default() {
        byte if is_space(byte) => {
            return (None, bytes.iter().take_while(|byte| is_space(**byte)).count());
        }
        b'-' if second == Some(b'-') => (Kind::LineComment, rest.find(['\n', '\r']).unwrap_or(rest.len())),
        b'/' if second == Some(b'*') => block_comment(bytes),
        b'\'' => text(bytes, 0, false),
        b'e' | b'E' if prefixed => text(bytes, 1, true),
        b'n' | b'N' if prefixed => text(bytes, 1, false),
        b'b' | b'B' | b'x' | b'X' if prefixed => match text(bytes, 1, false) {
            (Kind::Text, length) => (Kind::Bits, length),
            unclosed => unclosed,
        },
        b'u' | b'U' if rest.get(1..3) == Some("&'") => text(bytes, 2, false),
        b'u' | b'U' if rest.get(1..3) == Some("&\"") => name(bytes, 2),
        b'"' => name(bytes, 0),
        b'$' => dollar(rest),
        byte if begins_word(byte) => (Kind::Word, word(bytes)),
        byte if byte.is_ascii_digit() => (Kind::Number, number(bytes)),
        b'.' if second.is_some_and(|byte| byte.is_ascii_digit()) => (Kind::Number, number(bytes)),
        _ => {
            let symbol = rest.chars().next().unwrap_or_default();
            (Kind::Symbol(symbol), symbol.len_utf8())
        }
    };
    (Some(kind), length)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Returns `true` if a word can begin with this byte: a letter, `_`, or part of a non-ASCII
/// character.
fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

/// Returns the length of a word. After its first character, a word may also contain digits and `$`.
fn word(bytes: &[u8]) -> usize {
    let is_part = |byte: &&u8| begins_word(**byte) || byte.is_ascii_digit() || **byte == b'$';
    bytes.iter().take_while(is_part).count()
}

/// Returns the length of a number, including any letters after its digits. They may be a base, an
/// exponent, or a mistake.
fn number(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let is_range = *byte == b'.' && bytes.get(length + 1) == Some(&b'.');
        if is_range || !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')) {
            break;
        }
        length += 1;
    }
    length
}

/// Reads a block comment. Block comments can be nested.
fn block_comment(bytes: &[u8]) -> (Kind, usize) {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(pair) = bytes.get(at..at + 2) {
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return (Kind::BlockComment, at);
        }
    }
    (Kind::Unclosed(Unclosed::Comment), bytes.len())
}

/// Reads a string that starts with the quote at this position.
///
/// Rule: a quote inside a string is doubled, or escaped in `E'…'`. A string continues in the next
/// string if there is a line break between the two. The next string then allows the same escapes.
fn text(bytes: &[u8], quote: usize, has_escapes: bool) -> (Kind, usize) {
    let mut at = quote + 1;
    loop {
        match bytes.get(at) {
            None => return (Kind::Unclosed(Unclosed::Text), bytes.len()),
            Some(b'\\') if has_escapes => at += 2,
            Some(b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            Some(b'\'') => match continuation(bytes, at + 1).filter(|_| has_escapes) {
                Some(next) => at = next,
                None => return (Kind::Text, at + 1),
            },
            Some(_) => at += 1,
        }
    }
}

/// Returns the position after the quote that continues a string, or `None` if the string does not
/// continue.
fn continuation(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut has_line_break = false;
    loop {
        match bytes.get(at..)? {
            [b'-', b'-', rest @ ..] => at += 2 + rest.iter().take_while(|byte| **byte != b'\n').count(),
            [b'\'', ..] => return has_line_break.then_some(at + 1),
            [byte, ..] if is_space(*byte) => {
                has_line_break |= *byte == b'\n';
                at += 1;
            }
            _ => return None,
        }
    }
}

/// Reads a quoted name that starts with the quote at this position.
fn name(bytes: &[u8], quote: usize) -> (Kind, usize) {
    let mut at = quote + 1;
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return (Kind::QuotedName, at + 1),
            _ => at += 1,
        }
    }
    (Kind::Unclosed(Unclosed::Name), bytes.len())
}

/// Reads a lexeme that begins with `$`: a dollar-quoted string, a parameter, or only the character.
fn dollar(rest: &str) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    let after = bytes.get(1..).unwrap_or_default();
    let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 {
        return (Kind::Parameter, 1 + digits);
    }
    // A tag is a word without `$`.
    let tag = after.iter().take_while(|byte| **byte != b'$' && word(std::slice::from_ref(byte)) == 1).count();
    let (Some(b'$'), Some(delimiter)) = (after.get(tag), rest.get(..tag + 2)) else {
        return (Kind::Symbol('$'), 1);
    };
    match rest.get(delimiter.len()..).and_then(|inside| inside.find(delimiter)) {
        Some(end) => (Kind::Text, delimiter.len() + end + delimiter.len()),
        None => (Kind::Unclosed(Unclosed::DollarQuoted), rest.len()),
    }
}

/// Returns the byte range of the rows that begin on the line after this position and end with the
/// line `\.`. Returns `None` if there is no such line.
fn rows(text: &str, at: usize) -> Option<Range<usize>> {
    let (blank, rows) = text.get(at..)?.split_once('\n')?;
    let start = at + blank.len() + 1;
    let mut end = start;
    for line in rows.split_inclusive('\n').filter(|_| blank.trim().is_empty()) {
        if line.trim_end() == r"\." {
            return Some(start..end + r"\.".len());
        }
        end += line.len();
    }
    None
}
