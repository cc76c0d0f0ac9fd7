//! The message of an SQLite error.

/// Returns SQLite's message, and the byte offset in the statement if SQLite reports one. rusqlite
/// appends the statement to the message; this function removes it.
pub fn words_of(error: &rusqlite::Error) -> (String, Option<usize>) {
    match error {
        // Before 0.41, rusqlite has this variant only with its bundled bindings.
        #[cfg(feature = "bundled")]
        rusqlite::Error::SqlInputError { msg, offset, .. } => (msg.clone(), usize::try_from(*offset).ok()),
        rusqlite::Error::SqliteFailure(_, Some(message)) => (message.clone(), None),
        other => without_statement(other.to_string()),
    }
}

/// Splits `<message> in <statement> at offset <byte>`. rusqlite formats its message this way if
/// another crate enabled its bundled bindings and the feature of this crate is disabled.
fn without_statement(text: String) -> (String, Option<usize>) {
    let parts = text.rsplit_once(" at offset ").and_then(|(words, offset)| {
        let (message, _) = words.split_once(" in ")?;
        Some((message.to_owned(), offset.parse().ok()?))
    });
    parts.map_or((text, None), |(message, offset)| (message, Some(offset)))
}
