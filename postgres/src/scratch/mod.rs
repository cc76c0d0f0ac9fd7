//! Scratch databases, on a server that this process starts or on an existing one.
//!
//! If this process starts the server, `initdb` creates it in a temporary folder, and it listens
//! only on a Unix socket in that folder. The server ends with this process, even if the process is
//! killed. On an existing server, a scratch database has a random name and is dropped at the end.

mod dump;
mod error;
mod given;
#[cfg(unix)]
mod local;
#[cfg(not(unix))]
#[path = "no_local.rs"]
mod local;
#[cfg(unix)]
mod programs;

pub(crate) use dump::Contents;
pub use error::ScratchError;

use std::sync::atomic::{AtomicU32, Ordering};

use postgres::config::Host;
use postgres::{Client, Config, NoTls};

use local::Local;

/// The prefix of the names of scratch databases.
const PREFIX: &str = "aludel_scratch_";

/// The number of milliseconds that a statement may take. A script can set a different limit.
const STATEMENT_TIMEOUT: u32 = 60_000;

/// The number of milliseconds that a statement waits for a lock, as in a run.
const LOCK_TIMEOUT: u32 = 5000;

/// A server on which scratch databases are created.
#[derive(Debug)]
pub struct Server {
    /// The server, if this process started it.
    local: Option<Local>,
    config: Config,
    connect: Connector,
    admin: Admin,
    major: u32,
}

/// A function that opens a connection with these settings, for example with TLS.
pub type Connect = Box<dyn Fn(&Config) -> Result<Client, ScratchError> + Send + Sync>;

struct Connector(Connect);

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connector")
    }
}

/// The connection that creates and drops databases.
struct Admin(std::sync::Mutex<Client>);

impl std::fmt::Debug for Admin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Admin")
    }
}

/// A scratch database. The database is dropped when this value is dropped.
#[derive(Debug)]
pub struct Database<'a> {
    server: &'a Server,
    name: String,
    /// The search path of its connections, or `None` for the server's default.
    search_path: Option<String>,
}

impl Server {
    /// Starts a server with the newest installed programs.
    ///
    /// # Errors
    ///
    /// Returns an error if the programs are not installed, or if the server does not start.
    pub fn start() -> Result<Self, ScratchError> {
        let local = Local::start()?;
        let config = local.config();
        Self::new(Some(local), config, Box::new(without_tls))
    }

    /// Uses the server at a URL. The user in the URL must be able to create databases. Drops
    /// databases that killed processes left behind.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL cannot be parsed, or if the server cannot be reached.
    pub fn at(url: &str) -> Result<Self, ScratchError> {
        Self::given(url.parse().map_err(ScratchError::Url)?, Box::new(without_tls))
    }

    /// Uses a server like [`Server::at`], but opens connections with a function.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be reached.
    pub fn given(config: Config, connect: Connect) -> Result<Self, ScratchError> {
        let server = Self::new(None, config, connect)?;
        given::drop_leftovers(&mut *server.admin()?)?;
        Ok(server)
    }

    fn new(local: Option<Local>, config: Config, connect: Connect) -> Result<Self, ScratchError> {
        let mut admin = connect(&config)?;
        let row = admin.query_one("SELECT current_setting('server_version_num')::int / 10000", &[])?;
        let major: i32 = row.get(0);
        let admin = Admin(std::sync::Mutex::new(admin));
        Ok(Self { local, config, connect: Connector(connect), admin, major: major.unsigned_abs() })
    }

    /// Returns the major version of the server.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Returns `true` if this process started the server, so that a script may change roles.
    pub fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Creates an empty database.
    ///
    /// # Errors
    ///
    /// Returns an error if the user is not allowed to create databases.
    pub fn create(&self) -> Result<Database<'_>, ScratchError> {
        self.create_from("template0")
    }

    /// Copies a scratch database that nobody is connected to.
    pub(crate) fn copy(&self, database: &Database<'_>) -> Result<Database<'_>, ScratchError> {
        self.create_from(&database.name)
    }

    fn create_from(&self, template: &str) -> Result<Database<'_>, ScratchError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}_{}_{number}", std::process::id(), random());
        let mut admin = self.admin()?;
        if !self.is_local() {
            given::mark(&mut admin, &name)?;
        }
        // This is ten times as fast on a server that does not wait for the disk.
        let strategy = if self.is_local() && self.major >= 15 { "STRATEGY file_copy" } else { "" };
        admin.batch_execute(&format!(
            "CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' {strategy}"
        ))?;
        if !self.is_local() {
            given::comment(&mut admin, &name)?;
        }
        Ok(Database { server: self, name, search_path: None })
    }

    /// Drops the roles that scripts created, if this process started the server. Chains that create
    /// roles cannot be proved at the same time on the same server.
    pub(crate) fn drop_roles(&self) -> Result<(), ScratchError> {
        if !self.is_local() {
            return Ok(());
        }
        let mut admin = self.admin()?;
        let roles = "SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE oid >= 16384";
        for row in admin.query(roles, &[])? {
            // A role that another database of this process still needs cannot be dropped.
            let _ = admin.batch_execute(row.get(0));
        }
        Ok(())
    }

    fn admin(&self) -> Result<std::sync::MutexGuard<'_, Client>, ScratchError> {
        self.admin.0.lock().map_err(|_| ScratchError::Busy)
    }
}

impl Database<'_> {
    /// Sets the search path of the connections that are opened from now on.
    pub(crate) fn set_search_path(&mut self, path: &str) {
        self.search_path = Some(path.to_owned());
    }

    /// Returns the name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the URL of the database.
    pub fn url(&self) -> String {
        let config = &self.server.config;
        let user = encoded(config.get_user().unwrap_or_default().as_bytes());
        let password = config.get_password().map(|password| format!(":{}", encoded(password)));
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(folder)) => encoded(folder.as_os_str().as_encoded_bytes()),
            None => String::new(),
        };
        let port = config.get_ports().first().map(|port| format!(":{port}")).unwrap_or_default();
        format!("postgresql://{user}{}@{host}{port}/{}", password.unwrap_or_default(), self.name)
    }

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// Returns the server's error.
    pub fn connect(&self) -> Result<Client, ScratchError> {
        let mut config = self.server.config.clone();
        let given = config.get_options().unwrap_or_default();
        // A setting of the connection outlives `DISCARD ALL`.
        let path =
            self.search_path.as_deref().map(|path| format!(" -c search_path={}", escaped_option(path)));
        let options = format!(
            "-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT} {given}{}",
            path.unwrap_or_default()
        );
        config.dbname(&self.name).application_name("aludel prove").options(&options);
        self.server.connect.0(&config)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // The error cannot be reported from here. The next proof drops a leftover database.
        if let Ok(mut admin) = self.server.admin() {
            let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
            if !self.server.is_local() {
                let _ = given::unmark(&mut admin, &self.name);
            }
        }
    }
}

fn without_tls(config: &Config) -> Result<Client, ScratchError> {
    config.connect(NoTls).map_err(ScratchError::Connect)
}

/// Escapes a value for the `options` of a connection, which the server splits at spaces.
fn escaped_option(value: &str) -> String {
    let escape = |letter: char| {
        let backslash = (letter == '\\' || letter.is_ascii_whitespace()).then_some('\\');
        backslash.into_iter().chain([letter])
    };
    value.chars().flat_map(escape).collect()
}

/// Percent-encodes a part of a URL.
fn encoded(bytes: &[u8]) -> String {
    let encode = |byte: &u8| {
        if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("%{byte:02X}") }
    };
    bytes.iter().map(encode).collect()
}

/// Returns a number that differs between two processes with the same ID.
fn random() -> u32 {
    use std::hash::{BuildHasher as _, RandomState};
    let [a, b, c, d, ..] = RandomState::new().hash_one(0).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
