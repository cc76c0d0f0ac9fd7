//! Names, as SQLite compares them and as they are written.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use sqlite3_parser::dialect::keyword_token;

use crate::script::sqlite::quoted;

/// A name that refers to something: it is kept as it is written, and compared as SQLite compares it, without regard to the case of ASCII
/// letters. The type of a column is one as well.
#[derive(Clone, Default)]
pub struct Name {
    written: String,
    /// In lowercase, where it is not written so.
    folded: Option<String>,
}

impl Name {
    /// A name, without quotes.
    pub fn new(name: impl Into<String>) -> Self {
        let written = name.into();
        let has_capitals = written.bytes().any(|letter| letter.is_ascii_uppercase());
        Self { folded: has_capitals.then(|| written.to_ascii_lowercase()), written }
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The name in the letters that it is compared in.
    #[must_use]
    pub fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.written)
    }

    /// Whether a text is this name.
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

/// A name as a careful person writes it: in quotes only where it needs them (<https://sqlite.org/lang_keywords.html>).
#[must_use]
pub fn identifier(name: &str) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    if begins && name.chars().all(is_word) && !is_keyword(name) { name.to_owned() } else { quoted(name) }
}

/// The function asked takes no single letter.
fn is_keyword(name: &str) -> bool {
    name.len() > 1 && keyword_token(name.as_bytes()).is_some()
}
