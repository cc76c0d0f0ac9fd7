//! The lexemes of a script, to the extent that its sections and header depend on them.

use std::ops::Range;

/// The kind of a lexeme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LexemeKind {
    /// `-- …`, without the line break.
    LineComment,
    /// `/* … */`. If it is not closed, it extends to the end of the text.
    BlockComment,
    /// SQL: a token, or text that the tokenizer cannot read.
    Sql,
}

/// A comment or a piece of SQL, with its byte range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lexeme {
    /// Its kind.
    pub(super) kind: LexemeKind,
    /// Its byte range in the text.
    pub(super) span: Range<usize>,
}
