//! Reads a script's text as PostgreSQL does: finds comments, tokens and statements, and rejects
//! statements that are not allowed in a script.
//!
//! Statements end where `psql` ends them (<https://www.postgresql.org/docs/current/app-psql.html>,
//! `src/fe_utils/psqlscan.l`). This module does not check the grammar, which changes with each
//! version of PostgreSQL. A server checks it.

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
pub(super) use rules::{check_outside, read};
pub use statement::{changes_only_rows, same_statements, statements};
pub use token::{Token, tokens, unquoted};

use super::lexeme::{self, LexemeKind};

/// Returns the comments and the SQL of the text, in order, without white space.
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

/// Quotes a name so that it is an identifier in any statement.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes text as a literal whose value does not depend on `standard_conforming_strings`.
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
