//! Opens and removes files below a folder without following symbolic links.
//!
//! The folder itself may be a link, because the operator chose it. Its content may come from
//! anywhere, so each component of a path is opened separately with `O_NOFOLLOW`
//! (<https://man7.org/linux/man-pages/man2/open.2.html>).

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

/// The identity of a file and the time of its last change. They show if a file was changed or
/// replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileState {
    device: u64,
    inode: u64,
    size: u64,
    /// The seconds and nanoseconds of the last change of the content or the name.
    changed: (i64, i64),
}

/// The time after which a further change of a file has another timestamp, whatever the resolution of
/// the file system.
const SETTLED: Duration = Duration::from_secs(2);

impl FileState {
    /// Returns the state of a file from its metadata.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Returns `true` if the last change was so long ago that a further one would be recognized.
    pub(crate) fn is_settled(&self) -> bool {
        let changed = u64::try_from(self.changed.0).map(Duration::from_secs).unwrap_or_default();
        let age = SystemTime::now().duration_since(UNIX_EPOCH + changed);
        age.is_ok_and(|age| age > SETTLED)
    }
}

/// Returns the state of a file below a folder. Returns `None` if it is missing or not a regular
/// file.
pub(crate) fn state(root: &Path, below: &Path) -> Option<FileState> {
    let metadata = std::fs::symlink_metadata(root.join(below)).ok()?;
    metadata.is_file().then(|| FileState::of(&metadata))
}

/// Opens a file for reading, and reads its metadata. Returns `None` if it is missing, or if it is a
/// link, folder, pipe, device or other special file.
pub(crate) fn open(root: &Path, below: &Path) -> io::Result<Option<(File, Metadata)>> {
    let Some((folder, name)) = parent(root, below)? else {
        return Ok(None);
    };
    // Without `O_NONBLOCK`, opening a pipe without a writer would block forever. It has no effect
    // on a regular file.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let Some(opened) = unless_missing(rustix::fs::openat(&folder, name, flags | READING, Mode::empty()))?
    else {
        return Ok(None);
    };
    let file = File::from(opened);
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata)))
}

/// Removes a file or a link, but not a link's target. Returns `false` if there was none.
pub(crate) fn remove(root: &Path, below: &Path) -> io::Result<bool> {
    let Some((folder, name)) = parent(root, below)? else {
        return Ok(false);
    };
    Ok(unless_missing(rustix::fs::unlinkat(&folder, name, AtFlags::empty()))?.is_some())
}

const READING: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC);

/// Opens the parent folder of a path. Returns `None` if a component is missing or not a folder.
fn parent<'a>(root: &Path, below: &'a Path) -> io::Result<Option<(OwnedFd, &'a OsStr)>> {
    let Some(name) = below.file_name() else {
        return Ok(None);
    };
    let folder = READING | OFlags::DIRECTORY;
    let Some(mut opened) = unless_missing(rustix::fs::open(root, folder, Mode::empty()))? else {
        return Ok(None);
    };
    for component in below.parent().into_iter().flat_map(Path::components) {
        let next =
            rustix::fs::openat(&opened, component.as_os_str(), folder | OFlags::NOFOLLOW, Mode::empty());
        let Some(next) = unless_missing(next)? else {
            return Ok(None);
        };
        opened = next;
    }
    Ok(Some((opened, name)))
}

/// Converts errors that mean "missing" to `None`. A link is `ELOOP`, or `ENOTDIR` if a folder was
/// expected; a socket is `ENXIO`.
fn unless_missing<T>(result: Result<T, Errno>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    #[test]
    fn only_plain_files_are_opened_and_no_link_is_followed() -> io::Result<()> {
        let outside = tempfile::tempdir()?;
        fs::create_dir(outside.path().join("folder"))?;
        fs::write(outside.path().join("folder/secret"), "secret")?;
        let root = tempfile::tempdir()?;
        let path = |name: &str| root.path().join(name);
        fs::create_dir(path("ab"))?;
        fs::write(path("ab/photo"), "photo")?;
        symlink(outside.path().join("folder/secret"), path("ab/link"))?;
        symlink(outside.path().join("folder"), path("linked"))?;
        assert!(Command::new("mkfifo").arg(path("pipe")).status()?.success());
        let _socket = std::os::unix::net::UnixListener::bind(path("socket"))?;
        let is_open = |below: &str| Ok::<_, io::Error>(open(root.path(), Path::new(below))?.is_some());
        assert!(is_open("ab/photo")?);
        for other in ["ab/link", "linked/secret", "pipe", "socket", "ab", "none", "ab/photo/x", "none/x", ""]
        {
            assert!(!is_open(other)?, "{other}");
        }
        assert!(!remove(root.path(), Path::new("linked/secret"))?);
        assert!(remove(root.path(), Path::new("ab/link"))?);
        assert!(outside.path().join("folder/secret").exists());
        Ok(())
    }

    #[test]
    fn the_folder_itself_may_be_a_link() -> io::Result<()> {
        let real = tempfile::tempdir()?;
        fs::write(real.path().join("photo"), "photo")?;
        let elsewhere = tempfile::tempdir()?;
        let root = elsewhere.path().join("uploads");
        symlink(real.path(), &root)?;
        assert!(open(&root, Path::new("photo"))?.is_some());
        Ok(())
    }
}
