//! The errors in one file, as data and as messages.

use super::dialect::Dialect;
use super::section_kind::SectionKind;
use crate::problem::{Explain, Problem, Words, words};

/// An error in the text of a file as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum FileFault {
    NotUtf8,
    NulByte { dialect: Dialect },
    NotAScript,
    NoHeader,
    NoMessage,
}

impl Explain for FileFault {
    fn words(&self) -> Words {
        match self {
            Self::NotUtf8 => words(
                "not-utf-8",
                "this script is not UTF-8",
                "the first byte that is not UTF-8 is here",
                "save the file as UTF-8",
            ),
            Self::NulByte { dialect: Dialect::Sqlite } => words(
                "nul-byte",
                "this script contains a NUL byte, at which SQLite would silently stop reading",
                "the NUL byte is here",
                "remove the byte; in SQL, write `char(0)` or a blob literal such as `x'00'`",
            ),
            Self::NulByte { dialect: Dialect::Postgresql } => words(
                "nul-byte",
                "this script contains a NUL byte, which PostgreSQL cannot store in text",
                "the NUL byte is here",
                r"remove the byte; in a `bytea` literal, write `'\x00'`",
            ),
            Self::NotAScript => words(
                "not-a-migration",
                "this file is not a migration script: it has no keys and no sections",
                "expected the header of a script here",
                "if it is meant to be one, begin it with `-- <message>`, `--`, `-- Revision ID: <id>` and `-- Revises: <down revision>`, \
                 and mark its sections with `-- upgrade` and `-- downgrade`; otherwise move it out of the folder of scripts",
            ),
            Self::NoHeader => words(
                "no-header",
                "this script has no header",
                "expected the message and the keys above this line",
                "begin the file with `-- <message>`, `--`, `-- Revision ID: <id>` and `-- Revises: <down revision>`",
            ),
            Self::NoMessage => words(
                "no-message",
                "this script has no message",
                "expected the message in the first comment line",
                "describe the script in the first comment line, for example `-- Add the favourite flag to photos`",
            ),
        }
    }
}

/// An error in the keys of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum HeaderFault {
    NoKeys,
    NoRevisionId,
    NoRevises,
    NearlyAKey { found: String, key: &'static str },
    KeyTwice { key: &'static str },
    EmptyKey { key: &'static str },
    NoOrigin,
    NoCount { found: String },
}

impl HeaderFault {
    /// Returns `true` if a header lacks `Revises`. The script's place in the graph is then unknown.
    pub(crate) fn hides_parents(problem: &Problem) -> bool {
        matches!(problem.fault(), Some(Self::NoRevises))
    }
}

impl Explain for HeaderFault {
    fn words(&self) -> Words {
        match self {
            Self::NoKeys => words(
                "no-keys",
                "the header has no `Revision ID` and no `Revises`",
                "expected both keys below this line",
                "add the lines `-- Revision ID: <id>`, with the ID from the file name, and `-- Revises: <down revision>`, with nothing after the colon for a base",
            ),
            Self::NoRevisionId => words(
                "no-revision-id",
                "the header has no `Revision ID`",
                "expected `Revision ID` next to this key",
                "add the line `-- Revision ID: <id>`, with the ID from the file name",
            ),
            Self::NoRevises => words(
                "no-revises",
                "the header has no `Revises`",
                "expected `Revises` next to this key",
                "add the line `-- Revises: <down revision>`; for a base, which has no down revision, add `-- Revises:` with nothing after it",
            ),
            Self::NearlyAKey { found, key } => words(
                "nearly-a-key",
                format!("unknown key `{found}` in the header"),
                format!("did you mean `{key}`?"),
                format!("write `{key}`; if this line is prose, rephrase it or remove the colon"),
            ),
            Self::KeyTwice { key } => words(
                "key-twice",
                format!("`{key}` is duplicated in this header"),
                "this is the duplicate",
                if *key == "Revises" || *key == "Depends On" || *key == "Branch Labels" {
                    format!("keep one line, and separate multiple values with commas: `-- {key}: a, b`")
                } else {
                    "keep one of the two lines".to_owned()
                },
            ),
            Self::EmptyKey { key } => words(
                "empty-key",
                format!("`{key}` has no value"),
                "expected a value after the colon",
                if *key == "Unproved" {
                    "explain why the compiler cannot execute this script, or remove the line".to_owned()
                } else if *key == "Irreversible" {
                    "explain why this script cannot be reverted, or remove the line".to_owned()
                } else {
                    "write a value, or remove the line".to_owned()
                },
            ),
            Self::NoOrigin => words(
                "no-origin",
                "`Imported From` has a tool, but no version",
                "expected the tool, and the migration's version in the tool's table",
                "write both, for example `-- Imported From: sqlx 20240101000000`, or remove the line",
            ),
            Self::NoCount { found } => words(
                "no-count",
                format!("`Replaces` is not a number of revisions: `{found}`"),
                "expected a number, such as `60 revisions`",
                "restore the line from version control: only `aludel squash` writes it",
            ),
        }
    }
}

/// An error in IDs, labels or the file name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum NameFault {
    IllegalId { id: String, why: &'static str },
    IllegalLabel { label: String, why: &'static str },
    NamedTwice { key: &'static str, name: String },
    FileNameWithoutId { id: String, file_name: String },
}

impl Explain for NameFault {
    fn words(&self) -> Words {
        match self {
            Self::IllegalId { id, .. } if id.is_empty() => words(
                "illegal-id",
                "the revision ID is empty",
                "expected the ID after the colon",
                "write the ID from the file name: 1 to 32 characters of `A-Z a-z 0-9 _ .`",
            ),
            Self::IllegalId { id, why } => words(
                "illegal-id",
                format!("invalid revision ID `{id}`: {why}"),
                "this ID",
                "use 1 to 32 characters of `A-Z a-z 0-9 _ .`, but not `head`, `heads`, `base` or `current`",
            ),
            Self::IllegalLabel { label, why } => words(
                "illegal-label",
                format!("invalid branch label `{label}`: {why}"),
                "this label",
                "use letters, digits, `_`, `.` and `-`, beginning with a letter, but not `head`, `heads`, `base` or `current`",
            ),
            Self::NamedTwice { key, name } => words(
                "named-twice",
                format!("`{name}` is duplicated in `{key}`"),
                "this is the duplicate",
                "remove the duplicate",
            ),
            Self::FileNameWithoutId { id, file_name } => words(
                "file-name-without-id",
                format!("the file name does not contain the revision ID `{id}`"),
                format!("the file is named `{file_name}`"),
                format!(
                    "rename the file to `{id}_<slug>.sql` or `YYYY_MM_DD_HHMM-{id}_<slug>.sql`, or correct the ID"
                ),
            ),
        }
    }
}

/// A kind of place at which a missing section is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerHint {
    /// A comment line that resembles the marker.
    Nearly,
    /// The marker, inside a literal.
    InLiteral,
    /// The marker, inside a block comment.
    InComment,
    /// The line above which the marker belongs.
    Above,
    /// The line below which the marker belongs.
    Below,
}

/// An error in the sections.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum SectionFault {
    NoSections { above: bool },
    SqlBeforeSection,
    MissingSection { kind: SectionKind, hint: MarkerHint },
    DoubledSection { kind: SectionKind },
    EmptySection { kind: SectionKind },
    NothingToDoWithoutReason { kind: SectionKind },
    Review,
}

impl SectionFault {
    /// Returns `true` if the only problem is that nobody has filled in the script yet.
    #[must_use]
    pub fn is_to_be_filled_in(problem: &Problem) -> bool {
        matches!(problem.fault(), Some(Self::EmptySection { .. } | Self::Review))
    }
}

impl Explain for SectionFault {
    fn words(&self) -> Words {
        match self {
            Self::NoSections { above } => words(
                "no-sections",
                "this script has no `-- upgrade` and no `-- downgrade` section",
                format!("expected `-- upgrade` {} this line", if *above { "above" } else { "below" }),
                "write `-- upgrade` above the statements, and below them `-- downgrade` with the statements that revert the upgrade",
            ),
            Self::SqlBeforeSection => words(
                "sql-before-section",
                "there is SQL before the first section",
                "this belongs to no section",
                "move it below `-- upgrade` or `-- downgrade`",
            ),
            Self::MissingSection { kind, hint } => missing_section(*kind, *hint),
            Self::DoubledSection { kind } => words(
                "doubled-section",
                format!("the `-- {kind}` section is duplicated in this script"),
                "this is the duplicate",
                "keep one section of each kind, and move all of its statements below its marker",
            ),
            Self::EmptySection { kind } => words(
                "empty-section",
                format!("the `-- {kind}` section has no statements"),
                "no statement follows",
                "write its statements, or declare that there are none: `-- nothing to do: <reason>`",
            ),
            Self::NothingToDoWithoutReason { kind } => words(
                "nothing-to-do-without-reason",
                format!("the `-- {kind}` section has nothing to do, but no reason is given"),
                "expected a reason after a colon",
                "write `-- nothing to do: <reason>`",
            ),
            Self::Review => words(
                "review",
                "this script must still be reviewed",
                "a person must decide this",
                "decide, change the script if needed, then remove the `-- REVIEW:` line",
            ),
        }
    }
}

fn missing_section(kind: SectionKind, hint: MarkerHint) -> Words {
    let title = format!("this script has no `-- {kind}` section");
    let (title, label, help) = match hint {
        MarkerHint::Nearly => (title, format!("did you mean `-- {kind}`?"), format!("write `-- {kind}`")),
        MarkerHint::InLiteral => (
            title + ": its marker is inside a literal",
            format!("this literal does not end before the line `-- {kind}`"),
            "close the literal in its own statement; to include a quote in a string, double it, as in `'it''s'`"
                .to_owned(),
        ),
        MarkerHint::InComment => (
            title + ": its marker is inside a comment",
            format!("this comment does not end before the line `-- {kind}`"),
            "close the comment with `*/` above that line".to_owned(),
        ),
        MarkerHint::Above => (
            title,
            format!("expected `-- {kind}` above this line"),
            format!("add a `-- {kind}` line, and below it the statements that lead to this revision"),
        ),
        MarkerHint::Below => (
            title,
            format!("expected `-- {kind}` below this line"),
            format!("add a `-- {kind}` line, and below it the statements that revert the upgrade"),
        ),
    };
    words("missing-section", title, label, help)
}
