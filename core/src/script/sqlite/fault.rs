//! The errors in one statement.

use super::grammar::INCOMPLETE;
use crate::problem::{Explain, Problem, Words, words};

/// The pragmas whose settings `VACUUM` applies.
const FILE_SETTINGS: [&str; 2] = ["page_size", "auto_vacuum"];

/// The help for statements that are allowed only outside a transaction.
const BELONGS_OUTSIDE: &str =
    "move it to a separate script with `-- Outside Transaction: <reason>` in its header";

/// An error in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum StatementFault {
    Syntax { message: String },
    TransactionControl { keyword: String },
    Forbidden { keyword: String },
    WritingPragma { pragma: String },
    Parameter { name: String },
    HiddenCharacter { name: &'static str },
}

impl StatementFault {
    /// Returns `true` for a hidden character. A released script may contain one, because it must
    /// not change.
    #[must_use]
    pub fn is_hidden_character(problem: &Problem) -> bool {
        matches!(problem.fault(), Some(Self::HiddenCharacter { .. }))
    }
}

impl Explain for StatementFault {
    fn words(&self) -> Words {
        match self {
            Self::Syntax { message } if message == INCOMPLETE => words(
                "syntax",
                "this statement is incomplete",
                "it ends here, but SQLite's grammar expects more",
                "complete the statement, for example with a closing parenthesis, or with the `END;` of a trigger",
            ),
            Self::Syntax { message } if is_open_literal(message) => words(
                "syntax",
                "this literal is not closed",
                "it begins here, and extends to the end of the text",
                "close the literal; to include a quote in a string, double it, as in `'it''s'`",
            ),
            Self::Syntax { message } => words(
                "syntax",
                told_by_sqlite(message),
                "SQLite cannot parse this",
                "correct the statement here or just before",
            ),
            Self::TransactionControl { keyword } => words(
                "transaction-control",
                format!("`{keyword}` is not allowed in a script: the transaction belongs to the runner"),
                "this statement controls the transaction",
                "remove it: all scripts of a run are committed together, or not at all",
            ),
            Self::Forbidden { keyword } => words(
                "forbidden-statement",
                format!(
                    "`{keyword}` is not allowed in a script: it cannot run or be rolled back inside a transaction"
                ),
                "this statement has effects outside the transaction",
                if keyword == "VACUUM" {
                    BELONGS_OUTSIDE
                } else {
                    "remove it: a script can only change the database that it runs on"
                },
            ),
            Self::WritingPragma { pragma } => words(
                "writing-pragma",
                format!(
                    "`PRAGMA {pragma}` is not allowed in a script: it changes the connection or the file"
                ),
                "this pragma is not read-only",
                if pragma.eq_ignore_ascii_case("foreign_keys") {
                    "remove it: scripts run with foreign key enforcement off, and violations are detected before the commit"
                } else if FILE_SETTINGS.iter().any(|setting| setting.eq_ignore_ascii_case(pragma)) {
                    BELONGS_OUTSIDE
                } else {
                    "remove it, and configure the connection where the program opens it"
                },
            ),
            Self::HiddenCharacter { name } => words(
                "hidden-character",
                format!("{name} is between two tokens: SQLite treats it as a space, but it is invisible"),
                "the character is here",
                "remove it",
            ),
            Self::Parameter { name } => words(
                "parameter",
                format!("`{name}` is a parameter, but parameters cannot be bound in a script"),
                "SQLite would read it as NULL",
                "write the value instead, in quotes if it is a string",
            ),
        }
    }
}

/// Returns SQLite's message for a syntax error, with the token in backticks.
fn told_by_sqlite(message: &str) -> String {
    let near = message.strip_prefix("near \"").and_then(|rest| rest.strip_suffix("\": syntax error"));
    match (near, unrecognized(message)) {
        (Some(token), _) => format!("syntax error near `{}`", first_line(token)),
        (None, Some(token)) => format!("unrecognized token `{token}`"),
        (None, None) => message.to_owned(),
    }
}

/// Returns the first line of a token, followed by `…` if there are more lines.
fn first_line(token: &str) -> String {
    match token.split_once('\n') {
        Some((line, _)) => format!("{}…", line.trim_end()),
        None => token.to_owned(),
    }
}

fn unrecognized(message: &str) -> Option<&str> {
    message.strip_prefix("unrecognized token: \"")?.strip_suffix('"')
}

/// Returns `true` if the message reports a literal that is not closed. SQLite reads it as one token
/// up to the end of the text.
fn is_open_literal(message: &str) -> bool {
    unrecognized(message).is_some_and(|token| token.contains(['\'', '"', '`', '[']))
}
