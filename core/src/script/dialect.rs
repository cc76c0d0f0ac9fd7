//! The SQL dialect of a folder's scripts.

use std::fmt;
use std::str::FromStr;

/// An SQL dialect.
///
/// Both variants exist in every build, because a chain records its dialect. Scripts in PostgreSQL's
/// dialect can be read only with the `postgres` feature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// SQLite's dialect.
    #[default]
    Sqlite,
    /// PostgreSQL's dialect.
    Postgresql,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgresql];

    /// Returns the name of the dialect in settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
        }
    }

    /// Returns the name of the database.
    #[must_use]
    pub fn database(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgresql => "PostgreSQL",
        }
    }

    /// Returns `true` if this build can read scripts in the dialect.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgresql => cfg!(feature = "postgres"),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// A word that is not the name of a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect `{0}`: expected `sqlite` or `postgresql`")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(word: &str) -> Result<Self, UnknownDialect> {
        let found = Self::ALL.into_iter().find(|dialect| dialect.word() == word);
        found.ok_or_else(|| UnknownDialect(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn a_dialect_is_parsed_from_its_word() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.word().parse(), Ok(dialect));
        }
        let error = "postgres".parse::<Dialect>().map_err(|error| error.to_string());
        assert_eq!(error, Err("unknown dialect `postgres`: expected `sqlite` or `postgresql`".to_owned()));
    }
}
