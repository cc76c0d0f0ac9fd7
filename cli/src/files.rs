//! Writes files atomically, so that no reader ever sees a partial file.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Creates a file that does not exist yet. If the write fails, the partial file is removed.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    or_remove(path, file.write_all(text.as_bytes()))
}

/// Writes a new file and renames it over the old one. Keeps the permissions.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = path.with_file_name(format!(".{name}.{}", std::process::id()));
    or_remove(&new, write_new(&new, text, &path).and_then(|()| std::fs::rename(&new, &path)))
}

fn write_new(new: &Path, text: &str, old: &Path) -> io::Result<()> {
    let mut file = File::create(new)?;
    if let Ok(old) = std::fs::metadata(old) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// If a write failed, removes the partial file and returns the error.
fn or_remove(path: &Path, written: io::Result<()>) -> io::Result<()> {
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written
}
