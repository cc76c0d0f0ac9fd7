//! The messages of PostgreSQL errors, and the next step after them.

use postgres::error::{DbError, ErrorPosition, SqlState};

/// Returns the server's message with its detail, or the driver's message.
pub(crate) fn words_of(error: &postgres::Error) -> String {
    let Some(of_server) = error.as_db_error() else {
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
        return format!("{error}{}", cause.unwrap_or_default());
    };
    let detail = of_server.detail().map(|detail| format!(" ({})", detail.trim_end_matches('.')));
    format!("{}{}", of_server.message(), detail.unwrap_or_default())
}

/// Returns the next step after a PostgreSQL error, or `None` if there is nothing to suggest.
pub(crate) fn hint(error: &postgres::Error) -> Option<&'static str> {
    let Some(code) = error.code() else {
        if is_of_tls(error) {
            return Some(
                "check `sslmode` and `sslrootcert` in the URL, and the server's certificate: it must be valid, and for `verify-full` it must list the host as a subject alternative name",
            );
        }
        return Some(
            "check that the server is running, and that the host, port, user and password are correct",
        );
    };
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        Some("run it as the owner of the objects, or set the role with `options=-crole=…` in the URL")
    } else if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        Some("another session holds a lock on the table: run it again when that session has ended")
    } else if *code == SqlState::QUERY_CANCELED {
        Some("increase the statement timeout, or run the script when the database is not busy")
    } else if *code == SqlState::ACTIVE_SQL_TRANSACTION {
        Some("move the statement to a separate script with `Outside Transaction: <reason>` in its header")
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        Some("create the database first, for example with `createdb`")
    } else if *code == SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE {
        Some(
            "PostgreSQL requires a commit between adding the value and using it: upgrade to the script that adds it, then run the rest",
        )
    } else {
        None
    }
}

/// Returns `true` if the connection could not be encrypted, or the server could not be verified.
/// The driver has no error code for this, only a message.
pub(super) fn is_of_tls(error: &postgres::Error) -> bool {
    error.to_string().starts_with("error performing TLS handshake")
}

/// Returns the byte offset in a statement to which the server's error points, or `None` if it
/// points nowhere in the statement.
pub(super) fn offset(statement: &str, error: &DbError) -> Option<usize> {
    let Some(ErrorPosition::Original(position)) = error.position() else { return None };
    let characters = usize::try_from(*position).ok()?.saturating_sub(1);
    statement.char_indices().nth(characters).map(|(byte, _)| byte)
}
