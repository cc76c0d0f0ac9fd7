//! The target schema: the result of a text of SQL on an empty database.

use std::sync::Arc;

use aludel_core::problem::{Place, Problem, Source};
use aludel_core::schema::Schema;
use aludel_core::script::sqlite::{Kind, TokenType, lex};
use aludel_core::script::statements;

use super::fault::{Refusal, WantedFault};
use super::workshop::Workshop;
use crate::proof::Options;
use crate::proof::scratch::Stopped;

/// A target schema as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The file that defines it, as the user wrote the path.
    pub path: String,
    /// The SQL that creates it on an empty database.
    pub sql: String,
    /// Known renames.
    pub hints: Vec<Hint>,
    /// `true` if the text leaves views, triggers and virtual tables open, so that those at the head
    /// stay.
    pub tables_only: bool,
}

/// A rename that a person has declared. It is ignored if the old name no longer exists or the new
/// name already does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A table.
    Table {
        /// The name before.
        was: String,
        /// The name after.
        is: String,
    },
    /// A column.
    Column {
        /// The table, by its name after.
        table: String,
        /// The name before.
        was: String,
        /// The name after.
        is: String,
    },
}

/// Creates the target schema on a scratch database and reads it.
///
/// Other output of `sqlite3 .schema` and `.dump` is ignored: transactions, pragmas, SQLite's own
/// tables and Aludel's.
pub(super) fn read(wanted: &Wanted, options: &Options) -> Result<Schema, Refusal> {
    let source = Arc::new(Source::new(&wanted.path, &wanted.sql));
    let refuse = |span, fault: &WantedFault| Refusal::Wanted {
        problem: Box::new(Problem::at(Place { source: Arc::clone(&source), span }, fault)),
    };
    if let Some(start) = source.text.find('\0') {
        return Err(refuse(start..start + 1, &WantedFault::NulByte));
    }
    let workshop = Workshop::open(options)?;
    // One transaction is twice as fast as one for each statement.
    workshop.control("SAVEPOINT wanted")?;
    for span in statements(&source.text) {
        let statement = source.text.get(span.clone()).unwrap_or_default();
        if is_passed_over(statement) {
            continue;
        }
        match workshop.run(statement) {
            Ok(()) | Err(Stopped::OwnTable(_)) => {}
            Err(stopped) => {
                return Err(refuse(span, &WantedFault::Fails { message: stopped.to_string() }));
            }
        }
    }
    workshop.control("RELEASE wanted")?;
    let schema = workshop.schema()?;
    if schema.objects.is_empty() {
        return Err(refuse(0..0, &WantedFault::Empty));
    }
    Ok(schema)
}

fn is_passed_over(statement: &str) -> bool {
    let mut tokens = lex(statement).into_iter().filter_map(|lexeme| match lexeme.kind {
        Kind::Token(token) => Some((token, statement.get(lexeme.span)?)),
        _ => None,
    });
    match tokens.next() {
        Some((
            TokenType::TK_BEGIN
            | TokenType::TK_COMMIT
            | TokenType::TK_END
            | TokenType::TK_ROLLBACK
            | TokenType::TK_PRAGMA,
            _,
        ))
        | None => true,
        Some((TokenType::TK_CREATE, _)) => {
            let is_word = |(token, _): &(TokenType, &str)| {
                matches!(
                    token,
                    TokenType::TK_TABLE | TokenType::TK_IF | TokenType::TK_NOT | TokenType::TK_EXISTS
                )
            };
            tokens.find(|token| !is_word(token)).is_some_and(|(_, name)| {
                name.trim_matches(['"', '\'', '`', '[']).to_ascii_lowercase().starts_with("sqlite_")
            })
        }
        // `.dump` fills SQLite's own tables.
        Some((TokenType::TK_INSERT | TokenType::TK_DELETE, _)) => {
            tokens.nth(1).is_some_and(|(_, name)| name.to_ascii_lowercase().contains("sqlite_"))
        }
        Some(_) => false,
    }
}
