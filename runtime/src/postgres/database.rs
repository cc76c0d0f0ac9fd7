//! Parses the name of a database, and connects to it.

use std::fmt;
use std::str::FromStr as _;

use postgres::{CancelToken, Client, Config};

use super::encryption::{Encryption, Removed};
#[cfg(feature = "postgres-tls")]
use super::tls::{self, Failed};
use crate::{Error, InvalidDatabase};

/// The expected form, if no more specific message applies.
const EXPECTED: &str = "expected a URL such as `postgresql://user@localhost:5432/photosafe`";

/// A PostgreSQL database, named by its URL.
#[derive(Clone)]
pub struct Database {
    config: Config,
    encryption: Encryption,
    /// The URL without its password.
    shown: String,
}

impl Database {
    /// Returns `true` if `text` is a PostgreSQL URL, in the form of libpq or SQLAlchemy.
    pub fn is_named(text: &str) -> bool {
        scheme(text).is_some_and(|scheme| {
            let name = scheme.split('+').next().unwrap_or_default();
            name.eq_ignore_ascii_case("postgres") || name.eq_ignore_ascii_case("postgresql")
        })
    }

    /// Parses a URL such as `postgresql://user:password@host/database`. A driver name, as in
    /// SQLAlchemy's `postgresql+psycopg://`, is ignored.
    ///
    /// `sslmode` and `sslrootcert` have the same meaning as in libpq: `prefer`, the default, and
    /// `require` encrypt the connection, and `verify-full` also verifies the server.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a PostgreSQL URL. The error does not contain the
    /// password.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabase> {
        let shown = without_password(text);
        let invalid =
            |expected: String| InvalidDatabase { text: shown.clone(), expected, is_of_another_scheme: false };
        if !Self::is_named(text) {
            return Err(InvalidDatabase { is_of_another_scheme: true, ..invalid(EXPECTED.to_owned()) });
        }
        let rest = text.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
        let (before, query) = split_query(rest);
        let (query, removed) = Removed::from(query);
        let mut config = Config::from_str(&format!("postgresql://{before}?{query}")).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})"));
            invalid(format!("{EXPECTED}{}", cause.unwrap_or_default()))
        })?;
        let encryption = removed.apply(&mut config).map_err(|why| invalid(format!("{EXPECTED} ({why})")))?;
        if config.get_application_name().is_none() {
            config.application_name("aludel");
        }
        Ok(Self { config, encryption, shown })
    }

    /// Returns the settings of the connection.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the database with different connection settings, such as a different database name.
    /// The verification of the server does not change.
    #[must_use]
    pub fn with_config(&self, config: Config) -> Self {
        Self { config, ..self.clone() }
    }

    /// Connects to the database, with TLS if its URL requires it (feature `postgres-tls`).
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be reached, cannot be verified, or rejects the
    /// connection.
    #[cfg(feature = "postgres-tls")]
    pub fn connect(&self) -> Result<Client, Error> {
        tls::connect(&self.config, &self.encryption).map_err(|failed| match failed {
            Failed::Database(source) => {
                Error::Connect { database: self.shown.clone(), source: source.into() }
            }
            Failed::Certificates(why) => Error::Certificates { database: self.shown.clone(), why },
        })
    }

    /// Connects to the database, without TLS.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NoTls`] if the URL requires TLS. Returns another error if the server cannot
    /// be reached or rejects the connection.
    #[cfg(not(feature = "postgres-tls"))]
    pub fn connect(&self) -> Result<Client, Error> {
        if self.requires_tls() {
            return Err(Error::NoTls { database: self.shown.clone() });
        }
        let connected = self.config.connect(postgres::NoTls);
        connected.map_err(|source| Error::Connect { database: self.shown.clone(), source: source.into() })
    }

    /// Cancels a statement on a connection to this database. If that fails, the run stops after the
    /// statement.
    pub(super) fn cancel(&self, token: &CancelToken) {
        #[cfg(feature = "postgres-tls")]
        tls::cancel(token, &self.encryption);
        #[cfg(not(feature = "postgres-tls"))]
        if !self.requires_tls() {
            drop(token.cancel_query(postgres::NoTls));
        }
    }

    #[cfg(not(feature = "postgres-tls"))]
    fn requires_tls(&self) -> bool {
        let is_required = self.config.get_ssl_mode() == postgres::config::SslMode::Require;
        is_required || self.encryption != Encryption::default()
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

/// Splits a URL, given without its scheme, into the part before the query and the query. The driver
/// reads the user and password up to the first `@`, so they may contain any other character.
fn split_query(rest: &str) -> (&str, &str) {
    let user = rest.find('@').map_or(0, |at| at + 1);
    match rest.get(user..).and_then(|host| host.find('?')) {
        Some(query) => {
            let (before, query) = rest.split_at(user + query);
            (before, query.trim_start_matches('?'))
        }
        None => (rest, ""),
    }
}

/// Replaces the password of a URL, which may be in the authority or in the query. Also hides a
/// password with characters that should have been encoded. If in doubt, hides too much rather than
/// too little.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let has_password = rest.split_once('@').is_some_and(|(user, _)| user.contains(':'));
    let authority = if has_password { rest } else { split_query(rest).0 };
    let (user, place) = rest.split_at(authority.rfind('@').unwrap_or_default());
    let user = match user.split_once(':') {
        Some((name, _)) => format!("{name}:***"),
        None => user.to_owned(),
    };
    let hidden = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("password") => {
            format!("{name}=***{}", if value.ends_with('&') { "&" } else { "" })
        }
        _ => part.to_owned(),
    };
    let shown: String = format!("{user}{place}").split_inclusive(['?', '&']).map(hidden).collect();
    format!("{scheme}://{shown}")
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
            ("postgresql://me:p@s/secret@host/db", "postgresql://me:***@host/db"),
            (
                "postgresql://me:p@s?secret@host/db?connect_timeout=3",
                "postgresql://me:***@host/db?connect_timeout=3",
            ),
            ("postgresql://me@home:secret@host/db", "postgresql://me@home:***@host/db"),
            (
                "postgresql://me@host:1/db?application_name=a@b",
                "postgresql://me@host:1/db?application_name=a@b",
            ),
            ("postgresql:///db?password=sec@ret&host=/run", "postgresql:///db?password=***&host=/run"),
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
