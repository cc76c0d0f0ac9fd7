//! SQLite's grammar: checks the syntax of one statement.

use bumpalo::Bump;
use fallible_iterator::FallibleIterator as _;
#[cfg(feature = "sqlite")]
use rusqlite::Connection;
use sqlite3_parser::lexer::sql::{Error as LexerError, Parser};

#[cfg(feature = "sqlite")]
use crate::guarded::{self, Guarded};
#[cfg(feature = "sqlite")]
use crate::sqlite_error::words_of;

/// SQLite's message for an incomplete statement.
pub(super) const INCOMPLETE: &str = "incomplete input";

/// SQLite's grammar, which checks single statements.
#[derive(Debug, Default)]
pub struct Grammar {
    bump: Bump,
    #[cfg(feature = "sqlite")]
    sqlite: Option<Guarded<Connection>>,
}

/// A syntax error in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLite's message.
    pub message: String,
    /// The byte offset in the statement.
    pub offset: usize,
}

impl Grammar {
    /// Checks the syntax of one statement.
    ///
    /// SQLite prepares the statement on an empty database. Syntax errors are reported. Other
    /// errors, such as a missing table, are ignored. If SQLite cannot open a database, or without
    /// the `sqlite` feature, the parser decides.
    ///
    /// # Errors
    ///
    /// Returns the message and the byte offset of the error if the statement has a syntax error.
    pub fn check(&mut self, statement: &str) -> Result<(), Refusal> {
        #[cfg(feature = "sqlite")]
        if let Some(checked) = self.ask_sqlite(statement) {
            return checked;
        }
        self.ask_parser(statement)
    }

    /// Returns `None` if SQLite cannot open a database.
    #[cfg(feature = "sqlite")]
    fn ask_sqlite(&mut self, statement: &str) -> Option<Result<(), Refusal>> {
        if self.sqlite.is_none() {
            self.sqlite = guarded::for_compiling().ok();
        }
        let Err(error) = self.sqlite.as_ref()?.compile(statement) else { return Some(Ok(())) };
        let (message, offset) = words_of(&error);
        if is_about_syntax(&message) {
            let offset = offset.unwrap_or(statement.trim_end().len());
            return Some(Err(Refusal { message, offset }));
        }
        Some(Ok(()))
    }

    fn ask_parser(&mut self, statement: &str) -> Result<(), Refusal> {
        self.bump.reset();
        let parsed = Parser::new(&self.bump, statement.as_bytes()).next();
        parsed.map(|_| ()).map_err(|error| Refusal { message: message_of(&error), offset: 0 })
    }
}

/// Returns `true` if SQLite's message reports a syntax error.
///
/// SQLite has one code for all errors in a statement's text. Errors from the tokenizer and the
/// parser are recognized by their messages (<https://sqlite.org/src/file/src/parse.y>,
/// `%syntax_error`).
#[cfg(feature = "sqlite")]
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
