//! Views and triggers that are maintained as files, with one object per file, in the `repeatable`
//! subfolder of the scripts.
//!
//! Rule: if there is at least one file, the files define all views and triggers at the head. A new,
//! changed or removed file requires a revision, which autogenerate writes. A chain never runs these
//! files.

use std::collections::BTreeMap;

use aludel_core::folder::File;
use aludel_core::problem::{self, Explain, Place, Problem, Source, Words, words};
use aludel_core::schema::{Changes, Kind, Name};
use aludel_core::script::sqlite::{TokenType, tokens};
use aludel_core::script::{self, Grammar};

use super::{COMMAND, Statement};

/// The kind and name of an object.
type Key = (Kind, Name);

/// Reads the files. Views come before the triggers on them.
///
/// # Errors
///
/// Returns an error for each file that does not consist of one valid statement, and for each name
/// that is used twice.
pub(super) fn read(files: &[File]) -> Result<Vec<Statement>, Vec<Problem>> {
    let mut objects: BTreeMap<Key, Statement> = BTreeMap::new();
    let mut problems = Vec::new();
    for file in files {
        match read_file(file) {
            Ok((key, statement)) => match objects.get(&key) {
                Some(first) => problems.extend(used_twice(&key, &statement, first)),
                None => drop(objects.insert(key, statement)),
            },
            Err(found) => problems.extend(found),
        }
    }
    problem::sort(&mut problems);
    if problems.is_empty() { Ok(objects.into_values().collect()) } else { Err(problems) }
}

fn read_file(file: &File) -> Result<(Key, Statement), Vec<Problem>> {
    let (decoded, broken_at) = Source::decode(&file.path, &file.bytes);
    if let Some(span) = broken_at {
        let place = Place { source: decoded.into(), span };
        return Err(vec![Problem::at(place, &RepeatableFault::NotUtf8)]);
    }
    let (source, spans, problems) = script::parse_sql(&file.path, &decoded.text, &mut Grammar::default());
    if !problems.is_empty() {
        return Err(problems);
    }
    let place = |span| Place { source: source.clone(), span };
    let unexpected = |span| vec![Problem::at(place(span), &RepeatableFault::Unexpected)];
    let Some((first, others)) = spans.split_first() else { return Err(unexpected(0..0)) };
    let sql = source.text.get(first.clone()).unwrap_or_default();
    let Some(key) = key_of(sql) else { return Err(unexpected(first.clone())) };
    match others.first() {
        Some(second) => Err(unexpected(second.clone())),
        None => Ok((key, Statement { sql: sql.to_owned(), place: Some(place(first.clone())) })),
    }
}

/// Returns the view or trigger that a statement creates, or `None` for any other statement.
fn key_of(sql: &str) -> Option<Key> {
    let tokens = tokens(sql);
    let mut rest = tokens
        .iter()
        .filter(|token| !matches!(token.kind, TokenType::TK_IF | TokenType::TK_NOT | TokenType::TK_EXISTS));
    let verb = rest.next()?.kind;
    let kind = match rest.next()?.kind {
        TokenType::TK_VIEW => Kind::View,
        TokenType::TK_TRIGGER => Kind::Trigger,
        _ => return None,
    };
    let (first, after) = (rest.next()?, rest.next()?);
    let name = if after.kind == TokenType::TK_DOT { rest.next()? } else { first };
    (verb == TokenType::TK_CREATE).then(|| (kind, Name::new(name.name())))
}

fn used_twice((kind, name): &Key, statement: &Statement, first: &Statement) -> Option<Problem> {
    let other = first.place.as_ref()?.source.path.clone();
    let fault = RepeatableFault::UsedTwice { kind: *kind, name: name.as_str().to_owned(), other };
    Some(Problem::at(statement.place.clone()?, &fault))
}

/// Removes the views and triggers from the changes, and returns an error for each. If an object has
/// a file, the error is at that file.
pub(super) fn differences(files: &[Statement], changes: &mut Changes) -> Vec<Problem> {
    if files.is_empty() {
        return Vec::new();
    }
    let keyed = files.iter().filter_map(|file| Some((key_of(&file.sql)?, file.place.clone()?)));
    let places: BTreeMap<Key, Place> = keyed.collect();
    let mut problems = Vec::new();
    changes.objects.retain(|key, change| {
        let (kind, name) = (key.0, key.1.as_str().to_owned());
        if !matches!(kind, Kind::View | Kind::Trigger) {
            return true;
        }
        problems.push(match places.get(key) {
            Some(place) => {
                let is_new = change.was.is_some() != change.is.is_some();
                Problem::at(place.clone(), &RepeatableFault::Differs { kind, name, is_new })
            }
            None => Problem::overall(&RepeatableFault::WithoutFile { kind, name }),
        });
        false
    });
    problem::sort(&mut problems);
    problems
}

/// The reason why a file is rejected or differs from the head.
#[derive(Debug, Clone, PartialEq, Eq)]
enum RepeatableFault {
    NotUtf8,
    Unexpected,
    UsedTwice { kind: Kind, name: String, other: String },
    Differs { kind: Kind, name: String, is_new: bool },
    WithoutFile { kind: Kind, name: String },
}

impl Explain for RepeatableFault {
    fn words(&self) -> Words {
        match self {
            Self::NotUtf8 => words(
                "repeatable-not-utf-8",
                "this file is not UTF-8",
                "the first byte that is not UTF-8 is here",
                "save the file as UTF-8",
            ),
            Self::Unexpected => words(
                "repeatable-statement",
                "a file in the `repeatable` folder must contain one `CREATE VIEW` or `CREATE TRIGGER` and nothing else",
                "found here",
                "move other statements into a migration script, and each view and trigger into its own file",
            ),
            Self::UsedTwice { kind, name, other } => words(
                "repeatable-used-twice",
                format!("{} `{name}` is also defined in `{other}`", kind.word()),
                "this is the second definition",
                "remove one of the two files",
            ),
            Self::Differs { kind, name, is_new: true } => words(
                "repeatable-differs",
                format!("{} `{name}` is missing from the schema at the head", kind.word()),
                "no script creates it",
                format!("generate the missing migration with `{COMMAND}`"),
            ),
            Self::Differs { kind, name, is_new: false } => words(
                "repeatable-differs",
                format!("{} `{name}` differs from the schema at the head", kind.word()),
                "the scripts create it differently",
                format!("generate the missing migration with `{COMMAND}`, or restore the file"),
            ),
            Self::WithoutFile { kind, name } => words(
                "repeatable-without-file",
                format!(
                    "{} `{name}` is in the schema at the head, but has no file in the `repeatable` folder",
                    kind.word()
                ),
                "",
                format!(
                    "write a file that creates it, or generate the migration that drops it with `{COMMAND}`"
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use aludel_core::folder::File;

    use super::read;

    /// Returns the statements from the files, or the codes of the errors.
    fn outcome(files: &[(&str, &[u8])]) -> Vec<String> {
        let file = |(path, bytes): &(&str, &[u8])| File { path: (*path).to_owned(), bytes: bytes.to_vec() };
        match read(&files.iter().map(file).collect::<Vec<_>>()) {
            Ok(statements) => statements.into_iter().map(|statement| statement.sql).collect(),
            Err(problems) => problems.iter().map(|problem| problem.code().to_owned()).collect(),
        }
    }

    #[test]
    fn views_come_before_triggers_and_marks_and_line_endings_do_not_matter() {
        let trigger: &[u8] = b"CREATE TRIGGER a INSTEAD OF DELETE ON v BEGIN SELECT 1; END;";
        let view: &[u8] = b"\xEF\xBB\xBF-- The view\r\nCREATE VIEW v AS\r\nSELECT 1 AS a;\r\n";
        assert_eq!(
            outcome(&[("a.sql", trigger), ("v.sql", view)]),
            [
                "CREATE VIEW v AS\nSELECT 1 AS a;",
                "CREATE TRIGGER a INSTEAD OF DELETE ON v BEGIN SELECT 1; END;"
            ]
        );
    }

    #[test]
    fn err_files_that_are_not_one_view_or_trigger() {
        for text in ["", "-- only words", "CREATE TABLE t (a);", "CREATE VIEW v AS SELECT 1; SELECT 2;"] {
            assert_eq!(outcome(&[("v.sql", text.as_bytes())]), ["repeatable-statement"], "{text}");
        }
        assert_eq!(outcome(&[("v.sql", b"CREATE VIEW v AS SELECT '\xFF'")]), ["repeatable-not-utf-8"]);
        let (one, two): (&[u8], &[u8]) =
            (b"CREATE VIEW v AS SELECT 1", b"CREATE VIEW IF NOT EXISTS main.\"V\" AS SELECT 2");
        assert_eq!(outcome(&[("a.sql", one), ("b.sql", two)]), ["repeatable-used-twice"]);
    }
}
