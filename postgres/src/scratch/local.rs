//! A server in a temporary folder, which this process starts and stops.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Config, NoTls};
use tempfile::TempDir;

use super::{ScratchError, programs};

/// The name of the server's user. It must not exist on any other server.
const USER: &str = "aludel";

/// The maximum time that the server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
#[derive(Debug)]
pub(super) struct Local {
    folder: PathBuf,
    /// The shell that runs the server until its input is closed.
    shell: Child,
}

/// The user and group that run the server if this process belongs to root, because PostgreSQL
/// refuses to run as root.
#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Local {
    pub(super) fn start() -> Result<Self, ScratchError> {
        let programs = programs::find().ok_or(ScratchError::NoServer)?;
        let folder = tempfile::Builder::new()
            .prefix("aludel-scratch-")
            .tempdir_in(parent_folder())
            .map_err(ScratchError::Folder)?;
        let owner = Owner::needed(folder.path()).map_err(ScratchError::Folder)?;
        if let Some(Owner { user, group }) = owner {
            chown(folder.path(), Some(user), Some(group)).map_err(ScratchError::Folder)?;
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))
            .map_err(ScratchError::Folder)?;
        initialize(&programs.join("initdb"), folder.path(), owner)?;
        let mut local = run(&programs.join("postgres"), folder, owner)?;
        local.wait()?;
        Ok(local)
    }

    /// Returns the connection settings for the server.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::new();
        config.host_path(&self.folder).user(USER).dbname("postgres");
        config
    }

    /// Waits until the server accepts connections.
    fn wait(&mut self) -> Result<(), ScratchError> {
        let start = Instant::now();
        loop {
            let Err(refused) = self.config().connect(NoTls) else { return Ok(()) };
            let has_ended = self.shell.try_wait().ok().flatten().is_some();
            if has_ended || start.elapsed() > PATIENCE {
                let mut log = String::new();
                if let Some(output) = self.shell.stdout.as_mut().filter(|_| has_ended) {
                    // If the output cannot be read, the connection error is reported.
                    let _ = output.read_to_string(&mut log);
                }
                let log = if log.is_empty() { refused.to_string() } else { log };
                return Err(ScratchError::NotStarted { log: log.trim().to_owned() });
            }
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // The shell removes the folder. If the shell was killed, nothing can be done.
        let _ = self.shell.wait();
    }
}

impl Owner {
    /// Returns the user who must run the server, or `None` if this process can run it.
    fn needed(folder: &Path) -> std::io::Result<Option<Self>> {
        use std::os::unix::fs::MetadataExt as _;
        // The folder was just created, so its owner is this process's user.
        if fs::metadata(folder)?.uid() != 0 {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let find = |name: &str| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut numbers = line.split(':').skip(2).map(str::parse);
            Some(Self { user: numbers.next()?.ok()?, group: numbers.next()?.ok()? })
        };
        let nobody = Self { user: 65534, group: 65534 };
        Ok(Some(find("postgres").or_else(|| find("nobody")).unwrap_or(nobody)))
    }
}

/// The memory-backed folder on Linux, and the free space in bytes that a server may need.
const IN_MEMORY: &str = "/dev/shm";
const NEEDED: u64 = 4 << 30;

/// Returns the parent of the server's folder: `TMPDIR` if it is set, otherwise the memory-backed
/// folder if it has enough space. Creating and dropping databases is twice as fast there.
fn parent_folder() -> PathBuf {
    let has_room =
        || rustix::fs::statvfs(IN_MEMORY).is_ok_and(|space| space.f_bavail * space.f_frsize >= NEEDED);
    if std::env::var_os("TMPDIR").is_none() && has_room() {
        return PathBuf::from(IN_MEMORY);
    }
    std::env::temp_dir()
}

fn command(program: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
    if let Some(Owner { user, group }) = owner {
        command.uid(user).gid(group);
    }
    command
}

fn initialize(program: &Path, folder: &Path, owner: Option<Owner>) -> Result<(), ScratchError> {
    let output = command(program, owner)
        .args(["--encoding=UTF8", "--locale=C", "--auth=trust", "--no-sync", "--no-instructions"])
        .args(["--username", USER, "--pgdata"])
        .arg(folder.join("data"))
        .output()
        .map_err(|source| ScratchError::Run { program: program.to_owned(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ScratchError::Failed { program: program.to_owned(), output })
}

fn run(program: &Path, folder: TempDir, owner: Option<Owner>) -> Result<Local, ScratchError> {
    let shell = command(Path::new("/bin/sh"), owner)
        .args(["-c", include_str!("server.sh"), "sh"])
        .arg(program)
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // An interrupt from the terminal must not reach the server before this process has ended.
        .process_group(0)
        .spawn()
        .map_err(|source| ScratchError::Run { program: program.to_owned(), source })?;
    Ok(Local { folder: folder.keep(), shell })
}
