//! The name of a database, and connections to it.

use std::fmt;
use std::str::FromStr as _;

use postgres::{Client, Config, NoTls};

use crate::{Error, InvalidDatabase};

/// The expectation in the general case.
const EXPECTED: &str = "expected a URL such as `postgresql://user@localhost:5432/photosafe`";

/// A database of PostgreSQL, by its URL.
#[derive(Clone)]
pub struct Database {
    config: Config,
    /// The URL without its password.
    shown: String,
}

impl Database {
    /// Returns `true` if text is a URL of PostgreSQL, in the form of libpq or of SQLAlchemy.
    pub fn is_named(text: &str) -> bool {
        scheme(text).is_some_and(|scheme| {
            let name = scheme.split('+').next().unwrap_or_default();
            name.eq_ignore_ascii_case("postgres") || name.eq_ignore_ascii_case("postgresql")
        })
    }

    /// Parses a URL, such as `postgresql://user:password@host/database`. A driver that SQLAlchemy
    /// names (`postgresql+psycopg://`) is ignored.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a URL of PostgreSQL. It does not contain the password.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabase> {
        let shown = without_password(text);
        let invalid =
            |expected: String| InvalidDatabase { text: shown.clone(), expected, is_of_another_scheme: false };
        if !Self::is_named(text) {
            return Err(InvalidDatabase { is_of_another_scheme: true, ..invalid(EXPECTED.to_owned()) });
        }
        let rest = text.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
        let config = Config::from_str(&format!("postgresql://{rest}"));
        match config {
            Ok(mut config) => {
                if config.get_application_name().is_none() {
                    config.application_name("aludel");
                }
                Ok(Self { config, shown })
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})"));
                Err(invalid(format!("{EXPECTED}{}", cause.unwrap_or_default())))
            }
        }
    }

    /// Returns the settings of the connection.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Connects to the database.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be reached or rejects the connection.
    pub fn connect(&self) -> Result<Client, Error> {
        let connected = self.config.connect(NoTls);
        connected.map_err(|source| Error::Connect { database: self.shown.clone(), source: source.into() })
    }
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Database").field(&self.shown).finish()
    }
}

fn scheme(text: &str) -> Option<&str> {
    text.split_once("://").map(|(scheme, _)| scheme)
}

/// Replaces the password of a URL, which may be in the authority or in the query.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    // The driver reads user and password up to the first `@`.
    let user = rest.find('@').map_or(0, |at| at + 1);
    let end = rest.get(user..).and_then(|host| host.find(['/', '?'])).map_or(rest.len(), |end| user + end);
    let (authority, path) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => format!("{user}@{host}"),
        },
        None => authority.to_owned(),
    };
    let path = match path.split_once('?') {
        Some((path, query)) => {
            let hidden = |pair: &str| match pair.split_once('=') {
                Some((name, _)) if name.eq_ignore_ascii_case("password") => format!("{name}=***"),
                _ => pair.to_owned(),
            };
            let query: Vec<String> = query.split('&').map(hidden).collect();
            format!("{path}?{}", query.join("&"))
        }
        None => path.to_owned(),
    };
    format!("{scheme}://{authority}{path}")
}

#[cfg(test)]
mod tests {
    use super::{Database, without_password};

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgresql://me:secret@host/db", "postgresql://me:***@host/db"),
            (
                "postgres://me@host/db?password=secret&sslmode=disable",
                "postgres://me@host/db?password=***&sslmode=disable",
            ),
            ("postgresql://me:a:b@host", "postgresql://me:***@host"),
            ("postgresql:///db?host=/run", "postgresql:///db?host=/run"),
            ("postgresql://me:sec/r?et@localhost:1/db", "postgresql://me:***@localhost:1/db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
        let error = Database::parse("mysql://me:secret@host/db").err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| !error.contains("secret")));
    }

    #[test]
    fn the_driver_that_sqlalchemy_names_is_ignored() -> Result<(), crate::InvalidDatabase> {
        let database = Database::parse("postgresql+psycopg://me@localhost/photosafe")?;
        assert_eq!(database.config().get_dbname(), Some("photosafe"));
        assert!(!Database::is_named("photosafe.db"));
        Ok(())
    }
}
