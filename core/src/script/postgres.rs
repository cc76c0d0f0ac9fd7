//! Reads a script's text as PostgreSQL does: finds comments, tokens and statements, and the
//! statements that a script cannot contain.
//!
//! Statements end where `psql` ends them
//! (<https://www.postgresql.org/docs/current/app-psql.html>, `src/fe_utils/psqlscan.l`). The
//! grammar is not checked here: a server has the last word, and its grammar changes with each
//! version.

mod enum_value;
mod fault;
mod lexer;
mod outside;
mod rules;
mod statement;
mod token;

pub use enum_value::{EnumValue, adds_enum_value};
pub use fault::PostgresFault;
pub use lexer::{Kind, Lexeme, Unclosed, lex};
pub use outside::OutsideStatement;
pub(super) use rules::read;
pub use statement::{changes_only_rows, same_statements, statements};
pub use token::{Token, tokens};

use super::lexeme::{self, LexemeKind};

/// Returns the comments and the SQL of a text, in order, without white space.
pub(super) fn lexemes(text: &str) -> Vec<lexeme::Lexeme> {
    let lexeme = |Lexeme { kind, span }| {
        let kind = match kind {
            Kind::LineComment => LexemeKind::LineComment,
            Kind::BlockComment | Kind::Unclosed(Unclosed::Comment) => LexemeKind::BlockComment,
            _ => LexemeKind::Sql,
        };
        lexeme::Lexeme { kind, span }
    };
    lex(text).into_iter().map(lexeme).collect()
}

/// Quotes a name, so that any statement reads it as an identifier.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes text as a literal. It has the same value whatever `standard_conforming_strings` is.
pub fn text_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', r"\\"))
    } else {
        format!("'{doubled}'")
    }
}

#[cfg(test)]
mod tests;
