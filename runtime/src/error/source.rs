//! An error from any kind of database.

use std::fmt;

#[cfg(feature = "sqlite")]
use aludel_core::script::sqlite::words_of;

/// An error from the database itself, as the driver's error type.
#[derive(Debug)]
#[non_exhaustive]
pub enum DatabaseError {
    /// An SQLite error.
    #[cfg(feature = "sqlite")]
    Sqlite(rusqlite::Error),
    /// A PostgreSQL error.
    #[cfg(feature = "postgres")]
    Postgres(postgres::Error),
}

impl DatabaseError {
    /// Returns the SQLite error, or `None` if the error is from another database.
    #[cfg(feature = "sqlite")]
    pub fn as_sqlite(&self) -> Option<&rusqlite::Error> {
        match self {
            Self::Sqlite(error) => Some(error),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Returns the PostgreSQL error, or `None` if the error is from another database.
    #[cfg(feature = "postgres")]
    pub fn as_postgres(&self) -> Option<&postgres::Error> {
        match self {
            Self::Postgres(error) => Some(error),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => None,
        }
    }
}

impl DatabaseError {
    /// Returns the next step, or `None` if there is nothing to suggest.
    pub(super) fn hint(&self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(error) => crate::sqlite::hint::hint(error),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => crate::postgres::hint(error),
        }
    }

    /// Returns the next step after an error on an open database, or `None` if there is nothing to
    /// suggest.
    pub(super) fn hint_of_open(&self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(error) => crate::sqlite::hint::hint_of_open(error),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => crate::postgres::hint(error),
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(error) => formatter.write_str(&words_of(error).0),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => formatter.write_str(&crate::postgres::words_of(error)),
        }
    }
}

impl std::error::Error for DatabaseError {}

#[cfg(feature = "sqlite")]
impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

#[cfg(feature = "postgres")]
impl From<postgres::Error> for DatabaseError {
    fn from(error: postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

/// Returns the message of a database error without its numeric code, or `None` for any other error.
pub(super) fn words(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    #[cfg(feature = "sqlite")]
    if let Some(error) = cause.downcast_ref::<rusqlite::Error>() {
        return Some(words_of(error).0);
    }
    cause.downcast_ref::<DatabaseError>().map(ToString::to_string)
}
