//! What a person can set: each setting is a flag, an environment variable and a default.
//!
//! Everything is parsed here, once, into types; nobody else reads the environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use aludel::Database;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::binding::Pair;

const EXIT_CODES: &str = "\
Exit codes:
  0    done, or stopped by a signal after every request in flight was answered
  1    failed: the database and the uploads folder do not belong together, or the schema differs from the migrations;
       with --check or --no-migrate: a migration is pending; or requests were cut off at the end of the drain
  2    the command line or the environment is wrong
  3    the database is ahead: it has a revision that this program lacks
  4    the database diverged: an applied script was edited since
  5    another process holds the database past the waiting limit
  6    a migration failed, and was rolled back
  7    the database has tables but no revision
  8    something else ended the transaction of a run, with work committed; the message says what stayed
  130  interrupted (SIGINT) while migrating, or a second signal
  143  terminated (SIGTERM) while migrating, or a second signal";

/// PhotoSafe's server: brings its database to the head of its chain, then serves photos.
///
/// Without any setting it serves `./photosafe.db` and `./uploads` on 127.0.0.1:8000.
#[derive(Debug, Clone, Parser)]
#[command(name = "server", version, after_long_help = EXIT_CODES)]
pub(crate) struct Settings {
    /// The database: a path or a URL such as `sqlite:///./photosafe.db`
    #[arg(short, long, global = true, env = "DATABASE_URL", value_name = "URL", default_value = "./photosafe.db", value_parser = Database::parse)]
    pub(crate) database: Database,

    /// The folder that holds the photos
    #[arg(long, global = true, env = "PHOTOSAFE_UPLOADS", value_name = "DIR", default_value = "./uploads")]
    pub(crate) uploads: PathBuf,

    /// The address to listen on; port 0 takes a free one, which is said on stdout
    #[arg(long, env = "PHOTOSAFE_BIND", value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub(crate) bind: SocketAddr,

    /// What is logged to stderr: a level, or `target=level` pairs separated by commas
    #[arg(long, env = "PHOTOSAFE_LOG", value_name = "FILTER", default_value = "info", value_parser = parse_filter)]
    pub(crate) log: tracing_subscriber::filter::Targets,

    /// How long to wait for another process that holds the database while migrating
    #[arg(long, env = "PHOTOSAFE_LOCK_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = parse_seconds)]
    pub(crate) lock_timeout: Duration,

    /// Serve a database even if its schema is not the one that the migrations make; the differences are logged
    #[arg(long)]
    pub(crate) allow_drift: bool,

    #[command(flatten)]
    mode: ModeFlags,

    /// How much is taken.
    #[command(flatten)]
    pub(crate) limits: Limits,

    /// How long is waited.
    #[command(flatten)]
    pub(crate) timeouts: Timeouts,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Settings {
    /// The settings of the process; where they are wrong it ends here.
    pub(crate) fn read() -> Self {
        let matches = aludel_cli::without_empty_variables(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// What the program does instead of serving.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Move the database along the chain of migrations in this program, or say where it is
    Db {
        #[command(flatten)]
        manners: aludel_cli::Manners,
        #[command(subcommand)]
        command: aludel_cli::Mounted,
    },
    /// Bind the database and the uploads folder to each other, whatever they hold, and exit
    ///
    /// A server refuses to start if its database and its uploads folder do not belong together: files that no photo names are moved to a
    /// quarantine in time. Use this once you have checked both paths. The database is brought to the head first; photos and files stay as
    /// they are.
    BindUploads,
}

/// The flags that make the program do something else than migrate and serve; at most one of them.
#[derive(Debug, Clone, Copy, Args)]
#[group(multiple = false)]
struct ModeFlags {
    /// Migrate and exit, without listening
    #[arg(long)]
    migrate_only: bool,

    /// Refuse to start if any migration is pending
    #[arg(long)]
    no_migrate: bool,

    /// Say what would run and exit, without writing anything: 0 at head, 1 pending or another schema, 3 ahead, 4 diverged, 7 unversioned
    #[arg(long)]
    check: bool,
}

/// What the program is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Migrate, then serve.
    Serve,
    /// Serve only a database that is at the head already.
    ServeWithoutMigrating,
    /// Migrate, then exit.
    MigrateOnly,
    /// Say what would run, then exit.
    Check,
    /// Migrate, bind the uploads folder, then exit.
    BindUploads,
}

impl Mode {
    /// Returns `true` if photos are served, or would be: then the schema and the uploads folder are compared.
    pub(crate) fn compares(self) -> bool {
        match self {
            Self::Serve | Self::ServeWithoutMigrating | Self::Check => true,
            Self::MigrateOnly | Self::BindUploads => false,
        }
    }
}

/// How much a client may send, and how many may come at once.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Limits {
    /// The size of one photo's file
    #[arg(
        long = "max-upload-bytes",
        env = "PHOTOSAFE_MAX_UPLOAD_BYTES",
        value_name = "BYTES",
        default_value_t = 100 << 20
    )]
    pub(crate) upload_bytes: u64,

    /// The width, and the height, of a photo
    #[arg(long = "max-side", env = "PHOTOSAFE_MAX_SIDE", value_name = "PIXELS", default_value_t = 30_000)]
    pub(crate) side: u32,

    /// The width times the height of a photo
    #[arg(
        long = "max-pixels",
        env = "PHOTOSAFE_MAX_PIXELS",
        value_name = "PIXELS",
        default_value_t = 250_000_000
    )]
    pub(crate) pixels: u64,

    /// Connections served at once, half of them uploads; further requests wait for a turn as long as for a busy database, then get 503.
    /// Health is always answered
    #[arg(long = "max-connections", env = "PHOTOSAFE_MAX_CONNECTIONS", value_name = "COUNT", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: u32,

    /// The same for one IPv4 address, or one IPv6 network (/64). Behind a reverse proxy all clients have its address: give the value of
    /// `--max-connections`
    #[arg(long = "max-connections-per-address", env = "PHOTOSAFE_MAX_CONNECTIONS_PER_ADDRESS", value_name = "COUNT", default_value = "64", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections_per_address: u32,
}

/// Limits for tests.
#[cfg(test)]
pub(crate) const SMALL: Limits =
    Limits { upload_bytes: 1 << 20, side: 100, pixels: 5_000, connections: 1, connections_per_address: 1 };

/// How long a client, or a stop, may take. Times are given in seconds; fractions are allowed.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Timeouts {
    /// Until a whole request head is there; also how long a connection may idle between requests
    #[arg(long = "header-timeout", env = "PHOTOSAFE_HEADER_TIMEOUT", value_name = "SECONDS", default_value = "15", value_parser = parse_seconds)]
    pub(crate) header: Duration,

    /// Between two pieces of a request body
    #[arg(long = "body-idle-timeout", env = "PHOTOSAFE_BODY_IDLE_TIMEOUT", value_name = "SECONDS", default_value = "15", value_parser = parse_seconds)]
    pub(crate) body_idle: Duration,

    /// How many bytes per second a request body must have, once it is late by the time between two pieces; 0 for no minimum
    #[arg(
        long = "min-body-rate",
        env = "PHOTOSAFE_MIN_BODY_RATE",
        value_name = "BYTES",
        default_value_t = 1024
    )]
    pub(crate) body_rate: u64,

    /// For a whole request body
    #[arg(long = "body-timeout", env = "PHOTOSAFE_BODY_TIMEOUT", value_name = "SECONDS", default_value = "600", value_parser = parse_seconds)]
    pub(crate) body: Duration,

    /// For a client to take another 64 KiB or so of its answer
    #[arg(long = "write-timeout", env = "PHOTOSAFE_WRITE_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = parse_seconds)]
    pub(crate) write: Duration,

    /// From SIGTERM to the end of listening: so long `/readyz` answers 503, and everything else as before
    #[arg(long = "shutdown-delay", env = "PHOTOSAFE_SHUTDOWN_DELAY", value_name = "SECONDS", default_value = "1", value_parser = parse_seconds)]
    pub(crate) shutdown_delay: Duration,

    /// For requests in flight when the server no longer listens
    #[arg(long = "drain-timeout", env = "PHOTOSAFE_DRAIN_TIMEOUT", value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    pub(crate) drain: Duration,

    /// For a busy database, before a request is answered with 503
    #[arg(long = "busy-timeout", env = "PHOTOSAFE_BUSY_TIMEOUT", value_name = "SECONDS", default_value = "5", value_parser = parse_seconds)]
    pub(crate) busy: Duration,

    /// How old a file that no photo names must be before it is collected
    #[arg(long = "collect-grace", env = "PHOTOSAFE_COLLECT_GRACE", value_name = "SECONDS", default_value = "3600", value_parser = parse_seconds)]
    pub(crate) collect_grace: Duration,
}

impl Settings {
    /// The database and the uploads folder.
    pub(crate) fn pair(&self) -> Pair {
        Pair { database: self.database.path().to_owned(), uploads: self.uploads.clone() }
    }

    /// What the flags ask for.
    pub(crate) fn mode(&self) -> Mode {
        if matches!(self.command, Some(Command::BindUploads)) {
            return Mode::BindUploads;
        }
        match self.mode {
            ModeFlags { check: true, .. } => Mode::Check,
            ModeFlags { migrate_only: true, .. } => Mode::MigrateOnly,
            ModeFlags { no_migrate: true, .. } => Mode::ServeWithoutMigrating,
            _ => Mode::Serve,
        }
    }
}

/// A timer of more than a year is a mistake, and would overflow the clock's arithmetic sooner or later.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

fn parse_seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| "expected a number of seconds such as `30` or `0.5`".to_owned())
}

fn parse_filter(text: &str) -> Result<tracing_subscriber::filter::Targets, String> {
    text.parse().map_err(|_| "expected a level such as `info`, or `server=debug,hyper=warn`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction_and_nothing_else() {
        assert_eq!(parse_seconds("0.25"), Ok(Duration::from_millis(250)));
        for nonsense in ["", "-1", "NaN", "inf", "1s", "1e300"] {
            assert!(parse_seconds(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn modes_exclude_each_other() {
        assert!(Settings::try_parse_from(["server", "--check", "--no-migrate"]).is_err());
        let settings = Settings::try_parse_from(["server", "--check"]);
        assert_eq!(settings.map(|settings| settings.mode()).ok(), Some(Mode::Check));
    }
}
