//! Which statements a script may contain if it runs outside a transaction.
//!
//! On SQLite, `VACUUM` is the only such statement. It also applies the file settings that two
//! pragmas request. The pragmas have no effect by themselves
//! (<https://sqlite.org/lang_vacuum.html>).

use std::ops::Range;

use super::{Kind, TokenType, lex};
use crate::problem::{Explain, Words, words};
use crate::script::reporter::Reporter;

/// A statement that runs outside a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideStatement {
    /// `VACUUM`, which rewrites the file and applies its settings.
    Vacuum,
    /// A pragma that requests a file setting.
    Setting {
        /// The name of the pragma.
        pragma: &'static str,
        /// The number that the pragma returns once the setting is applied.
        value: i64,
    },
}

/// The values of `auto_vacuum`, each at the index that is its number.
const AUTO_VACUUM: [&str; 3] = ["none", "full", "incremental"];

impl OutsideStatement {
    /// Parses a statement. Returns `None` if it cannot run outside a transaction.
    #[must_use]
    pub fn parse(sql: &str) -> Option<Self> {
        let lexemes = lex(sql).into_iter().filter_map(|lexeme| match lexeme.kind {
            Kind::Token(TokenType::TK_SEMI) | Kind::LineComment | Kind::BlockComment => None,
            _ => sql.get(lexeme.span).map(str::to_ascii_lowercase),
        });
        let words: Vec<String> = lexemes.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["vacuum"] | ["vacuum", "main"] => Some(Self::Vacuum),
            ["pragma", "main", ".", rest @ ..] | ["pragma", rest @ ..] => Self::setting(rest),
            _ => None,
        }
    }

    fn setting(words: &[&str]) -> Option<Self> {
        let (name, value) = match words {
            [name, "=", value] | [name, "(", value, ")"] => (*name, *value),
            _ => return None,
        };
        let number = |value: &str| value.parse::<i64>().ok();
        match name {
            "page_size" => Some(Self::Setting { pragma: "page_size", value: number(value)? }),
            "auto_vacuum" => {
                let named = AUTO_VACUUM.iter().zip(0..).find(|(word, _)| *word == &value);
                let value = named.map(|(_, number)| number).or_else(|| number(value))?;
                Some(Self::Setting { pragma: "auto_vacuum", value })
            }
            _ => None,
        }
    }
}

/// Checks a section that runs outside a transaction.
///
/// Rule: such a section contains one `VACUUM`, preceded only by the pragmas that it applies.
/// Running it again after an interruption then has the same result.
pub(super) fn check(text: &str, statements: &[Range<usize>], reporter: &mut Reporter) {
    let parse = |span: &Range<usize>| text.get(span.clone()).and_then(OutsideStatement::parse);
    let is_vacuum = |span: &&Range<usize>| parse(span) == Some(OutsideStatement::Vacuum);
    for span in statements.iter().filter(|span| parse(span).is_none()) {
        let sql = text.get(span.clone()).unwrap_or_default();
        let is_journal_mode = sql.to_ascii_lowercase().contains("journal_mode");
        reporter.report(span.clone(), &OutsideFault::NotOutside { is_journal_mode });
    }
    let Some(last) = statements.last().filter(|_| statements.iter().all(|span| parse(span).is_some())) else {
        return;
    };
    match statements.iter().find(is_vacuum) {
        None => reporter.report(last.clone(), &OutsideFault::NoVacuum),
        Some(vacuum) if vacuum != last => reporter.report(last.clone(), &OutsideFault::AfterVacuum),
        Some(_) => {}
    }
}

/// An error in a section that runs outside a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
enum OutsideFault {
    /// The statement belongs inside a transaction, or is not allowed at all.
    NotOutside { is_journal_mode: bool },
    /// There is no `VACUUM` to apply the pragmas.
    NoVacuum,
    /// A statement follows `VACUUM`.
    AfterVacuum,
}

impl Explain for OutsideFault {
    fn words(&self) -> Words {
        match self {
            Self::NotOutside { is_journal_mode } => words(
                "not-outside-transaction",
                "this statement cannot run outside a transaction",
                "expected `VACUUM`, or `PRAGMA page_size` or `PRAGMA auto_vacuum` before it",
                if *is_journal_mode {
                    "set the journal mode where the program opens the database, for example in `Migrator::prepare`"
                } else {
                    "move it to a separate script without `Outside Transaction`"
                },
            ),
            Self::NoVacuum => words(
                "setting-without-vacuum",
                "this pragma has no effect without `VACUUM`",
                "no `VACUUM` follows",
                "add `VACUUM;` below it: SQLite applies the setting when it rewrites the file",
            ),
            Self::AfterVacuum => words(
                "statement-after-vacuum",
                "found a statement after `VACUUM`, which must be the last statement of a section outside a transaction",
                "this statement follows `VACUUM`",
                "move pragmas above `VACUUM`, and a second `VACUUM` to a separate script: after an interruption, the whole section runs again",
            ),
        }
    }
}
