//! Reads the SQL of scripts in their dialect. The modules of the dialects contain the same
//! functions.

use std::ops::Range;

use super::dialect::Dialect;
use super::lexeme::Lexeme;
#[cfg(feature = "postgres")]
use super::postgres;
use super::reporter::Reporter;
use super::section::Rules;
use super::sqlite;

/// Reads the SQL of scripts in one dialect.
#[derive(Debug)]
pub enum Grammar {
    /// SQLite's grammar.
    Sqlite(sqlite::Grammar),
    /// PostgreSQL's tokens. A server checks the grammar.
    #[cfg(feature = "postgres")]
    Postgresql,
}

impl Default for Grammar {
    fn default() -> Self {
        Self::Sqlite(sqlite::Grammar::default())
    }
}

/// A build without the feature for a dialect never has scripts in that dialect.
impl Dialect {
    /// Returns the byte range of each statement in SQL text, including its semicolon.
    #[must_use]
    pub fn statements(self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Sqlite => sqlite::statements(text),
            #[cfg(feature = "postgres")]
            Self::Postgresql => postgres::statements(text),
            #[cfg(not(feature = "postgres"))]
            Self::Postgresql => Vec::new(),
        }
    }

    /// Returns `true` if two pieces of SQL have the same statements. They may differ in comments
    /// and in white space between tokens.
    #[must_use]
    pub fn same_statements(self, one: &str, other: &str) -> bool {
        match self {
            Self::Sqlite => sqlite::same_statements(one, other),
            #[cfg(feature = "postgres")]
            Self::Postgresql => postgres::same_statements(one, other),
            #[cfg(not(feature = "postgres"))]
            Self::Postgresql => one == other,
        }
    }

    /// Returns `true` if a statement has a reason to run outside a transaction.
    #[must_use]
    pub fn runs_outside(self, statement: &str) -> bool {
        match self {
            Self::Sqlite => sqlite::OutsideStatement::parse(statement).is_some(),
            #[cfg(feature = "postgres")]
            Self::Postgresql => postgres::OutsideStatement::parse(statement).is_some(),
            #[cfg(not(feature = "postgres"))]
            Self::Postgresql => false,
        }
    }
}

impl Grammar {
    /// Returns the grammar of a dialect, or `None` if this build does not contain it.
    #[must_use]
    pub fn new(dialect: Dialect) -> Option<Self> {
        match dialect {
            Dialect::Sqlite => Some(Self::default()),
            #[cfg(feature = "postgres")]
            Dialect::Postgresql => Some(Self::Postgresql),
            #[cfg(not(feature = "postgres"))]
            Dialect::Postgresql => None,
        }
    }

    /// Returns the dialect.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgresql => Dialect::Postgresql,
        }
    }

    /// Returns the comments and the SQL of the text, in order, without white space.
    pub(super) fn lex(&self, text: &str) -> Vec<Lexeme> {
        match self {
            Self::Sqlite(_) => sqlite::lexemes(text),
            #[cfg(feature = "postgres")]
            Self::Postgresql => postgres::lexemes(text),
        }
    }

    /// Reports errors in the gaps between tokens.
    pub(super) fn check_gaps(&self, text: &str, reporter: &mut Reporter) {
        match self {
            Self::Sqlite(_) => sqlite::check_gaps(text, reporter),
            #[cfg(feature = "postgres")]
            Self::Postgresql => {}
        }
    }

    /// Checks that a script with `Outside Transaction` has a statement that runs outside one.
    /// `sections` contains the statements of the upgrade and the downgrade.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "SQLite's dialect checks each section separately")
    )]
    pub(super) fn check_outside(&self, text: &str, sections: &[&[Range<usize>]], reporter: &mut Reporter) {
        match self {
            Self::Sqlite(_) => {}
            #[cfg(feature = "postgres")]
            Self::Postgresql => postgres::check_outside(text, sections, reporter),
        }
    }

    /// Checks the statements in part of the text and returns their byte ranges.
    pub(super) fn read(
        &mut self,
        text: &str,
        span: Range<usize>,
        rules: &Rules<'_>,
        reporter: &mut Reporter,
    ) -> Vec<Range<usize>> {
        match self {
            Self::Sqlite(grammar) => sqlite::read(text, span, rules.is_outside, (grammar, reporter)),
            #[cfg(feature = "postgres")]
            Self::Postgresql => postgres::read(text, span, rules, reporter),
        }
    }
}
