//! Names, both as SQLite compares them and as they are written.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use sqlite3_parser::dialect::keyword_token;

use crate::script::sqlite::quoted;

/// A name that refers to something. It is stored as written, and compared as SQLite compares it:
/// the case of ASCII letters does not matter. The type of a column is also a name.
#[derive(Clone, Default)]
pub struct Name {
    written: String,
    /// The name in lowercase, or `None` if it is already in lowercase.
    folded: Option<String>,
}

impl Name {
    /// Creates a name from a string that has no quotes.
    pub fn new(name: impl Into<String>) -> Self {
        let written = name.into();
        let has_capitals = written.bytes().any(|letter| letter.is_ascii_uppercase());
        Self { folded: has_capitals.then(|| written.to_ascii_lowercase()), written }
    }

    /// Returns the name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Returns the name in lowercase, for comparisons.
    #[must_use]
    pub fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.written)
    }

    /// Returns `true` if a string equals this name, ignoring the case of ASCII letters.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.written.eq_ignore_ascii_case(other)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(formatter)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for Name {}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}

/// Writes a name as an identifier, with quotes only if they are required
/// (<https://sqlite.org/lang_keywords.html>).
#[must_use]
pub fn identifier(name: &str) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    if begins && name.chars().all(is_word) && !is_keyword(name) { name.to_owned() } else { quoted(name) }
}

/// Returns `true` if a name is a keyword. `keyword_token` does not accept a single letter.
fn is_keyword(name: &str) -> bool {
    name.len() > 1 && keyword_token(name.as_bytes()).is_some()
}
