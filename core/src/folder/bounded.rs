//! Reads only regular files, up to a size limit. A pipe or a device in the folder would block the
//! reader or fill its memory.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// The default size limit of a file, in bytes.
pub const USUAL_LIMIT: u64 = 8 << 20;

/// The reason why a file was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The operating system reported an error.
    Refused(io::Error),
    /// The path is not a regular file. The value describes what it is, such as "a pipe".
    Irregular(&'static str),
    /// The file is larger than the limit.
    TooLarge { limit: u64 },
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Refused(error)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(formatter),
            Self::Irregular(what) => write!(formatter, "it is {what}; expected a regular file"),
            Self::TooLarge { limit } => write!(formatter, "it is larger than {limit} bytes"),
        }
    }
}

/// Reads a regular file. Follows links.
///
/// Rule: only regular files are opened. The file is checked again after it is opened, because
/// another process may have replaced it. The limit also applies while reading, because a file may
/// grow.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Unread> {
    check(&std::fs::metadata(path)?, limit)?;
    let file = open(path)?;
    check(&file.metadata()?, limit)?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(Unread::TooLarge { limit }) } else { Ok(bytes) }
}

fn check(found: &Metadata, limit: u64) -> Result<(), Unread> {
    if !found.is_file() {
        return Err(Unread::Irregular(kind(found)));
    }
    if found.len() > limit { Err(Unread::TooLarge { limit }) } else { Ok(()) }
}

/// Opens a file without blocking, even if it is a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn kind(found: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = found.file_type();
    match () {
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () => "a special file",
    }
}

#[cfg(not(unix))]
fn kind(found: &Metadata) -> &'static str {
    if found.is_dir() { "a folder" } else { "a special file" }
}

#[cfg(test)]
mod tests {
    use super::{Unread, read};

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    /// Returns the size of a file that was read, or the reason why it was not.
    fn reported(read: Result<Vec<u8>, Unread>) -> Result<usize, String> {
        read.map(|bytes| bytes.len()).map_err(|unread| unread.to_string())
    }

    #[test]
    fn a_file_is_read_up_to_the_limit() -> TestResult {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.sql");
        for (length, expected) in
            [(0, Ok(0)), (9, Ok(9)), (10, Ok(10)), (11, Err("it is larger than 10 bytes"))]
        {
            std::fs::write(&path, vec![b' '; length])?;
            assert_eq!(reported(read(&path, 10)), expected.map_err(str::to_owned));
        }
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_and_links_to_them_are_read() -> TestResult {
        use std::os::unix::{fs::symlink, net::UnixListener};
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "text")?;
        std::fs::create_dir(at("folder"))?;
        let _socket = UnixListener::bind(at("socket"))?;
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status()?;
        assert!(made.success());
        for (target, expected) in [
            ("file", Ok(4)),
            ("folder", Err("a folder")),
            ("socket", Err("a socket")),
            ("pipe", Err("a pipe")),
            ("/dev/zero", Err("a device")),
        ] {
            let link = at("link");
            let _ = std::fs::remove_file(&link);
            symlink(at(target), &link)?;
            let expected = expected.map_err(|what| format!("it is {what}; expected a regular file"));
            assert_eq!(reported(read(&at(target), 10)), expected, "{target}");
            assert_eq!(reported(read(&link, 10)), expected, "a link to {target}");
        }
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_longer_than_it_says_is_read_up_to_the_limit() {
        // Files in this folder report a size of zero.
        assert_eq!(
            reported(read(std::path::Path::new("/proc/self/status"), 10)),
            Err("it is larger than 10 bytes".to_owned())
        );
    }
}
