//! The faults of one file, as data and in words.

use super::section::SectionKind;
use crate::problem::{Explain, Words, words};

/// What is wrong with a file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum FileFault {
    NotUtf8,
    NulByte,
    NoHeader,
    NoMessage,
}

impl Explain for FileFault {
    fn words(&self) -> Words {
        match self {
            Self::NotUtf8 => words(
                "not-utf-8",
                "this script is not UTF-8",
                "the first byte that is not UTF-8 stands here",
                "save the file as UTF-8",
            ),
            Self::NulByte => words(
                "nul-byte",
                "this script holds a NUL byte, at which SQLite would stop reading in silence",
                "the NUL byte stands here",
                "remove the byte; in SQL, write `char(0)` or a blob literal such as `x'00'`",
            ),
            Self::NoHeader => words(
                "no-header",
                "this script has no header",
                "expected a comment with the message and the keys here",
                "begin the file with `-- <message>`, `--`, `-- Revision ID: <id>` and `-- Revises: <down revision>`",
            ),
            Self::NoMessage => words(
                "no-message",
                "this script has no message",
                "expected the message in the first comment line",
                "say in the first comment line what the script does, such as `-- Add the favourite flag to photos`",
            ),
        }
    }
}

/// What is wrong with the keys of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum HeaderFault {
    NoRevisionId,
    NoRevises,
    NearlyAKey { found: String, key: &'static str },
    KeyTwice { key: &'static str },
    EmptyKey { key: &'static str },
}

impl Explain for HeaderFault {
    fn words(&self) -> Words {
        match self {
            Self::NoRevisionId => words(
                "no-revision-id",
                "the header has no `Revision ID`",
                "no `Revision ID` in this header",
                "add the line `-- Revision ID: <id>`, with the id that the file's name holds",
            ),
            Self::NoRevises => words(
                "no-revises",
                "the header has no `Revises`",
                "no `Revises` in this header",
                "add the line `-- Revises: <down revision>`; a base, which has none, says `-- Revises:` with nothing after it",
            ),
            Self::NearlyAKey { found, key } => words(
                "nearly-a-key",
                format!("`{found}` is not a key of the header, but nearly one"),
                format!("did you mean `{key}`?"),
                format!("write `{key}`; if this is prose, word it differently or leave out the colon"),
            ),
            Self::KeyTwice { key } => words(
                "key-twice",
                format!("`{key}` stands twice in this header"),
                "this is the second one",
                if *key == "Revises" || *key == "Depends On" || *key == "Branch Labels" {
                    format!("keep one line; several values are separated by commas: `-- {key}: a, b`")
                } else {
                    "keep one of the two lines".to_owned()
                },
            ),
            Self::EmptyKey { key } => words(
                "empty-key",
                format!("`{key}` says nothing"),
                "expected a value after the colon",
                if *key == "Unproved" {
                    "say why this script cannot be executed by the compiler, or remove the line".to_owned()
                } else {
                    "give it a value, or remove the line".to_owned()
                },
            ),
        }
    }
}

/// What is wrong with ids, labels and the name of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum NameFault {
    IllegalId { id: String, why: &'static str },
    IllegalLabel { label: String, why: &'static str },
    NamedTwice { key: &'static str, name: String },
    FileNameWithoutId { id: String, file_name: String },
}

impl Explain for NameFault {
    fn words(&self) -> Words {
        match self {
            Self::IllegalId { id, why } => words(
                "illegal-id",
                format!("`{id}` cannot be a revision id: {why}"),
                "this id",
                "an id is 1 to 32 of `A-Z a-z 0-9 _ .`, and none of `head`, `heads`, `base`, `current`",
            ),
            Self::IllegalLabel { label, why } => words(
                "illegal-label",
                format!("`{label}` cannot be a branch label: {why}"),
                "this label",
                "a label is letters, digits, `_`, `.` and `-`, beginning with a letter, and none of `head`, `heads`, `base`, `current`",
            ),
            Self::NamedTwice { key, name } => words(
                "named-twice",
                format!("`{key}` names `{name}` twice"),
                "named a second time",
                "name it once",
            ),
            Self::FileNameWithoutId { id, file_name } => words(
                "file-name-without-id",
                format!("the name of this file does not hold its revision id `{id}`"),
                format!("the file is called `{file_name}`"),
                format!(
                    "name the file `{id}_<slug>.sql`, or `YYYY_MM_DD_HHMM-{id}_<slug>.sql`, or correct the id"
                ),
            ),
        }
    }
}

/// What is wrong with the sections.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum SectionFault {
    SqlBeforeSection,
    MissingSection { kind: SectionKind, nearly: bool },
    DoubledSection { kind: SectionKind },
    EmptySection { kind: SectionKind },
    NothingToDoWithoutReason { kind: SectionKind },
    Review,
}

impl Explain for SectionFault {
    fn words(&self) -> Words {
        match self {
            Self::SqlBeforeSection => words(
                "sql-before-section",
                "SQL stands before the first section",
                "this belongs to no section",
                "move it below `-- upgrade` or `-- downgrade`",
            ),
            Self::MissingSection { kind, nearly } => words(
                "missing-section",
                format!("this script has no `-- {kind}` section"),
                if *nearly {
                    format!("did you mean `-- {kind}`?")
                } else {
                    format!("expected `-- {kind}` on a line of its own")
                },
                match kind {
                    SectionKind::Upgrade => "add a line `-- upgrade`, and the statements below it",
                    SectionKind::Downgrade | SectionKind::Sample => {
                        "add a line `-- downgrade`, and below it the statements that take the upgrade back"
                    }
                },
            ),
            Self::DoubledSection { kind } => words(
                "doubled-section",
                format!("`-- {kind}` stands twice in this script"),
                "this is the second one",
                "keep one section of each kind; put all of its statements below the one marker",
            ),
            Self::EmptySection { kind } => words(
                "empty-section",
                format!("the `-- {kind}` section has no statements"),
                "nothing follows",
                "write its statements, or say that there are none: `-- nothing to do: <reason>`",
            ),
            Self::NothingToDoWithoutReason { kind } => words(
                "nothing-to-do-without-reason",
                format!("the `-- {kind}` section has nothing to do, but does not say why"),
                "expected a reason after a colon",
                "write `-- nothing to do: <reason>`",
            ),
            Self::Review => words(
                "review",
                "this script still has to be reviewed",
                "a person has to decide this",
                "decide, change the script where needed, then remove the `-- REVIEW:` line",
            ),
        }
    }
}

/// What is wrong with a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum StatementFault {
    Syntax { message: String },
    TransactionControl { keyword: String },
    Forbidden { keyword: String },
    WritingPragma { pragma: String },
    Parameter { name: String },
}

impl Explain for StatementFault {
    fn words(&self) -> Words {
        match self {
            Self::Syntax { message } => {
                words("syntax", message.clone(), "SQLite's grammar stops here", "correct the statement")
            }
            Self::TransactionControl { keyword } => words(
                "transaction-control",
                format!("`{keyword}` is not for a script: the runner owns the transaction"),
                "this statement controls the transaction",
                "remove it; all scripts of a run are committed together or not at all",
            ),
            Self::Forbidden { keyword } => words(
                "forbidden-statement",
                format!(
                    "`{keyword}` is not for a script: it cannot run, or be taken back, inside a transaction"
                ),
                "this statement reaches outside the transaction",
                "remove it; a script changes the one database that it is run on",
            ),
            Self::WritingPragma { pragma } => words(
                "writing-pragma",
                format!("`PRAGMA {pragma}` writes a setting, which is not for a script"),
                "this pragma changes the connection or the file",
                if pragma.eq_ignore_ascii_case("foreign_keys") {
                    "remove it: scripts run with the enforcement of foreign keys off, and are checked for violations before the commit"
                } else {
                    "remove it; set it where the program opens its connections"
                },
            ),
            Self::Parameter { name } => words(
                "parameter",
                format!("`{name}` is a parameter, and nothing is bound to it in a script"),
                "SQLite would read it as NULL",
                "write the value itself, quoted where it is text",
            ),
        }
    }
}
