//! The names of backup files, and the removal of old ones.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The suffix of the name of a backup.
const SUFFIX: &str = ".backup";

/// The suffix of the name while the backup is being made.
const UNFINISHED: &str = ".unfinished";

/// The maximum number of revisions in a name.
const REVISIONS_NAMED: usize = 2;

/// The format of the time in a name.
const TIME: &[u8] = b"00000000T000000000Z";

/// The backups of one database in one folder.
///
/// Files with other names are never touched.
#[derive(Debug)]
pub(super) struct Names {
    folder: PathBuf,
    /// The name of the database, with the dot before the time.
    prefix: String,
}

impl Names {
    pub(super) fn new(folder: PathBuf, database: &Path) -> Self {
        let name = database.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
        Self { folder, prefix: format!("{name}.") }
    }

    /// Returns the path of a backup. Sorting backups by name also sorts them by time.
    pub(super) fn of(&self, time: &str, rows: &[String]) -> PathBuf {
        let revisions = match rows {
            [] => "base".to_owned(),
            rows if rows.len() <= REVISIONS_NAMED => rows.join("+"),
            [first, others @ ..] => format!("{first}+{}", others.len()),
        };
        // Version rows are not always revision IDs.
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || "_.+".contains(*letter);
        let revisions: String = revisions.chars().filter(is_plain).collect();
        self.folder.join(format!("{}{}.{revisions}{SUFFIX}", self.prefix, time.replace('.', "")))
    }

    /// Returns the path of a backup while it is being made.
    pub(super) fn unfinished(path: &Path) -> PathBuf {
        path.with_extension(format!("{}{UNFINISHED}", SUFFIX.trim_start_matches('.')))
    }

    /// Removes the unfinished backups of killed processes. Only one process at a time makes a
    /// backup, because it holds the database lock.
    pub(super) fn remove_unfinished(&self) -> io::Result<()> {
        let is_left = |name: &str| {
            let end = name.find(UNFINISHED);
            end.is_some_and(|end| name.get(..end).is_some_and(|name| self.is_backup(name)))
        };
        self.names()?.iter().filter(|name| is_left(name)).try_for_each(|name| self.remove(name))
    }

    /// Removes the oldest backups.
    pub(super) fn remove_all_but(&self, count: usize) -> io::Result<()> {
        let mut names = self.names()?;
        names.retain(|name| self.is_backup(name));
        names.sort();
        let surplus = names.len().saturating_sub(count);
        names.iter().take(surplus).try_for_each(|name| self.remove(name))
    }

    /// Makes a rename durable (<https://sqlite.org/howtocorrupt.html>).
    #[cfg(unix)]
    pub(super) fn sync_folder(&self) -> io::Result<()> {
        fs::File::open(self.folder())?.sync_all()
    }

    fn folder(&self) -> &Path {
        if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder }
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder())? {
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn is_backup(&self, name: &str) -> bool {
        let inner = name.strip_prefix(&*self.prefix).and_then(|name| name.strip_suffix(SUFFIX));
        let Some((time, revisions)) = inner.and_then(|inner| inner.split_once('.')) else { return false };
        let shape = |byte: u8| if byte.is_ascii_digit() { b'0' } else { byte };
        !revisions.is_empty() && time.bytes().map(shape).eq(TIME.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Names;

    #[test]
    fn only_backups_of_the_same_database_are_recognised() {
        let names = Names::new("copies".into(), Path::new("/data/app.db"));
        let path = names.of("20260115T103000.123Z", &["a1".to_owned(), "b2".to_owned()]);
        assert_eq!(path, Path::new("copies/app.db.20260115T103000123Z.a1+b2.backup"));
        assert_eq!(
            Names::unfinished(&path),
            Path::new("copies/app.db.20260115T103000123Z.a1+b2.backup.unfinished")
        );
        assert!(names.is_backup("app.db.20260115T103000123Z.a1+b2.backup"));
        for other in [
            "app.db",
            "app.db.backup",
            "app.db.20260115T103000123Z.backup",
            "app.db.20260115T103000123Z.a1.backup.unfinished",
            "app.db.2026-01-15.a1.backup",
            "other.db.20260115T103000123Z.a1.backup",
            "app.db.old.20260115T103000123Z.a1.backup",
        ] {
            assert!(!names.is_backup(other), "{other}");
        }
    }

    #[test]
    fn a_name_lists_few_revisions() {
        let names = Names::new("".into(), Path::new("app.db"));
        let of = |rows: &[&str]| {
            let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
            names.of("20260115T103000.123Z", &rows).display().to_string()
        };
        assert_eq!(of(&[]), "app.db.20260115T103000123Z.base.backup");
        assert_eq!(of(&["a1", "b2", "c3"]), "app.db.20260115T103000123Z.a1+2.backup");
        assert_eq!(of(&["../x"]), "app.db.20260115T103000123Z...x.backup");
    }
}
