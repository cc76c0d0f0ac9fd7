//! Runs the server as a process.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
#[cfg(feature = "peers")]
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client::{Client, Reply, SECRET, hash};

/// The time limit for a step. It is longer than any step takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with a database and photos. It outlives the processes that serve it.
#[derive(Debug)]
pub(crate) struct Home {
    folder: TempDir,
    database: Database,
}

/// The database of a server.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    #[cfg(feature = "peers")]
    Url(Arc<aludel_postgres::scratch::Database<'static>>),
}

/// A type that can be read from a column of either kind of database.
#[cfg(not(feature = "peers"))]
pub(crate) trait Value: aludel::rusqlite::types::FromSql {}
#[cfg(feature = "peers")]
pub(crate) trait Value:
    aludel::rusqlite::types::FromSql + for<'row> postgres::types::FromSql<'row>
{
}

impl Value for i64 {}
impl Value for String {}

/// A running server. It is killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
    database: Database,
}

impl Home {
    /// Creates a home with an SQLite database, or with a PostgreSQL database if the environment
    /// requests it (`.ci/run`).
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        #[cfg(feature = "peers")]
        if std::env::var_os("PHOTOSAFE_TESTS_ON_POSTGRESQL").is_some() {
            return Self::on_postgres();
        }
        Self::on_sqlite()
    }

    /// Creates a home with an SQLite database.
    pub(crate) fn on_sqlite() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        Ok(Self { database: Database::File(folder.path().join("photosafe.db")), folder })
    }

    /// Creates a home with a PostgreSQL database, on a server that all tests of this process share.
    #[cfg(feature = "peers")]
    pub(crate) fn on_postgres() -> Result<Self, Box<dyn Error>> {
        use aludel_postgres::scratch;
        static SERVER: OnceLock<Result<scratch::Server, String>> = OnceLock::new();
        let started = SERVER.get_or_init(|| scratch::Server::start().map_err(|error| error.to_string()));
        let database = started.as_ref().map_err(Clone::clone)?.create()?;
        Ok(Self { folder: tempfile::tempdir()?, database: Database::Url(Arc::new(database)) })
    }

    /// Returns the URL of the PostgreSQL database.
    #[cfg(feature = "peers")]
    pub(crate) fn url(&self) -> String {
        match &self.database {
            Database::File(_) => String::new(),
            Database::Url(database) => database.url(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path().join("photosafe.db")
    }

    pub(crate) fn connect(&self) -> Result<aludel::rusqlite::Connection, Box<dyn Error>> {
        let connection = aludel::rusqlite::Connection::open(self.database())?;
        connection.busy_timeout(PATIENCE)?;
        Ok(connection)
    }

    /// Runs statements on either kind of database.
    pub(crate) fn change(&self, sql: &str) -> Result<(), Box<dyn Error>> {
        match &self.database {
            Database::File(_) => self.connect()?.execute_batch(sql)?,
            #[cfg(feature = "peers")]
            Database::Url(database) => database.connect()?.batch_execute(sql)?,
        }
        Ok(())
    }

    /// Returns the first column of a query on either kind of database.
    pub(crate) fn column<T: Value>(&self, sql: &str) -> Result<Vec<T>, Box<dyn Error>> {
        match &self.database {
            Database::File(_) => {
                let connection = self.connect()?;
                let mut statement = connection.prepare(sql)?;
                Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
            }
            #[cfg(feature = "peers")]
            Database::Url(database) => {
                Ok(database.connect()?.query(sql, &[])?.iter().map(|row| row.get(0)).collect())
            }
        }
    }

    /// Returns a command that runs the server with these flags, in this folder and with an empty
    /// environment.
    pub(crate) fn command(&self, flags: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .current_dir(self.path())
            .env_clear()
            .envs(self.database.variable())
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the server until it ends.
    pub(crate) fn run(&self, flags: &[&str]) -> std::io::Result<Output> {
        self.command(flags).output()
    }

    /// Starts a server on a free port and waits until it listens.
    pub(crate) fn listen(&self, flags: &[&str]) -> Result<Server, Box<dyn Error>> {
        self.listen_at(SocketAddr::from(([127, 0, 0, 1], 0)), flags)
    }

    /// Starts a server on an address and waits until it listens.
    pub(crate) fn listen_at(&self, address: SocketAddr, flags: &[&str]) -> Result<Server, Box<dyn Error>> {
        let mut command = self.command(flags);
        command.args(["--bind", &address.to_string()]);
        self.spawn(command)
    }

    /// Starts a server with a limit on open files, and waits until it serves.
    pub(crate) fn serve_with_files(&self, files: u32) -> Result<Server, Box<dyn Error>> {
        let mut command = Command::new("sh");
        command
            .current_dir(self.path())
            .env_clear()
            .envs(self.database.variable())
            .arg("-c")
            .arg(format!("ulimit -n {files}; exec \"$0\" --bind 127.0.0.1:0 --log warn"))
            .arg(binary())
            .stdout(Stdio::piped());
        let server = self.spawn(command)?;
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Starts a process. Its log goes to a file in the folder, to keep it out of the test output.
    pub(crate) fn spawn(&self, mut command: Command) -> Result<Server, Box<dyn Error>> {
        let log = self.path().join("server.log");
        let log = File::options().create(true).append(true).open(log)?;
        let mut child = command.stderr(log).env("PHOTOSAFE_LOG", "error").spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .ok_or_else(|| format!("unexpected first line: {line:?}"))?
            .parse()?;
        Ok(Server { child, stdout, address, database: self.database.clone() })
    }

    /// Starts a server and waits until it serves.
    pub(crate) fn serve(&self, flags: &[&str]) -> Result<Server, Box<dyn Error>> {
        let server = self.listen(flags)?;
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Returns the stored files, which are in folders with two-letter names.
    pub(crate) fn contents(&self) -> std::io::Result<Vec<PathBuf>> {
        stored(&self.path().join("uploads"))
    }

    /// Returns the stored thumbnails.
    pub(crate) fn thumbnails(&self) -> std::io::Result<Vec<PathBuf>> {
        stored(&self.path().join("uploads/.thumbnails"))
    }

    /// Returns the incomplete uploads.
    pub(crate) fn incoming(&self) -> std::io::Result<Vec<PathBuf>> {
        files(&self.path().join("uploads/.incoming"))
    }
}

impl Server {
    pub(crate) fn connect(&self) -> std::io::Result<Client> {
        Client::connect(self.address)
    }

    /// Reads the next line of stdout.
    pub(crate) fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        Ok(line)
    }

    /// Sends one request on its own connection.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Result<Reply, Box<dyn Error>> {
        self.connect()?.ask(method, path, &[], b"")
    }

    /// Waits until no background jobs are left.
    pub(crate) fn wait_for_jobs(&self) -> Result<(), Box<dyn Error>> {
        wait("the background jobs", || {
            Ok(self.ask("GET", "/api/library/status")?.json()?.pointer("/jobs/pending") == Some(&0.into()))
        })
    }

    /// Returns the peak memory of the process, in bytes
    /// (<https://man7.org/linux/man-pages/man5/proc.5.html>).
    pub(crate) fn most_memory(&self) -> Result<u64, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? << 10)
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Result<Reply, Box<dyn Error>> {
        self.connect()?.ask("PUT", &format!("/api/photos/{name}"), &[], bytes)
    }

    pub(crate) fn wait_until_ready(&self) -> Result<(), Box<dyn Error>> {
        wait("readiness", || Ok(self.ask("GET", "/readyz")?.status == 200))?;
        match &self.database {
            Database::File(path) => sign_in(path),
            #[cfg(feature = "peers")]
            Database::Url(database) => sign_in_on_postgres(&database.url()),
        }
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) -> Result<(), Box<dyn Error>> {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status()?;
        sent.success().then_some(()).ok_or_else(|| format!("cannot send {name}").into())
    }

    /// Waits for the process to end.
    pub(crate) fn ended(&mut self) -> Result<ExitStatus, Box<dyn Error>> {
        let mut ended = None;
        wait("the end", || {
            ended = self.child.try_wait()?;
            Ok(ended.is_some())
        })?;
        // The remaining output is not needed.
        self.stdout.read_to_end(&mut Vec::new())?;
        ended.ok_or_else(|| "still running".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Creates the tester's account, with a token that clients use, unless it exists.
pub(crate) fn sign_in(database: &Path) -> Result<(), Box<dyn Error>> {
    if !database.exists() {
        return Ok(());
    }
    let connection = aludel::rusqlite::Connection::open(database)?;
    connection.busy_timeout(PATIENCE)?;
    let user = "INSERT OR IGNORE INTO users (id, username, email, hashed_password) VALUES (1, 'tester', 'tester@localhost', '!')";
    connection.execute(user, [])?;
    let token =
        "INSERT OR IGNORE INTO tokens (user_id, kind, name, hash, created_at, expires_at, last_used_at)
         VALUES (1, 'token', 'tests', ?1, '2026-01-01', '9999-01-01', '2999-01-01 00:00:00')";
    connection.execute(token, [hash(SECRET.as_bytes())])?;
    Ok(())
}

/// Creates the tester's account, like [`sign_in`].
#[cfg(feature = "peers")]
fn sign_in_on_postgres(url: &str) -> Result<(), Box<dyn Error>> {
    let mut client = aludel::postgres::Database::parse(url)?.connect()?;
    let user = "INSERT INTO users (username, email, hashed_password)
         VALUES ('tester', 'tester@localhost', '!') ON CONFLICT DO NOTHING";
    client.execute(user, &[])?;
    let token = "INSERT INTO tokens (user_id, kind, name, hash, created_at, expires_at, last_used_at)
         SELECT id, 'token', 'tests', $1, '2026-01-01', '9999-01-01', '2999-01-01' FROM users
         WHERE username = 'tester' ON CONFLICT DO NOTHING";
    client.execute(token, &[&hash(SECRET.as_bytes())])?;
    Ok(())
}

impl Database {
    /// Returns the environment variable for a database other than the default, or `None` for the
    /// default.
    fn variable(&self) -> Option<(&'static str, String)> {
        match self {
            Self::File(_) => None,
            #[cfg(feature = "peers")]
            Self::Url(database) => Some(("DATABASE_URL", database.url())),
        }
    }
}

/// Polls until the condition holds.
pub(crate) fn wait(
    what: &str,
    mut is_there: impl FnMut() -> Result<bool, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    while !is_there()? {
        if begun.elapsed() > PATIENCE {
            return Err(format!("waited in vain for {what}").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Waits until a process handles SIGINT and SIGTERM itself
/// (<https://man7.org/linux/man-pages/man5/proc.5.html>).
pub(crate) fn wait_until_it_listens(child: &Child) -> Result<(), Box<dyn Error>> {
    const BOTH: u64 = 1 << (2 - 1) | 1 << (15 - 1);
    let status = format!("/proc/{}/status", child.id());
    wait("handlers of SIGINT and SIGTERM", || {
        let text = std::fs::read_to_string(&status)?;
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).ok_or("no SigCgt")?;
        Ok(u64::from_str_radix(caught.trim(), 16)? & BOTH == BOTH)
    })
}

/// Returns the files below the folders with two-letter names.
fn stored(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in files(root)? {
        if folder.is_dir() && folder.file_name().is_some_and(|name| name.len() == 2) {
            found.extend(files(&folder)?);
        }
    }
    Ok(found)
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Returns the path of the server.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| tests::build::binary("server"))
}
