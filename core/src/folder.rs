//! Reads the folder of scripts and the lock files in it. No other module of this crate reads files.
//!
//! Rule: a file that looks like a script is never skipped silently. Hidden files, backup copies
//! made by editors, and files with unrelated names are ignored.

mod bounded;
mod fault;

use std::io;
use std::path::Path;

pub use bounded::USUAL_LIMIT;
use bounded::Unread;
pub use fault::FolderFault;

use crate::problem::Problem;
use crate::script::Dialect;
use crate::{frozen, proved};

/// The subfolder for files that define views and triggers.
pub const REPEATABLE: &str = "repeatable";

/// A file and its content on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path as the user wrote it, with forward slashes.
    pub path: String,
    /// The content, not decoded.
    pub bytes: Vec<u8>,
}

/// The scripts in a folder, sorted by name, and the errors of the folder itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// The dialect of the scripts.
    pub dialect: Dialect,
    /// The files that are named like scripts.
    pub files: Vec<File>,
    /// The file that lists the frozen scripts, if it exists.
    pub lock: Option<File>,
    /// The file that lists the proofs on a server, if it exists.
    pub proofs: Option<File>,
    /// The files in the subfolder [`REPEATABLE`], each of which defines a view or a trigger.
    pub repeatable: Vec<File>,
    /// The errors that concern the folder itself.
    pub problems: Vec<Problem>,
}

/// How the folder of scripts is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The size limit for a file, in bytes.
    pub max_file_size: u64,
    /// `true` if scripts may be in subfolders.
    pub recursive: bool,
    /// The dialect of the scripts.
    pub dialect: Dialect,
}

impl Default for Reading {
    fn default() -> Self {
        Self { max_file_size: USUAL_LIMIT, recursive: false, dialect: Dialect::default() }
    }
}

impl Reading {
    /// Reads the scripts in a folder. Reads only regular files and links to them.
    ///
    /// `shown` is the path as the user wrote it, for messages.
    #[must_use]
    pub fn read(self, folder: &Path, shown: &str) -> Folder {
        let shown = shown.trim_end_matches('/');
        let mut read = Folder { dialect: self.dialect, ..Folder::default() };
        read.take_folder(self, folder, (shown, shown));
        if read.files.is_empty() && read.problems.is_empty() {
            read.problems.push(Problem::overall(&FolderFault::Empty { path: shown.to_owned() }));
        }
        read
    }
}

/// Reads the scripts in a folder with the default settings.
#[must_use]
pub fn read(folder: &Path, shown: &str) -> Folder {
    Reading::default().read(folder, shown)
}

/// Reads a text file: a source file with models, or a `schema.sql`.
///
/// # Errors
///
/// Returns an error if the file does not exist, is not a regular file, is too large, or is not
/// valid UTF-8.
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

/// Returns the paths of the scripts in a folder and its subfolders, relative to the folder and
/// sorted.
///
/// # Errors
///
/// Returns an error if the folder cannot be read.
pub fn script_names(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = names_of_scripts(folder)?;
    found.retain(|name| !name.strip_prefix(REPEATABLE).is_some_and(|rest| rest.starts_with('/')));
    Ok(found)
}

/// Returns the files in the [`REPEATABLE`] subfolder of a folder of scripts, with paths relative to
/// that folder. Skips files that cannot be read.
#[must_use]
pub fn repeatable_files(folder: &Path) -> Vec<File> {
    let mut read = Folder::default();
    read.take_repeatable(Reading::default(), &folder.join(REPEATABLE), (REPEATABLE, ""));
    read.repeatable
}

fn names_of_scripts(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for name in names(folder)?.into_iter().filter_map(|name| name.into_string().ok()) {
        let path = folder.join(&name);
        if is_script(&name) {
            found.push(name);
        } else if is_folder(&path) && !is_ignored(&name) {
            let below = names_of_scripts(&path).unwrap_or_default();
            found.extend(below.into_iter().map(|script| format!("{name}/{script}")));
        }
    }
    Ok(found)
}

impl Folder {
    /// Adds the files in a folder. `top` is the root of the folder of scripts.
    fn take_folder(&mut self, reading: Reading, folder: &Path, (shown, top): (&str, &str)) {
        let names = match names(folder) {
            Ok(names) => names,
            Err(error) => return self.report(&FolderFault::of_unreadable_folder(shown, &error)),
        };
        for name in names {
            let path = format!("{shown}/{}", name.to_string_lossy());
            if !is_ignored(&path) {
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
        } else if is_folder(on_disk) && reading.recursive && !name.is_some_and(is_lock) {
            self.take_folder(reading, on_disk, (shown, top));
        } else if let Some(name) = name.filter(|name| is_lock(name)) {
            if shown != format!("{top}/{name}") {
                return self.report(&FolderFault::InASubfolder { path });
            }
            match bounded::read(on_disk, limit) {
                Ok(bytes) if name == frozen::FILE => self.lock = Some(File { path, bytes }),
                Ok(bytes) => self.proofs = Some(File { path, bytes }),
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

    /// Adds the files that define views and triggers. Their folder has no subfolders.
    fn take_repeatable(&mut self, reading: Reading, folder: &Path, paths: (&str, &str)) {
        let mut read = Self::default();
        read.take_folder(Reading { recursive: false, ..reading }, folder, paths);
        self.repeatable = read.files;
        self.problems.extend(read.problems);
    }

    /// Reports the scripts in a subfolder when subfolders are not read.
    fn take_subfolder(&mut self, folder: &Path, shown: &str) {
        for name in names(folder).unwrap_or_default() {
            let (on_disk, path) = (folder.join(&name), format!("{shown}/{}", name.to_string_lossy()));
            if is_ignored(&path) {
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

/// Returns `true` for a folder. Returns `false` for a link to a folder, because the link could lead
/// back to a parent.
fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
}

fn names(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

fn is_lock(name: &str) -> bool {
    [frozen::FILE, proved::FILE].contains(&name)
}

fn is_script(name: &str) -> bool {
    name.strip_suffix(".sql").is_some_and(|stem| !stem.is_empty()) && !is_ignored(name)
}

/// Returns `true` for hidden files and for backup copies made by editors.
fn is_ignored(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

fn looks_like_a_script(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    format!("{name}.").contains(".sql.")
}

#[cfg(test)]
mod tests;
