//! Reads the folder of scripts and the list of frozen scripts. No other module of this crate reads
//! files.
//!
//! Rule: a file that looks like a script is never skipped silently. Other files are ignored: hidden
//! files, backup copies of an editor, and files with unrelated names.

mod bounded;

use std::io;
use std::path::Path;

pub use bounded::USUAL_LIMIT;
use bounded::Unread;

use crate::frozen;
use crate::problem::{Explain, Problem, Words, words};

/// The subfolder of the files that define views and triggers.
pub const REPEATABLE: &str = "repeatable";

/// A file and its content on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path as the user wrote it, with forward slashes.
    pub path: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The scripts of a folder, sorted by name, and the errors of the folder itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// The files that are named like scripts.
    pub files: Vec<File>,
    /// The file that lists the frozen scripts, if it exists.
    pub lock: Option<File>,
    /// The files in the subfolder [`REPEATABLE`], each of which defines a view or a trigger.
    pub repeatable: Vec<File>,
    /// The errors of the folder.
    pub problems: Vec<Problem>,
}

/// An error of a folder.
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

    /// Returns `true` if the problem hides scripts, and with them part of the graph.
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

    fn of_unread(path: String, unread: &Unread) -> Self {
        match unread {
            Unread::Refused(error) => Self::Unreadable { path, why: error.to_string() },
            Unread::Irregular(what) => Self::Irregular { path, what },
            Unread::TooLarge { limit } => Self::TooLarge { path, limit: *limit },
        }
    }
}

impl Explain for FolderFault {
    fn words(&self) -> Words {
        match self {
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
                "name the folder that contains the migration scripts",
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
                format!("`{path}` is in a subfolder, where it is not read"),
                path.as_str(),
                "move it up into the folder `repeatable`, which has no subfolders",
            ),
            Self::InASubfolder { path } => words(
                "in-a-subfolder",
                format!("`{path}` is in a subfolder, where it is not read"),
                path.as_str(),
                "move it up into the folder of scripts; or let scripts be in subfolders: `recursive = true` in `aludel.toml` and in the call of `embed_migrations!`",
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

/// How the folder of scripts is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The size limit for a file, in bytes.
    pub max_file_size: u64,
    /// `true` if scripts may be in subfolders.
    pub recursive: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self { max_file_size: USUAL_LIMIT, recursive: false }
    }
}

impl Reading {
    /// Reads the scripts of a folder. Only regular files and links to them are read.
    ///
    /// `shown` is the path as the user wrote it, for messages.
    #[must_use]
    pub fn read(self, folder: &Path, shown: &str) -> Folder {
        let shown = shown.trim_end_matches('/');
        let mut read = Folder::default();
        read.take_folder(self, folder, (shown, shown));
        if read.files.is_empty() && read.problems.is_empty() {
            read.problems.push(Problem::overall(&FolderFault::Empty { path: shown.to_owned() }));
        }
        read
    }
}

/// Reads the scripts of a folder in the usual way.
#[must_use]
pub fn read(folder: &Path, shown: &str) -> Folder {
    Reading::default().read(folder, shown)
}

/// Reads a file as text: a source file with models, or a `schema.sql`.
///
/// # Errors
///
/// Returns an error if the file does not exist, is not a regular file, is too large, or cannot be
/// read as UTF-8.
pub fn read_text(file: &Path, shown: &str) -> Result<String, FolderFault> {
    let path = shown.to_owned();
    match bounded::read(file, USUAL_LIMIT) {
        Ok(bytes) => String::from_utf8(bytes)
            .map_err(|error| FolderFault::Unreadable { path, why: error.utf8_error().to_string() }),
        Err(Unread::Refused(error)) if error.kind() == io::ErrorKind::NotFound => {
            Err(FolderFault::NoFile { path })
        }
        Err(unread) => Err(FolderFault::of_unread(path, &unread)),
    }
}

/// Returns the scripts in a folder and its subfolders, as sorted paths in the folder.
///
/// # Errors
///
/// Returns an error if the folder cannot be read.
pub fn script_names(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = names_of_scripts(folder)?;
    found.retain(|name| !name.strip_prefix(REPEATABLE).is_some_and(|rest| rest.starts_with('/')));
    Ok(found)
}

fn names_of_scripts(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for name in names(folder)?.into_iter().filter_map(|name| name.into_string().ok()) {
        let path = folder.join(&name);
        if is_script(&name) {
            found.push(name);
        } else if is_folder(&path) && !is_passed_over(&name) {
            let below = names_of_scripts(&path).unwrap_or_default();
            found.extend(below.into_iter().map(|script| format!("{name}/{script}")));
        }
    }
    Ok(found)
}

impl Folder {
    /// Takes the files of a folder. The second path is that of the whole folder of scripts.
    fn take_folder(&mut self, reading: Reading, folder: &Path, (shown, top): (&str, &str)) {
        let names = match names(folder) {
            Ok(names) => names,
            Err(error) => return self.report(&unreadable_folder(shown, &error)),
        };
        for name in names {
            let path = format!("{shown}/{}", name.to_string_lossy());
            if !is_passed_over(&path) {
                self.take(reading, &folder.join(&name), (&path, top));
            }
        }
    }

    fn take(&mut self, reading: Reading, on_disk: &Path, (shown, top): (&str, &str)) {
        let limit = reading.max_file_size;
        let path = shown.to_owned();
        let name = on_disk.file_name().and_then(std::ffi::OsStr::to_str);
        if is_folder(on_disk) && shown == format!("{top}/{REPEATABLE}") {
            self.take_repeatable(reading, on_disk, (shown, top));
        } else if is_folder(on_disk) && reading.recursive && name != Some(frozen::FILE) {
            self.take_folder(reading, on_disk, (shown, top));
        } else if name == Some(frozen::FILE) && shown != format!("{top}/{}", frozen::FILE) {
            self.report(&FolderFault::InASubfolder { path });
        } else if name == Some(frozen::FILE) {
            match bounded::read(on_disk, limit) {
                Ok(bytes) => self.lock = Some(File { path, bytes }),
                Err(unread) => self.report(&FolderFault::LockUnreadable { path, why: unread.to_string() }),
            }
        } else if name.is_some_and(is_script) {
            match bounded::read(on_disk, limit) {
                Ok(bytes) => self.files.push(File { path, bytes }),
                Err(unread) => self.report(&FolderFault::of_unread(path, &unread)),
            }
        } else if on_disk.is_dir() {
            self.take_subfolder(on_disk, &path);
        } else if name.is_none() && looks_like_a_script(&path) {
            self.report(&FolderFault::NameNotUtf8 { path });
        } else if looks_like_a_script(&path) {
            self.report(&FolderFault::NotAScript { path });
        }
    }

    /// Takes the files that define views and triggers. They are never in subfolders of their own.
    fn take_repeatable(&mut self, reading: Reading, folder: &Path, paths: (&str, &str)) {
        let mut read = Self::default();
        read.take_folder(Reading { recursive: false, ..reading }, folder, paths);
        self.repeatable = read.files;
        self.problems.extend(read.problems);
    }

    /// Reports the scripts in a subfolder that is not read.
    fn take_subfolder(&mut self, folder: &Path, shown: &str) {
        for name in names(folder).unwrap_or_default() {
            let (on_disk, path) = (folder.join(&name), format!("{shown}/{}", name.to_string_lossy()));
            if is_passed_over(&path) {
                continue;
            }
            if is_folder(&on_disk) {
                self.take_subfolder(&on_disk, &path);
            } else if looks_like_a_script(&path) {
                self.report(&FolderFault::InASubfolder { path });
            }
        }
    }

    fn report(&mut self, fault: &FolderFault) {
        self.problems.push(Problem::overall(fault));
    }
}

fn unreadable_folder(shown: &str, error: &io::Error) -> FolderFault {
    let path = shown.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => FolderFault::NoFolder { path },
        io::ErrorKind::NotADirectory => FolderFault::NotAFolder { path },
        _ => FolderFault::Unreadable { path, why: error.to_string() },
    }
}

/// Returns `true` for a folder, and `false` for a link to one, which could lead back to itself.
fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
}

fn names(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

fn is_script(name: &str) -> bool {
    name.strip_suffix(".sql").is_some_and(|stem| !stem.is_empty()) && !is_passed_over(name)
}

/// Returns `true` for a file in the folder `repeatable`.
fn is_in_repeatable(path: &str) -> bool {
    path.rsplit('/').nth(1) == Some(REPEATABLE)
}

/// Returns `true` for hidden files and for backup copies of an editor.
fn is_passed_over(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

fn looks_like_a_script(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    format!("{name}.").contains(".sql.")
}

#[cfg(test)]
mod tests;
