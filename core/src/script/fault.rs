//! The faults of one file, as data and in words.

use super::section::SectionKind;
use super::sqlite::INCOMPLETE;
use crate::problem::{Explain, Problem, Words, words};

/// What is wrong with a file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum FileFault {
    NotUtf8,
    NulByte,
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
                "the first byte that is not UTF-8 stands here",
                "save the file as UTF-8",
            ),
            Self::NulByte => words(
                "nul-byte",
                "this script holds a NUL byte, at which SQLite would stop reading in silence",
                "the NUL byte stands here",
                "remove the byte; in SQL, write `char(0)` or a blob literal such as `x'00'`",
            ),
            Self::NotAScript => words(
                "not-a-migration",
                "this file is not a migration script: it has no keys and no sections",
                "expected the header of a script here",
                "if it is meant as one, begin it with `-- <message>`, `--`, `-- Revision ID: <id>` and `-- Revises: <down revision>`, \
                 and mark its sections with `-- upgrade` and `-- downgrade`; else move it out of the folder of the scripts",
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
                "say in the first comment line what the script does, such as `-- Add the favourite flag to photos`",
            ),
        }
    }
}

/// What is wrong with the keys of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum HeaderFault {
    NoKeys,
    NoRevisionId,
    NoRevises,
    NearlyAKey { found: String, key: &'static str },
    KeyTwice { key: &'static str },
    EmptyKey { key: &'static str },
}

impl HeaderFault {
    /// The code of a header that does not say what it revises: where the script stands in the graph is not known.
    pub(crate) const NO_REVISES: &str = "no-revises";
}

impl Explain for HeaderFault {
    fn words(&self) -> Words {
        match self {
            Self::NoKeys => words(
                "no-keys",
                "the header has no `Revision ID` and no `Revises`",
                "expected both keys below this line",
                "add the lines `-- Revision ID: <id>`, with the id that the file's name holds, and `-- Revises: <down revision>`, with nothing after the colon for a base",
            ),
            Self::NoRevisionId => words(
                "no-revision-id",
                "the header has no `Revision ID`",
                "expected `Revision ID` beside this key",
                "add the line `-- Revision ID: <id>`, with the id that the file's name holds",
            ),
            Self::NoRevises => words(
                Self::NO_REVISES,
                "the header has no `Revises`",
                "expected `Revises` beside this key",
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

impl NameFault {
    /// The code of a name that does not hold the id.
    pub(crate) const WITHOUT_ID: &str = "file-name-without-id";
}

impl Explain for NameFault {
    fn words(&self) -> Words {
        match self {
            Self::IllegalId { id, .. } if id.is_empty() => words(
                "illegal-id",
                "the revision id is empty",
                "expected the id after the colon",
                "write the id that the file's name holds: 1 to 32 of `A-Z a-z 0-9 _ .`",
            ),
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
                Self::WITHOUT_ID,
                format!("the name of this file does not hold its revision id `{id}`"),
                format!("the file is called `{file_name}`"),
                format!(
                    "name the file `{id}_<slug>.sql`, or `YYYY_MM_DD_HHMM-{id}_<slug>.sql`, or correct the id"
                ),
            ),
        }
    }
}

/// What the place shows at which a missing section is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerHint {
    /// A comment line that is nearly the marker.
    Nearly,
    /// The marker, inside a literal.
    InLiteral,
    /// The marker, inside a block comment.
    InComment,
    /// What the marker belongs above.
    Above,
    /// What the marker belongs below.
    Below,
}

/// What is wrong with the sections.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
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
    const EMPTY: &str = "empty-section";
    const REVIEW: &str = "review";

    /// Whether a problem only says that a person has not filled the script in yet.
    #[must_use]
    pub fn is_to_be_filled_in(problem: &Problem) -> bool {
        [Self::EMPTY, Self::REVIEW].contains(&problem.code)
    }
}

impl Explain for SectionFault {
    fn words(&self) -> Words {
        match self {
            Self::NoSections { above } => words(
                "no-sections",
                "this script has no `-- upgrade` and no `-- downgrade` section",
                format!("expected `-- upgrade` {} this line", if *above { "above" } else { "below" }),
                "write `-- upgrade` above the statements, and below them `-- downgrade` with the statements that take them back",
            ),
            Self::SqlBeforeSection => words(
                "sql-before-section",
                "SQL stands before the first section",
                "this belongs to no section",
                "move it below `-- upgrade` or `-- downgrade`",
            ),
            Self::MissingSection { kind, hint } => missing_section(*kind, *hint),
            Self::DoubledSection { kind } => words(
                "doubled-section",
                format!("`-- {kind}` stands twice in this script"),
                "this is the second one",
                "keep one section of each kind; put all of its statements below the one marker",
            ),
            Self::EmptySection { kind } => words(
                Self::EMPTY,
                format!("the `-- {kind}` section has no statements"),
                "no statement follows",
                "write its statements, or say that there are none: `-- nothing to do: <reason>`",
            ),
            Self::NothingToDoWithoutReason { kind } => words(
                "nothing-to-do-without-reason",
                format!("the `-- {kind}` section has nothing to do, but does not say why"),
                "expected a reason after a colon",
                "write `-- nothing to do: <reason>`",
            ),
            Self::Review => words(
                Self::REVIEW,
                "this script still has to be reviewed",
                "a person has to decide this",
                "decide, change the script where needed, then remove the `-- REVIEW:` line",
            ),
        }
    }
}

fn missing_section(kind: SectionKind, hint: MarkerHint) -> Words {
    let title = format!("this script has no `-- {kind}` section");
    let (title, label, help) = match hint {
        MarkerHint::Nearly => (title, format!("did you mean `-- {kind}`?"), format!("write `-- {kind}`")),
        MarkerHint::InLiteral => (
            title + ": a literal takes the line with it",
            format!("this literal does not end before the line `-- {kind}`"),
            "end it in its own statement; a quote inside a text is written twice, as in `'it''s'`".to_owned(),
        ),
        MarkerHint::InComment => (
            title + ": a comment takes the line with it",
            format!("this comment does not end before the line `-- {kind}`"),
            "end it with `*/` above that line".to_owned(),
        ),
        MarkerHint::Above => (
            title,
            format!("expected `-- {kind}` above this line"),
            format!("add a line `-- {kind}`, and below it the statements that lead to this revision"),
        ),
        MarkerHint::Below => (
            title,
            format!("expected `-- {kind}` below this line"),
            format!("add a line `-- {kind}`, and below it the statements that take the upgrade back"),
        ),
    };
    words("missing-section", title, label, help)
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
    HiddenCharacter { name: &'static str },
}

impl StatementFault {
    /// The code of a character that people do not see. A script that was released with it stays as it is.
    pub const HIDDEN: &str = "hidden-character";
}

impl Explain for StatementFault {
    fn words(&self) -> Words {
        match self {
            Self::Syntax { message } if message == INCOMPLETE => words(
                "syntax",
                "this statement is not complete",
                "it ends here, where SQLite's grammar expects more",
                "write the rest of it, such as a closing parenthesis, or the `END;` of a trigger",
            ),
            Self::Syntax { message } if is_open_literal(message) => words(
                "syntax",
                "this literal has no end",
                "it begins here, and takes all that follows with it",
                "close it; a quote inside a text is written twice, as in `'it''s'`",
            ),
            Self::Syntax { message } => words(
                "syntax",
                told_by_sqlite(message),
                "SQLite's grammar stops here",
                "correct the statement here, or just before",
            ),
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
                format!("`PRAGMA {pragma}` is not for a script: it changes the connection or the file"),
                "this pragma writes",
                if pragma.eq_ignore_ascii_case("foreign_keys") {
                    "remove it: scripts run with the enforcement of foreign keys off, and are checked for violations before the commit"
                } else {
                    "remove it; what a connection needs is set where the program opens it"
                },
            ),
            Self::HiddenCharacter { name } => words(
                Self::HIDDEN,
                format!("{name} between two tokens: SQLite takes it for a space, and people do not see it"),
                "the character is here",
                "remove it",
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

/// SQLite's words for a syntax error, with the token in backticks.
fn told_by_sqlite(message: &str) -> String {
    let near = message.strip_prefix("near \"").and_then(|rest| rest.strip_suffix("\": syntax error"));
    match (near, unrecognized(message)) {
        (Some(token), _) => format!("syntax error near `{}`", first_line(token)),
        (None, Some(token)) => format!("`{token}` is not a token of SQL"),
        (None, None) => message.to_owned(),
    }
}

/// A literal of several lines is cut.
fn first_line(token: &str) -> String {
    match token.split_once('\n') {
        Some((line, _)) => format!("{}…", line.trim_end()),
        None => token.to_owned(),
    }
}

fn unrecognized(message: &str) -> Option<&str> {
    message.strip_prefix("unrecognized token: \"")?.strip_suffix('"')
}

/// A literal without its end is one token to SQLite, up to the end of the text.
fn is_open_literal(message: &str) -> bool {
    unrecognized(message).is_some_and(|token| token.contains(['\'', '"', '`', '[']))
}
