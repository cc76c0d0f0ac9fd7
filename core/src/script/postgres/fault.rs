//! The errors in a statement, as data and as messages.

use super::lexer::Unclosed;
use super::token::Token;
use crate::problem::{Explain, Words, words};

/// An error in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum PostgresFault {
    TransactionControl { keyword: String },
    SessionSetting { keyword: String },
    OnlyOutside { statement: &'static str },
    NotOutside { keyword: String },
    SeveralOutside,
    OfTheServer { statement: String },
    CopyOfTheClient { is_from: bool },
    PsqlCommand { command: String },
    Unclosed { unclosed: Unclosed, begin: String },
    Parameter { name: String },
    NewEnumValue { value: String },
}

impl PostgresFault {
    /// Returns the error for a statement that has no reason to run outside a transaction.
    pub(super) fn not_outside(tokens: &[Token<'_>]) -> Self {
        let keyword = tokens.first().map(|token| token.text.to_uppercase()).unwrap_or_default();
        Self::NotOutside { keyword }
    }
}

impl Explain for PostgresFault {
    fn words(&self) -> Words {
        match self {
            Self::TransactionControl { keyword } => words(
                "transaction-control",
                format!("`{keyword}` is not allowed in a script: the transaction belongs to the runner"),
                "this statement controls the transaction",
                "remove it: all scripts of a run are committed together, or not at all",
            ),
            Self::SessionSetting { keyword } => words(
                "session-setting",
                format!(
                    "`{keyword}` is not allowed in a script: it affects the session after the transaction"
                ),
                "this statement affects the session",
                if keyword.starts_with("SET") {
                    "write `SET LOCAL`, which ends with the transaction, or remove it"
                } else {
                    "remove it, and configure the connection where the program opens it"
                },
            ),
            Self::OnlyOutside { statement } => words(
                "only-outside-transaction",
                format!("`{statement}` cannot run inside a transaction"),
                "PostgreSQL refuses this statement inside a transaction",
                "move it to a separate script that contains only this statement and has `-- Outside Transaction: <reason>` in its header",
            ),
            Self::NotOutside { keyword } => words(
                "not-outside-transaction",
                format!("`{keyword}` is not allowed outside a transaction"),
                "expected one statement that cannot run inside a transaction, such as `CREATE INDEX CONCURRENTLY`",
                "move it to a separate script without `Outside Transaction`",
            ),
            Self::SeveralOutside => words(
                "several-outside-transaction",
                "found a second statement in a section outside a transaction, which can only have one",
                "expected the end of the section",
                "move it to a separate script: after an interruption, the whole section runs again",
            ),
            Self::OfTheServer { statement } => words(
                "server-statement",
                format!(
                    "`{statement}` is not allowed in a script: it affects the whole server, not just this database"
                ),
                "this statement affects the server",
                "remove it, and run it when you set up the server: a script can only change the database that it runs on",
            ),
            Self::CopyOfTheClient { is_from } => words(
                "copy-of-the-client",
                if *is_from {
                    "`COPY … FROM STDIN` is not allowed in a script: there is no client to send its rows"
                } else {
                    "`COPY … TO STDOUT` is not allowed in a script: there is no client to receive its rows"
                },
                "this statement needs a client such as `psql`",
                if *is_from {
                    "write the rows as `INSERT` statements; `pg_dump --inserts` writes them that way"
                } else {
                    "remove it"
                },
            ),
            Self::PsqlCommand { command } => words(
                "psql-command",
                format!("`{command}` is not SQL: only `psql` understands backslash commands"),
                "the server does not understand this command",
                "replace it with SQL that does the same",
            ),
            Self::Unclosed { unclosed, begin } => {
                let (what, help) = match unclosed {
                    Unclosed::Comment => (
                        "comment",
                        "close the comment with `*/`; a comment in it needs its own `*/`".to_owned(),
                    ),
                    Unclosed::Text => (
                        "literal",
                        "close the literal; to include a quote in it, double it, as in `'it''s'`".to_owned(),
                    ),
                    Unclosed::DollarQuoted => ("literal", format!("close the literal with `{begin}`")),
                    Unclosed::Name => ("quoted name", "close the name with `\"`".to_owned()),
                };
                words(
                    "unclosed",
                    format!("this {what} is not closed"),
                    format!("`{begin}` begins here, and extends to the end of the text"),
                    help,
                )
            }
            Self::Parameter { name } => words(
                "parameter",
                format!("`{name}` is a parameter, but parameters cannot be bound in a script"),
                "expected a value",
                "write the value instead, in quotes if it is a string",
            ),
            Self::NewEnumValue { value } => words(
                super::enum_value::LINT,
                format!("the new enum value `{value}` is used in the script that adds it"),
                "PostgreSQL refuses the value until the transaction that adds it is committed",
                "move this statement to a later script; if this literal is not a value of the enum, declare `-- Allow: new-enum-value`",
            ),
        }
    }
}
