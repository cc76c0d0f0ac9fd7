//! The errors in a folder, as data and as messages.

use std::io;

use super::REPEATABLE;
use super::bounded::Unread;
use crate::problem::{Explain, Problem, Words, words};
use crate::script::Dialect;

/// An error in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum FolderFault {
    NoFolder { path: String },
    NotAFolder { path: String },
    Unreadable { path: String, why: String },
    LockUnreadable { path: String, why: String },
    Irregular { path: String, what: &'static str },
    TooLarge { path: String, limit: u64 },
    Empty { path: String },
    NotAScript { path: String },
    InASubfolder { path: String },
    NameNotUtf8 { path: String },
    NoFile { path: String },
    UnavailableDialect { dialect: Dialect },
}

impl FolderFault {
    /// Returns `true` if the problem is that the folder does not exist.
    #[must_use]
    pub fn is_no_folder(problem: &Problem) -> bool {
        matches!(problem.fault(), Some(Self::NoFolder { .. }))
    }

    /// Returns `true` if the problem is that the folder contains no scripts.
    #[must_use]
    pub fn is_empty(problem: &Problem) -> bool {
        matches!(problem.fault(), Some(Self::Empty { .. }))
    }

    /// Returns `true` if the problem hides scripts, and thus part of the graph.
    pub(crate) fn hides_scripts(problem: &Problem) -> bool {
        matches!(
            problem.fault(),
            Some(
                Self::NoFolder { .. }
                    | Self::NotAFolder { .. }
                    | Self::Unreadable { .. }
                    | Self::Irregular { .. }
                    | Self::TooLarge { .. }
            )
        )
    }

    pub(super) fn of_unread(path: String, unread: &Unread) -> Self {
        match unread {
            Unread::Refused(error) => Self::Unreadable { path, why: error.to_string() },
            Unread::Irregular(what) => Self::Irregular { path, what },
            Unread::TooLarge { limit } => Self::TooLarge { path, limit: *limit },
        }
    }

    pub(super) fn of_unreadable_folder(shown: &str, error: &io::Error) -> Self {
        let path = shown.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Self::NoFolder { path },
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            _ => Self::Unreadable { path, why: error.to_string() },
        }
    }
}

impl Explain for FolderFault {
    fn words(&self) -> Words {
        match self {
            Self::UnavailableDialect { dialect } => words(
                "unavailable-dialect",
                format!(
                    "this build has no support for {}: it cannot read scripts in the `{dialect}` dialect",
                    dialect.database()
                ),
                "",
                "build it with the `postgres` feature, or correct the dialect",
            ),
            Self::NoFolder { path } => words(
                "no-folder",
                format!("folder `{path}` does not exist"),
                path.as_str(),
                "create the folder and write its first script, or correct the path",
            ),
            Self::NotAFolder { path } => words(
                "not-a-folder",
                format!("`{path}` is not a folder; expected the folder of migration scripts"),
                path.as_str(),
                "use the path of the folder that contains the migration scripts",
            ),
            Self::Unreadable { path, why } => {
                words("unreadable", format!("cannot read `{path}`: {why}"), path.as_str(), "make it readable")
            }
            Self::LockUnreadable { path, why } => words(
                "lock-unreadable",
                format!("cannot read `{path}`, the list of frozen scripts: {why}"),
                path.as_str(),
                "restore the file from version control, and make it readable",
            ),
            Self::Irregular { path, what } => words(
                "not-a-regular-file",
                format!("`{path}` is {what}; expected a regular file"),
                path.as_str(),
                "replace it with a regular file or a link to one, or move it out of the folder",
            ),
            Self::TooLarge { path, limit } => words(
                "file-too-large",
                format!("`{path}` is larger than the limit of {limit} bytes for one file"),
                path.as_str(),
                "split it into several scripts, or raise `max_file_size` in `aludel.toml` and in `embed_migrations!`",
            ),
            Self::Empty { path } => words(
                "empty-folder",
                format!("folder `{path}` contains no migration scripts"),
                path.as_str(),
                "write the first script, named `<revision id>_<slug>.sql`, or correct the path",
            ),
            Self::NotAScript { path } if is_in_repeatable(path) => words(
                "not-a-script",
                format!("`{path}` looks like a view or trigger, but its name does not end in `.sql`"),
                path.as_str(),
                "if it defines one, rename it to `<name>.sql`; otherwise move it out of the folder",
            ),
            Self::NotAScript { path } => words(
                "not-a-script",
                format!("`{path}` looks like a migration script, but its name does not end in `.sql`"),
                path.as_str(),
                "if it is a script, rename it to `<revision id>_<slug>.sql`; otherwise move it out of the folder",
            ),
            Self::InASubfolder { path } if path.contains(&format!("/{REPEATABLE}/")) => words(
                "in-a-subfolder",
                format!("`{path}` is in a subfolder, and subfolders are not read"),
                path.as_str(),
                "move it up into the `repeatable` folder, which has no subfolders",
            ),
            Self::InASubfolder { path } => words(
                "in-a-subfolder",
                format!("`{path}` is in a subfolder, and subfolders are not read"),
                path.as_str(),
                "move it up into the migration folder; or allow subfolders: set `recursive = true` in `aludel.toml` and in `embed_migrations!`",
            ),
            Self::NameNotUtf8 { path } => words(
                "name-not-utf-8",
                format!("the file name of `{path}` is not UTF-8"),
                path.as_str(),
                "rename it to `<revision id>_<slug>.sql`",
            ),
            Self::NoFile { path } => {
                words("no-file", format!("file `{path}` does not exist"), path.as_str(), "correct the path")
            }
        }
    }
}

/// Returns `true` for a file in the `repeatable` folder.
fn is_in_repeatable(path: &str) -> bool {
    path.rsplit('/').nth(1) == Some(REPEATABLE)
}
