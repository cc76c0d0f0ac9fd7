//! Why a command fails: what is told, what to do about it, and the exit code.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use aludel::TargetError;
use aludel_core::graph::Graph;
use aludel_core::nearest;
use aludel_core::problem::{Place, Problem, Source, listed};
use serde::Serialize;

/// The exit code where something failed, is pending or is wrong.
pub(crate) const FAILED: u8 = 1;

/// The exit code where the command line or the settings are wrong.
const WRONG_SETTINGS: u8 = 2;

/// Why a command did not do what it was told.
#[derive(Debug, thiserror::Error)]
#[cfg_attr(
    not(feature = "program"),
    expect(dead_code, reason = "scripts and settings fail in the program alone")
)]
pub(crate) enum Failure {
    /// The library refuses, or the run failed.
    #[error("{error}")]
    Aludel { error: Box<aludel::Error>, hint: Option<String>, exit_code: u8 },
    /// The folder of scripts has faults.
    #[error("{}", counted("scripts", problems.len()))]
    Faults { problems: Vec<Problem>, hint: &'static str },
    /// The models have faults.
    #[error("{}", counted("models", problems.len()))]
    Models { problems: Vec<Problem> },
    /// The schema that is wanted has a fault.
    #[error("the wanted schema has a fault")]
    Target { problem: Box<Problem> },
    /// No script can be generated.
    #[error("{message}")]
    Autogenerate { message: String, hint: &'static str },
    /// The database that is compared is not at the head.
    #[error("target database is not up to date")]
    NotUpToDate,
    /// The database that is compared is not what its scripts make of it.
    #[error("target database differs from its scripts: {}", differences.join("; "))]
    Drifted { differences: Vec<String> },
    /// There is no folder of scripts.
    #[error("there is no folder `{folder}`")]
    NoFolder { folder: String },
    /// No database is named.
    #[error("no database is named")]
    NoDatabase,
    /// What was typed does not go together, or with the folder.
    #[error("{message}")]
    Wrong { message: String, hint: String },
    /// The settings file cannot be used.
    #[error("`{}` cannot be used: {message}", path.display())]
    Settings { path: PathBuf, message: String },
    /// A file or a folder cannot be read or written.
    #[error("{doing} `{}` failed: {source}", path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    /// The editor did not do its work.
    #[error("the editor `{editor}` {why}")]
    Editor { editor: String, why: String },
    /// The result cannot be written, such as to a full disk.
    #[error("the result could not be written: {source}")]
    Unwritten { source: io::Error },
    /// A person said no.
    #[error("nothing was changed: it was not confirmed")]
    NotConfirmed,
}

impl Failure {
    /// Something typed that cannot be done, and what to type instead.
    pub(crate) fn wrong(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Wrong { message: message.into(), hint: hint.into() }
    }

    /// The exit code of the program.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Aludel { exit_code, .. } => *exit_code,
            Self::NoFolder { .. } | Self::NoDatabase | Self::Wrong { .. } | Self::Settings { .. } => {
                WRONG_SETTINGS
            }
            Self::Target { .. } | Self::Autogenerate { .. } | Self::NotUpToDate | Self::Drifted { .. } => {
                FAILED
            }
            Self::Faults { .. }
            | Self::Models { .. }
            | Self::File { .. }
            | Self::Editor { .. }
            | Self::Unwritten { .. }
            | Self::NotConfirmed => FAILED,
        }
    }

    /// What to do next, where there is a sensible step.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Aludel { hint, .. } => hint.clone(),
            Self::Faults { hint, .. } | Self::Autogenerate { hint, .. } => Some((*hint).to_owned()),
            Self::Models { .. } => Some("mend the models first: nothing was written".to_owned()),
            Self::NotUpToDate => Some(
                "`aludel upgrade` brings it to the head; without `--database` the head of the scripts is compared, wherever a database is".to_owned(),
            ),
            Self::Drifted { .. } => Some(
                "nothing was written: somebody changed the database by hand; take that back, or without `--database` compare the head of the scripts".to_owned(),
            ),
            Self::NoFolder { .. } => Some(
                "`aludel init` makes a new one; or name it with `--migrations`, `ALUDEL_MIGRATIONS` or in `aludel.toml`".to_owned(),
            ),
            Self::NoDatabase => Some(
                "name it with `--database sqlite:///./app.db`, `DATABASE_URL`, or `database` in `aludel.toml`".to_owned(),
            ),
            Self::Wrong { hint, .. } if !hint.is_empty() => Some(hint.clone()),
            Self::Editor { .. } => Some("name an editor in `VISUAL` or `EDITOR`".to_owned()),
            Self::Unwritten { .. } => {
                Some("what the command did is done; only what it had to tell is lost".to_owned())
            }
            Self::Target { .. }
            | Self::Wrong { .. }
            | Self::Settings { .. }
            | Self::File { .. }
            | Self::NotConfirmed => None,
        }
    }

    /// The faults behind it.
    pub(crate) fn problems(&self) -> &[Problem] {
        match self {
            Self::Faults { problems, .. } | Self::Models { problems } => problems,
            Self::Target { problem } => std::slice::from_ref(problem),
            _ => &[],
        }
    }

    /// What went wrong with its causes, in one line, and the lines of a file that belong to it.
    pub(crate) fn told(&self) -> (String, String) {
        let causes = match self {
            Self::Aludel { error, .. } => aludel::causes(error.as_ref()),
            _ => Vec::new(),
        };
        let mut told = self.to_string();
        let excerpt = self.excerpt().unwrap_or_default();
        if let Some(line) = told.strip_suffix(excerpt) {
            told.truncate(line.trim_end().len());
        }
        let told = [told].into_iter().chain(causes).collect::<Vec<_>>().join(": ");
        (told, excerpt.to_owned())
    }

    /// The lines of a file at the end of the words.
    fn excerpt(&self) -> Option<&str> {
        match self {
            Self::Aludel { error, .. } => match error.as_ref() {
                aludel::Error::Failed(failure) => Some(&failure.statement),
                _ => None,
            },
            Self::Settings { message, .. } => message.split_once('\n').map(|(_, excerpt)| excerpt),
            _ => None,
        }
    }

    /// The same for a program.
    pub(crate) fn answer(&self) -> Answer<'_> {
        let (message, excerpt) = self.told();
        let (exit_code, hint) = (self.exit_code(), self.hint());
        let excerpt = Some(excerpt).filter(|excerpt| !excerpt.is_empty());
        let problems = Finding::all_of(self.problems());
        Answer { ok: false, error: Told { message, excerpt, hint, exit_code, problems } }
    }
}

/// How a command ends that failed, as JSON shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<'a> {
    ok: bool,
    error: Told<'a>,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
    hint: Option<String>,
    exit_code: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Finding<'a>>,
}

/// A fault or a note, as JSON shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    code: &'static str,
    title: &'a str,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    label: &'a str,
    notes: &'a [String],
    help: &'a str,
}

impl<'a> Finding<'a> {
    /// The findings, in their order.
    pub(crate) fn all_of(problems: &'a [Problem]) -> Vec<Self> {
        let mut lines = Lines::default();
        problems.iter().map(|problem| Self::of(problem, &mut lines)).collect()
    }

    fn of(problem: &'a Problem, lines: &mut Lines) -> Self {
        let Problem { code, title, place, label, notes, help, .. } = problem;
        let at = place.as_ref().map(|place| lines.line_and_column(place));
        let file = place.as_ref().map(|place| place.source.path.as_str());
        let (line, column) = (at.map(|(line, _)| line), at.map(|(_, column)| column));
        Self { code, title, file, line, column, label, notes, help }
    }
}

/// Where the lines of the file that was asked for last begin: a file with thousands of faults is read once.
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

fn counted(what: &str, faults: usize) -> String {
    match faults {
        1 => format!("the {what} have a fault"),
        many => format!("the {what} have {many} faults"),
    }
}

/// What to do about an error of the library, in the words of the command line.
pub(crate) fn hint_of(error: &aludel::Error, graph: &Graph) -> Option<String> {
    match error {
        aludel::Error::Target(error) => hint_of_target(error, graph),
        aludel::Error::NotBelow(_) => Some("`current` says where the database is".to_owned()),
        aludel::Error::Unversioned { matches, .. } if matches.is_empty() => Some(
            "no revision has its schema; `status` tells the nearest, where one is near. Record where it is with `stamp`; or name the right database"
                .to_owned(),
        ),
        aludel::Error::Locked { .. } => {
            Some("wait until the other process is done, or allow more time with `--lock-timeout`".to_owned())
        }
        other => other.hint(),
    }
}

/// The words of a target that no revision is called.
const KEYWORDS: [&str; 3] = ["head", "heads", "base"];

/// Whether a target has no steps to go: `+0`.
fn goes_nowhere(text: &str) -> bool {
    text.rsplit(['+', '-']).next().is_some_and(|steps| steps.bytes().all(|digit| digit == b'0'))
}

fn did_you_mean<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, candidates) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`history` shows all revisions".to_owned(),
    }
}

fn hint_of_target(error: &TargetError, graph: &Graph) -> Option<String> {
    Some(match error {
        TargetError::Nameless { .. } => {
            "such as `head`, `base`, an id or a label; on a branch, `label@head`".to_owned()
        }
        TargetError::NoSuchRevision { name } => did_you_mean(name, graph.names().chain(KEYWORDS)),
        TargetError::NoSuchBranch { name } if KEYWORDS.contains(&name.as_str()) => {
            format!("before `@` stands a label or a revision, and `{name}` after it: such as `label@{name}`")
        }
        TargetError::NoSuchBranch { name } => did_you_mean(name, graph.names()),
        TargetError::NotOnBranch { revision, .. } => format!("name `{revision}` alone, or its own branch"),
        TargetError::Ambiguous { .. } => "give more letters of it".to_owned(),
        TargetError::TwoReadings { anchor, steps, .. } => {
            format!("give more letters of the revision, or name the one that is {steps} from `{anchor}`")
        }
        TargetError::SeveralHeads { heads, .. } => {
            format!("name one of them: {}; or `heads` for all of them", listed(heads))
        }
        TargetError::SeveralCurrent { text, current } => match current.first() {
            Some(first) if !text.contains('@') => {
                format!("say on which branch, such as `{first}@{text}`, or name a revision")
            }
            _ => "name a revision".to_owned(),
        },
        TargetError::AmbiguousWalk { ways, .. } => {
            format!("name a revision instead, such as {}", listed(ways))
        }
        TargetError::OutOfRange { .. } => "`history -i` shows the chain and where the database is".to_owned(),
        TargetError::WrongWay { text, .. } if goes_nowhere(text) => {
            "say how many steps, such as `+1` for an upgrade and `-1` for a downgrade".to_owned()
        }
        TargetError::WrongWay { text, action } => match (*action, text.split(['+', '-']).next_back()) {
            ("an upgrade", Some(steps)) => {
                format!("to go up, say `+{steps}`; to go down, `downgrade -{steps}`")
            }
            (_, Some(steps)) => format!("to go down, say `-{steps}`; to go up, `upgrade +{steps}`"),
            (_, None) => return None,
        },
    })
}
