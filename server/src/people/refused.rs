//! The reasons to refuse a request about accounts.

use std::time::Duration;

use headers::{HeaderMapExt, RetryAfter};
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

/// The reason why a request was refused. The message is for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("Not authenticated")]
    NotAuthenticated,
    #[error("Incorrect username or password")]
    WrongPassword,
    #[error("Inactive user")]
    Inactive,
    #[error("Only the owner of the server can do this")]
    NotOwner,
    #[error("Too many attempts to log in; try again later")]
    TooManyAttempts { wait: Duration },
    #[error("Registration is closed; the operator of the server creates accounts with `server user create`")]
    Closed,
    #[error("The first account needs the code that the server prints when it starts")]
    Code,
    #[error("Username already registered")]
    UsernameTaken,
    #[error("Email already registered")]
    EmailTaken,
    #[error(
        "Invalid username: expected 1 to 64 characters, without control characters or spaces at either end"
    )]
    Username,
    #[error("Invalid email address: expected `@` and at most 254 characters")]
    Email,
    #[error("Invalid password: expected 8 to 1024 bytes")]
    Password,
    #[error("Invalid name: expected at most 100 characters, without control characters")]
    Name,
    #[error("Invalid number of days: expected 1 to 3650")]
    Days,
    #[error("Expected {0}")]
    Body(&'static str),
    #[error("Token not found")]
    NoToken,
}

impl Refused {
    /// Returns the HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotAuthenticated | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::Inactive | Self::UsernameTaken | Self::EmailTaken => StatusCode::BAD_REQUEST,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Closed | Self::Code | Self::NotOwner => StatusCode::FORBIDDEN,
            Self::Username | Self::Email | Self::Password | Self::Name | Self::Days | Self::Body(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::NoToken => StatusCode::NOT_FOUND,
        }
    }

    /// Adds the headers that the status requires.
    pub(crate) fn write_headers(&self, headers: &mut HeaderMap) {
        match self {
            Self::NotAuthenticated | Self::WrongPassword => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooManyAttempts { wait } => {
                // The header contains whole seconds.
                headers.typed_insert(RetryAfter::delay(Duration::from_secs(wait.as_secs() + 1)));
            }
            _ => {}
        }
    }
}
