//! A statement as its tokens: enough for what begins it, and for the place of a word in it.

use std::ops::Range;

use crate::schema::Kind;
use crate::script::sqlite::{self, TokenType, lex, unquoted};
use crate::script::{ParsedScript, Section};

/// One token of a statement.
#[derive(Debug, Clone)]
pub(super) struct Word<'s> {
    pub(super) token: TokenType,
    pub(super) text: &'s str,
    /// Its bytes in the file.
    pub(super) span: Range<usize>,
}

impl Word<'_> {
    /// Whether it is a name, in any quotes and any case.
    pub(super) fn names(&self, name: &str) -> bool {
        unquoted(self.text).eq_ignore_ascii_case(name)
    }
}

/// What a statement makes or drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) verb: Verb,
    pub(super) kind: Kind,
    /// `VIRTUAL`.
    pub(super) is_virtual: bool,
    /// `IF EXISTS` or `IF NOT EXISTS`: its bytes in the file.
    pub(super) condition: Option<Range<usize>>,
    pub(super) name: String,
    /// The bytes of the name in the file.
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Drop,
}

/// The statements of a section, each as its tokens.
pub(super) fn statements<'s>(
    script: &'s ParsedScript,
    section: &'s Section,
) -> impl Iterator<Item = Vec<Word<'s>>> {
    section.statements.iter().map(|statement| words(script, statement))
}

/// The tokens of one statement.
pub(super) fn words<'s>(script: &'s ParsedScript, statement: &Range<usize>) -> Vec<Word<'s>> {
    let text = script.source.text.get(statement.clone()).unwrap_or_default();
    let word = |lexeme: sqlite::Lexeme| match lexeme.kind {
        sqlite::Kind::Token(token) => Some(Word {
            token,
            text: text.get(lexeme.span.clone())?,
            span: lexeme.span.start + statement.start..lexeme.span.end + statement.start,
        }),
        _ => None,
    };
    lex(text).into_iter().filter_map(word).collect()
}

/// Whether a statement names something, for whatever reason.
pub(crate) fn names(script: &ParsedScript, statement: &Range<usize>, name: &str) -> bool {
    words(script, statement).iter().any(|word| word.names(name))
}

/// What a statement makes or drops in the database `main`: `CREATE [UNIQUE | VIRTUAL] TABLE [IF NOT EXISTS] [main.]name`, and so on.
pub(super) fn head(words: &[Word<'_>]) -> Option<Head> {
    let mut words = words.iter().peekable();
    let verb = match words.next()?.token {
        TokenType::TK_CREATE => Verb::Create,
        TokenType::TK_DROP => Verb::Drop,
        _ => return None,
    };
    let is_virtual = words.next_if(|word| word.token == TokenType::TK_VIRTUAL).is_some();
    words.next_if(|word| word.token == TokenType::TK_UNIQUE);
    let kind = match words.next()?.token {
        TokenType::TK_TABLE => Kind::Table,
        TokenType::TK_INDEX => Kind::Index,
        TokenType::TK_VIEW => Kind::View,
        TokenType::TK_TRIGGER => Kind::Trigger,
        _ => return None,
    };
    let mut condition = None;
    if let Some(begin) = words.next_if(|word| word.token == TokenType::TK_IF) {
        words.next_if(|word| word.token == TokenType::TK_NOT);
        let end = words.next_if(|word| word.token == TokenType::TK_EXISTS)?;
        condition = Some(begin.span.start..end.span.end);
    }
    let mut name = words.next()?;
    if words.next_if(|word| word.token == TokenType::TK_DOT).is_some() {
        if !name.names("main") {
            return None;
        }
        name = words.next()?;
    }
    Some(Head { verb, kind, is_virtual, condition, name: unquoted(name.text), span: name.span.clone() })
}

/// The name that `ALTER TABLE … RENAME TO` gives.
pub(super) fn renamed_to(words: &[Word<'_>]) -> Option<String> {
    let [first, .., to, name] = without_semicolon(words) else { return None };
    let is_rename = first.token == TokenType::TK_ALTER && to.token == TokenType::TK_TO;
    let has_column = words.iter().any(|word| word.token == TokenType::TK_COLUMNKW);
    (is_rename && !has_column).then(|| unquoted(name.text))
}

pub(super) fn without_semicolon<'w, 's>(words: &'w [Word<'s>]) -> &'w [Word<'s>] {
    match words {
        [rest @ .., last] if last.token == TokenType::TK_SEMI => rest,
        all => all,
    }
}
