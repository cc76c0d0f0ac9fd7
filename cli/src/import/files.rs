//! The files of a folder, and their names.

use std::io;
use std::path::{Path, PathBuf};

use aludel_core::imported::id_of_version;

use super::{Original, Originals};

/// The extensions of files with migrations that are programs.
const PROGRAMS: [&str; 7] = ["rs", "go", "py", "ts", "js", "mjs", "cjs"];

/// The maximum size of a file, in bytes.
const LARGEST: u64 = 64 << 20;

/// An entry of a folder.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) is_folder: bool,
}

impl Entry {
    /// Returns the path as shown in messages.
    pub(super) fn shown(&self) -> String {
        shown(&self.path)
    }
}

/// Returns the entries of a folder, sorted by name. Rejects the folder if it cannot be read.
pub(super) fn entries(folder: &Path, read: &mut Originals) -> Vec<Entry> {
    let list = || -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_folder = path.is_dir();
            entries.push(Entry { path, name, is_folder });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    };
    list().unwrap_or_else(|error| {
        read.reject(shown(folder), error.to_string());
        Vec::new()
    })
}

/// Returns the text of a file unchanged. If the file cannot be read, rejects it and returns `None`.
pub(super) fn text(path: &Path, read: &mut Originals) -> Option<String> {
    let bytes = || -> io::Result<Vec<u8>> {
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        if metadata.len() > LARGEST {
            return Err(io::Error::other("it is larger than 64 MiB"));
        }
        std::fs::read(path)
    };
    let text =
        bytes().and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8")));
    match text {
        Ok(text) => Some(text),
        Err(error) => {
            read.reject(shown(path), error.to_string());
            None
        }
    }
}

/// Returns text with LF line endings and without a byte order mark.
pub(super) fn plain(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n")
}

/// Records an entry that is not an SQL file. Rejects a migration in another language, and leaves
/// out any other file.
pub(super) fn pass_over(entry: &Entry, read: &mut Originals) {
    let end = entry.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_module = ["mod.rs", "lib.rs", "main.rs", "env.py"].contains(&entry.name.as_str());
    if !entry.is_folder && PROGRAMS.contains(&end.as_str()) && !is_module {
        read.reject(
            entry.shown(),
            "it is a program, which cannot be translated: replace it with its statements as SQL",
        );
    } else {
        read.left_out.push(entry.shown());
    }
}

/// How a tool compares versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Numbers,
    Text,
}

/// Sorts the migrations by version, assigns their IDs, and rejects duplicate versions. `versions`
/// contains the versions of the migrations, in the same order.
pub(super) fn in_order(read: &mut Originals, versions: Vec<String>, order: Order) {
    let migrations = std::mem::take(&mut read.migrations);
    let mut numbered: Vec<(String, String, Original)> = Vec::new();
    for (version, migration) in versions.into_iter().zip(migrations) {
        match id_of_version(&version).filter(|id| id.len() <= 32) {
            Some(id) => {
                let migration = Original { version: version.clone(), ..migration };
                numbered.push((version.replace(['-', '_'], ""), id, migration));
            }
            None => read.reject(migration.file, format!("its version `{version}` is not a number")),
        }
    }
    numbered.sort_by(|(version, id, _), (other, other_id, _)| match order {
        Order::Numbers => (id.len(), id).cmp(&(other_id.len(), other_id)),
        Order::Text => version.cmp(other),
    });
    let mut before: Option<(String, String)> = None;
    for (_, id, migration) in numbered {
        if let Some((_, other)) = before.as_ref().filter(|(earlier, _)| *earlier == id) {
            read.reject(migration.file, format!("it has the same version as `{other}`"));
            continue;
        }
        before = Some((id.clone(), migration.file.clone()));
        read.migrations.push(Original { id, ..migration });
    }
}

/// Returns a name with spaces between its words.
pub(super) fn words(name: &str) -> String {
    name.replace(['_', '-'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a path as shown in messages, with forward slashes.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
