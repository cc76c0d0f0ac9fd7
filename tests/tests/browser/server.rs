//! A PhotoSafe server in a temporary folder.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// A running server. It is killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    folder: TempDir,
    /// The address of its page.
    pub(crate) url: String,
}

impl Server {
    /// Starts a server on a free port and waits until it listens.
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(program())
            .current_dir(folder.path())
            .env_clear()
            .args(["--bind", "127.0.0.1:0", "--log", "warn"])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut server = Self { child, stdout, folder, url: String::new() };
        let line = server.line()?;
        let url = line.strip_prefix("listening on ").ok_or_else(|| format!("unexpected line: {line}"))?;
        url.clone_into(&mut server.url);
        Ok(server)
    }

    /// Returns the code for the first account, which the server prints once it serves.
    pub(crate) fn code(&mut self) -> Result<String, Box<dyn Error>> {
        Ok(self.line()?.rsplit(' ').next().ok_or("no code")?.to_owned())
    }

    /// Runs one of the program's commands on this server's database.
    pub(crate) fn command(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        let output =
            Command::new(program()).current_dir(self.folder.path()).env_clear().args(arguments).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(format!("{arguments:?} failed: {text}").into()) }
    }

    /// Returns its folder, in which tests can create files to upload.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

/// Returns the path of the program, which the first test builds.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| tests::build::binary("server"))
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
