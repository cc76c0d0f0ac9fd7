//! The errors of a command, with their hints and exit codes.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use aludel_core::problem::{Place, Problem, Source, Words};
use serde::Serialize;

use crate::ui::counted;

/// The exit code if an operation failed, if revisions are pending, or if a check found an error.
pub(crate) const FAILED: u8 = 1;

/// The exit code if the command line or the settings are invalid.
const WRONG_SETTINGS: u8 = 2;

/// The exit code if an applied script was edited.
const DIVERGED: u8 = 4;

/// The reason that a command failed.
#[derive(Debug, thiserror::Error)]
#[cfg_attr(
    not(feature = "program"),
    expect(dead_code, reason = "scripts and settings fail in the program alone")
)]
pub(crate) enum Failure {
    /// The library rejected the request, or the run failed.
    #[error("{error}")]
    Aludel { error: Box<aludel::Error>, exit_code: u8 },
    /// The scripts have errors.
    #[error("{}", errors_in("scripts", problems.len()))]
    Faults { problems: Vec<Problem>, hint: &'static str },
    /// The models have errors.
    #[error("{}", errors_in("models", problems.len()))]
    Models { problems: Vec<Problem> },
    /// The target schema has an error.
    #[error("{}", errors_in("target schema", problems.len()))]
    Target { problems: Vec<Problem> },
    /// No script could be generated.
    #[error("{message}")]
    Autogenerate { message: String, hint: &'static str },
    /// The schema at the head is unknown, because a script needs a function, collation or module of
    /// the program.
    #[error("{message}")]
    UnknownHead { message: String },
    /// The compared database is not at the head.
    #[error("target database is not up to date")]
    NotUpToDate,
    /// The compared database does not have the schema that its scripts produce.
    #[error("target database differs from its scripts: {}", differences.join("; "))]
    Drifted { differences: Vec<String> },
    /// An applied script was edited, and its effect changed. Each line is a difference.
    #[error(
        "the database diverged: `{revision}` was edited, and its effect differs from that of the applied script; nothing was changed\n{lines}"
    )]
    Diverged { revision: String, lines: String },
    /// An applied script was edited, and the ledger lacks the applied text.
    #[error(
        "the database diverged: `{revision}` was edited, and the ledger does not have the text that was applied, so the effects cannot be compared; nothing was changed"
    )]
    NotRecorded { revision: String },
    /// Migrations of another tool cannot be imported. Each line contains a file and the reason.
    #[error("{} cannot be imported; nothing was written\n{lines}", counted(*files, "file"))]
    NotImported { files: usize, lines: String },
    /// Scripts cannot be squashed.
    #[error("{why}")]
    NotSquashed { why: String, hint: &'static str },
    /// The amended downgrade of a script does not have the same effect as the released one.
    #[error("the downgrade of `{revision}` cannot be amended:\n{lines}")]
    NotAmended { revision: String, lines: String },
    /// The server for the proof failed.
    #[error("{message}; nothing was proved")]
    Unproved { message: String, hint: &'static str },
    /// The folder of scripts does not exist.
    #[error("the folder `{folder}` does not exist")]
    NoFolder { folder: String },
    /// No database is configured.
    #[error("no database is set")]
    NoDatabase,
    /// An argument is invalid in itself, or for this chain.
    #[error("{message}")]
    Wrong { message: String, hint: String },
    /// The settings file is invalid or unreadable.
    #[error("cannot use `{}`: {message}", path.display())]
    Settings { path: PathBuf, message: String },
    /// A file or a folder cannot be read or written.
    #[error("{doing} `{}` failed: {source}", path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    /// The editor failed.
    #[error("the editor `{editor}` {why}")]
    Editor { editor: String, why: String },
    /// The result cannot be written, for example because the disk is full.
    #[error("cannot write the result: {source}")]
    Unwritten { source: io::Error },
    /// The user declined.
    #[error("nothing was changed: not confirmed")]
    NotConfirmed,
}

impl Failure {
    /// Creates an error for an invalid argument, with a hint.
    pub(crate) fn wrong(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Wrong { message: message.into(), hint: hint.into() }
    }

    /// Converts an error of the library.
    pub(crate) fn aludel(error: impl Into<aludel::Error>) -> Self {
        let error = error.into();
        Self::Aludel { exit_code: error.exit_code(), error: Box::new(error) }
    }

    /// Returns the exit code of the program.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Aludel { exit_code, .. } => *exit_code,
            Self::Diverged { .. } | Self::NotRecorded { .. } => DIVERGED,
            Self::NoFolder { .. } | Self::NoDatabase | Self::Wrong { .. } | Self::Settings { .. } => {
                WRONG_SETTINGS
            }
            Self::Target { .. }
            | Self::Autogenerate { .. }
            | Self::UnknownHead { .. }
            | Self::NotUpToDate
            | Self::Drifted { .. }
            | Self::NotImported { .. }
            | Self::NotSquashed { .. }
            | Self::NotAmended { .. }
            | Self::Unproved { .. }
            | Self::Faults { .. }
            | Self::Models { .. }
            | Self::File { .. }
            | Self::Editor { .. }
            | Self::Unwritten { .. }
            | Self::NotConfirmed => FAILED,
        }
    }

    /// Returns the next step, or `None` if there is nothing to suggest.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Aludel { error, .. } => error.hint(),
            Self::Faults { hint, .. } | Self::Autogenerate { hint, .. } | Self::NotSquashed { hint, .. } => Some((*hint).to_owned()),
            Self::Models { .. } => Some("nothing was written: fix the models first".to_owned()),
            Self::UnknownHead { .. } => Some(
                "declare functions of the program with `functions` in `aludel.toml`; otherwise write the script by hand: `aludel revision` without `--autogenerate` creates an empty one".to_owned(),
            ),
            Self::NotUpToDate => Some(
                "run `aludel upgrade` first, or omit `--database` to compare with the head of the scripts".to_owned(),
            ),
            Self::Drifted { .. } => Some(
                "nothing was written: the database was changed by hand; undo that change, or omit `--database` to compare with the head of the scripts".to_owned(),
            ),
            Self::Unproved { hint, .. } if !hint.is_empty() => Some((*hint).to_owned()),
            Self::NoFolder { .. } => Some(
                "create it with `aludel init`, or set the folder with `--migrations`, `ALUDEL_MIGRATIONS` or `migrations` in `aludel.toml`".to_owned(),
            ),
            Self::NoDatabase => Some(
                "set it with `--database sqlite:///./app.db`, `DATABASE_URL`, or `database` in `aludel.toml`".to_owned(),
            ),
            Self::Wrong { hint, .. } if !hint.is_empty() => Some(hint.clone()),
            Self::Editor { .. } => Some("set `VISUAL` or `EDITOR` to an editor".to_owned()),
            Self::Unwritten { .. } => {
                Some("the command completed; only its output is lost".to_owned())
            }
            Self::Diverged { .. } => Some(
                "restore the script as it was applied (the lines with `-`), and make the change in a new revision".to_owned(),
            ),
            Self::NotRecorded { .. } => Some(
                "restore the script as it was applied, for example from version control, and make the change in a new revision".to_owned(),
            ),
            Self::NotAmended { .. } => Some(
                "nothing was written: restore the script as it was released, and make the change in a new revision".to_owned(),
            ),
            Self::NotImported { .. } => Some(
                "import a copy of the folder without these files, or correct them in it".to_owned(),
            ),
            Self::Target { .. }
            | Self::Unproved { .. }
            | Self::Wrong { .. }
            | Self::Settings { .. }
            | Self::File { .. }
            | Self::NotConfirmed => None,
        }
    }

    /// Returns the errors in the scripts or models that caused this error.
    pub(crate) fn problems(&self) -> &[Problem] {
        match self {
            Self::Faults { problems, .. } | Self::Models { problems } | Self::Target { problems } => problems,
            _ => &[],
        }
    }

    /// Formats the error and its causes on one line, and returns the file excerpt separately.
    pub(crate) fn message_and_excerpt(&self) -> (String, String) {
        let causes = match self {
            Self::Aludel { error, .. } => aludel::causes(error.as_ref()),
            _ => Vec::new(),
        };
        let mut message = [self.to_string()].into_iter().chain(causes).collect::<Vec<_>>().join(": ");
        let excerpt = self.excerpt().unwrap_or_default();
        if let Some(line) = message.strip_suffix(excerpt) {
            message.truncate(line.trim_end().len());
        }
        (message, excerpt.to_owned())
    }

    /// Returns the file excerpt at the end of the message, or `None` if there is none.
    fn excerpt(&self) -> Option<&str> {
        match self {
            Self::Aludel { error, .. } => excerpt_of(error),
            Self::NotImported { lines, .. }
            | Self::NotAmended { lines, .. }
            | Self::Diverged { lines, .. } => Some(lines),
            Self::Settings { message, .. } => message.split_once('\n').map(|(_, excerpt)| excerpt),
            _ => None,
        }
    }

    /// Returns the error as it is printed in JSON.
    pub(crate) fn answer(&self) -> Answer<'_> {
        let (message, excerpt) = self.message_and_excerpt();
        let (exit_code, hint) = (self.exit_code(), self.hint());
        let excerpt = Some(excerpt).filter(|excerpt| !excerpt.is_empty());
        let problems = Finding::all_of(self.problems());
        Answer { ok: false, error: ErrorAnswer { message, excerpt, hint, exit_code, problems } }
    }
}

/// Returns the statement that failed, or `None` if the error has none.
fn excerpt_of(error: &aludel::Error) -> Option<&str> {
    match error {
        aludel::Error::Failed(failure)
        | aludel::Error::FailedOutside(failure)
        | aludel::Error::TransactionEnded(failure) => Some(&failure.statement),
        aludel::Error::Partly { source, .. } => excerpt_of(source),
        _ => None,
    }
}

/// A failed command, as printed in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<'a> {
    ok: bool,
    error: ErrorAnswer<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorAnswer<'a> {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
    hint: Option<String>,
    exit_code: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Finding<'a>>,
}

/// An error or note in a script, as printed in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    code: &'static str,
    title: String,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    label: String,
    notes: &'a [String],
    help: String,
}

impl<'a> Finding<'a> {
    /// Converts the findings, in their order.
    pub(crate) fn all_of(problems: &'a [Problem]) -> Vec<Self> {
        let mut lines = Lines::default();
        problems.iter().map(|problem| Self::of(problem, &mut lines)).collect()
    }

    fn of(problem: &'a Problem, lines: &mut Lines) -> Self {
        let Words { code, title, label, help } = problem.words();
        let Problem { place, notes, .. } = problem;
        let at = place.as_ref().map(|place| lines.line_and_column(place));
        let file = place.as_ref().map(|place| place.source.path.as_str());
        let (line, column) = (at.map(|(line, _)| line), at.map(|(_, column)| column));
        Self { code, title, file, line, column, label, notes, help }
    }
}

/// The line starts of the most recent file, so that a file with thousands of errors is scanned only
/// once.
#[derive(Default)]
struct Lines {
    source: Option<Arc<Source>>,
    starts: Vec<usize>,
}

impl Lines {
    fn line_and_column(&mut self, Place { source, span }: &Place) -> (usize, usize) {
        if self.source.as_ref().is_none_or(|read| !Arc::ptr_eq(read, source)) {
            let ends = source.text.match_indices('\n').map(|(newline, _)| newline + 1);
            self.starts = std::iter::once(0).chain(ends).collect();
            self.source = Some(Arc::clone(source));
        }
        let line = self.starts.partition_point(|start| *start <= span.start);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or_default();
        let before = source.text.get(start..span.start).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

fn errors_in(what: &str, faults: usize) -> String {
    let have = if what.ends_with('s') { "have" } else { "has" };
    format!("the {what} {have} {}", counted(faults, "error"))
}
