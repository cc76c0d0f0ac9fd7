//! Parses the name of a database: a path, or a URL in the form of SQLAlchemy, sqlx and other
//! programs.
//!
//! Text that is neither a path nor a known URL is rejected. If it were treated as a path, it would
//! create a new file with that name instead of opening the intended database.

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use crate::InvalidDatabase;

/// The expected form, if no more specific message applies.
const EXPECTED: &str = "expected a path, or `sqlite:///` and a path such as `sqlite:///./photosafe.db`";

/// The path of an in-memory database.
pub(crate) const MEMORY: &str = ":memory:";

/// A parsed database name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    pub(crate) mode: Mode,
    /// The absolute path that other programs would read in a URL such as `sqlite:///var/app.db`,
    /// which SQLAlchemy reads as relative.
    pub(crate) absolute: Option<PathBuf>,
}

/// The access to the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Read and write the file, and create it if it is missing.
    #[default]
    Create,
    /// Read and write an existing file.
    Write,
    /// Read an existing file.
    Read,
}

impl Mode {
    /// Converts the mode to SQLite's flags.
    pub(crate) fn flags(self) -> OpenFlags {
        match self {
            Self::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Self::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Self::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        }
    }
}

/// Parses the name of a database.
pub(crate) fn parse(text: &str) -> Result<Named, InvalidDatabase> {
    if let Some(within) = within_quotes(text) {
        return Err(invalid(text, format!("expected it without quotes, `{within}`")));
    }
    match scheme(text) {
        None => named(text, text, Mode::Create),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sqlite") => of_url(text, rest),
        Some((scheme, rest)) => Err(InvalidDatabase {
            is_of_another_scheme: true,
            ..invalid(text, format!("{EXPECTED}{}", respelled(text, scheme, rest)))
        }),
    }
}

/// Parses the text after `sqlite:`.
fn of_url(text: &str, rest: &str) -> Result<Named, InvalidDatabase> {
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    if query == Some("mode=memory") {
        return named(text, MEMORY, Mode::Create);
    }
    let mode = match query {
        None | Some("mode=rwc") => Mode::Create,
        Some("mode=rw") => Mode::Write,
        Some("mode=ro") => Mode::Read,
        Some(query) => {
            let expected = "expected `mode=` with `rwc`, `rw`, `ro` or `memory` after `?`";
            return Err(invalid(text, format!("{expected}, found `{query}`")));
        }
    };
    let Some(relative) = path.strip_prefix("///") else {
        return named(text, path.strip_prefix("//").unwrap_or(path), mode);
    };
    let is_in_doubt = !relative.starts_with(['/', '.', ':']) && !is_on_drive(relative);
    let absolute = is_in_doubt.then(|| Path::new("/").join(relative));
    Ok(Named { absolute, ..named(text, relative, mode)? })
}

fn named(text: &str, path: &str, mode: Mode) -> Result<Named, InvalidDatabase> {
    if path.is_empty() || path.contains('\0') || scheme(path).is_some() || within_quotes(path).is_some() {
        return Err(invalid(text, EXPECTED.to_owned()));
    }
    Ok(Named { path: PathBuf::from(path), mode, absolute: None })
}

fn invalid(text: &str, expected: String) -> InvalidDatabase {
    InvalidDatabase { text: text.to_owned(), expected, is_of_another_scheme: false }
}

/// Splits the text at the first colon after a scheme. A single letter is a Windows drive, not a
/// scheme.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(':')?;
    let is_word = word.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-._".contains(letter));
    (is_word && word.len() > 1).then_some((word, rest))
}

/// Returns `true` if a path begins with a Windows drive, which every program reads as absolute.
fn is_on_drive(path: &str) -> bool {
    let mut start = path.chars();
    start.next().is_some_and(|letter| letter.is_ascii_alphabetic()) && start.next() == Some(':')
}

fn within_quotes(text: &str) -> Option<&str> {
    let within = ['\'', '"', '`'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    within.map(str::trim)
}

/// The programs that use such names for SQLite databases.
const OF_SQLITE: [&str; 5] = ["file", "sqlite3", "jdbc", "sqlite+aiosqlite", "sqlite+pysqlite"];

/// Suggests how to write the intended database, if it can be determined.
fn respelled(text: &str, scheme: &str, rest: &str) -> String {
    let path = rest.trim_start_matches("sqlite:").split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = if scheme == "file" { path } else { path.strip_prefix('/').unwrap_or(path) };
    if OF_SQLITE.contains(&scheme) && (path == MEMORY || rest.contains("mode=memory")) {
        format!("; for an in-memory database, write `{MEMORY}`")
    } else if OF_SQLITE.contains(&scheme) && !path.is_empty() {
        format!("; for the file `{path}`, write `{path}` or `sqlite:{path}`")
    } else if rest.starts_with("//") {
        String::new()
    } else {
        format!("; for a file with this name, write `./{text}`")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Mode, Named, parse};
    use std::path::{Path, PathBuf};

    fn named(path: &str, mode: Mode, absolute: Option<&str>) -> Named {
        Named { path: PathBuf::from(path), mode, absolute: absolute.map(PathBuf::from) }
    }

    #[test]
    fn a_path_or_a_url_as_other_programs_write_it() {
        for (text, path, mode, absolute) in [
            ("photosafe.db", "photosafe.db", Mode::Create, None),
            ("/var/ü.db", "/var/ü.db", Mode::Create, None),
            (":memory:", ":memory:", Mode::Create, None),
            ("./sqlite:app.db", "./sqlite:app.db", Mode::Create, None),
            ("c:\\app.db", "c:\\app.db", Mode::Create, None),
            ("2026-01-15T10:30.db", "2026-01-15T10:30.db", Mode::Create, None),
            ("what?.db", "what?.db", Mode::Create, None),
            ("sqlite:app.db", "app.db", Mode::Create, None),
            ("SQLite:app.db", "app.db", Mode::Create, None),
            ("sqlite:/var/app.db", "/var/app.db", Mode::Create, None),
            ("sqlite://app.db", "app.db", Mode::Create, None),
            ("sqlite://data/app.db", "data/app.db", Mode::Create, None),
            ("sqlite:c:\\app.db", "c:\\app.db", Mode::Create, None),
            ("sqlite:///app.db", "app.db", Mode::Create, Some("/app.db")),
            ("sqlite:///C:/app.db", "C:/app.db", Mode::Create, None),
            ("sqlite:///./app.db", "./app.db", Mode::Create, None),
            ("sqlite:///../app.db", "../app.db", Mode::Create, None),
            ("sqlite:////var/lib/app.db", "/var/lib/app.db", Mode::Create, None),
            ("sqlite:app.db?mode=rwc", "app.db", Mode::Create, None),
            ("sqlite://app.db?mode=rw", "app.db", Mode::Write, None),
            ("sqlite:///app.db?mode=ro", "app.db", Mode::Read, Some("/app.db")),
            ("sqlite:app.db?mode=memory", ":memory:", Mode::Create, None),
            ("sqlite::memory:", ":memory:", Mode::Create, None),
            ("sqlite://:memory:", ":memory:", Mode::Create, None),
            ("sqlite:///:memory:", ":memory:", Mode::Create, None),
        ] {
            assert_eq!(parse(text).ok(), Some(named(path, mode, absolute)), "{text}");
        }
    }

    #[test]
    fn err_what_is_no_path_is_told_with_the_right_spelling() {
        for (text, expected) in [
            ("", "expected a path"),
            ("sqlite:", "expected a path"),
            ("sqlite://", "expected a path"),
            ("sqlite:///", "expected a path"),
            ("sqlite:file:app.db", "expected a path"),
            ("sqlite:'app.db'", "expected a path"),
            ("a\0b", "expected a path"),
            ("sqlite:///x.db?timeout=30", "found `timeout=30`"),
            ("'app.db'", "without quotes, `app.db`"),
            ("\"sqlite:app.db\"", "without quotes, `sqlite:app.db`"),
            ("`app.db`", "without quotes, `app.db`"),
            ("file:app.db", "write `app.db` or `sqlite:app.db`"),
            ("file:app.db?vfs=unix-none", "write `app.db` or `sqlite:app.db`"),
            ("file:///var/app.db", "write `/var/app.db` or"),
            ("file::memory:", "write `:memory:`"),
            ("file:app.db?mode=memory&cache=shared", "write `:memory:`"),
            ("sqlite3:app.db", "write `app.db` or"),
            ("jdbc:sqlite:app.db", "write `app.db` or"),
            ("postgresql://localhost/photosafe", "expected a path, or `sqlite:///`"),
            ("sqlite+aiosqlite:///app.db", "write `app.db` or"),
            ("env:DB", "for a file with this name, write `./env:DB`"),
            ("my.db:backup", "write `./my.db:backup`"),
        ] {
            let reported = parse(text).map_err(|error| error.to_string());
            assert!(
                reported.as_ref().is_err_and(|reported| reported.contains(expected)),
                "{text}: {reported:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_prefix_makes_a_file_with_its_name(word in "[A-Za-z][A-Za-z0-9+.-]{1,8}", path in "[a-z/]{0,8}") {
            let text = format!("{word}:{path}");
            let path = parse(&text).ok().map(|named| named.path);
            prop_assert!(path.as_deref() != Some(Path::new(&text)), "{}", text);
        }
    }
}
