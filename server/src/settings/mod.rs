//! The settings. Each one has a flag, an environment variable and a default.
//!
//! They are parsed here once, and no other module reads the environment.

mod limits;
mod timeouts;

use std::error::Error as _;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aludel::{Backup, InvalidDatabase};
use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::binding::Pair;
use crate::commands::{
    BackupArguments, CopyArguments, CopyOriginalsArguments, GcArguments, ImportArguments, RestoreArguments,
    ScrubArguments, UserCommand,
};
use crate::database::{Database, Migrator};
use crate::failure::Failure;
use crate::uploads::Uploads;
use crate::uploads::bucket::{Bucket, InvalidLocation, Location};

pub(crate) use limits::Limits;
#[cfg(test)]
pub(crate) use limits::SMALL;
pub(crate) use timeouts::Timeouts;

use timeouts::parse_seconds;

const EXIT_CODES: &str = "\
Exit codes:
  0    done, or stopped by a signal after every request in flight was answered
  1    failed: the database and the uploads folder do not belong together, or the schema differs from the migrations;
       with --check or --no-migrate: a migration is pending; or requests were cut off at the end of the drain
  2    invalid arguments or environment variables
  3    the database is ahead: it has a revision that this program does not define
  4    the database diverged: a script was edited after it was applied
  5    another process held the database lock for longer than the lock timeout
  6    a migration failed and was rolled back
  7    the database has tables but no revision
  8    the transaction of a run was ended from outside and some work was committed; the message lists what remained
  130  interrupted (SIGINT) while migrating, or a second signal
  143  terminated (SIGTERM) while migrating, or a second signal";

/// PhotoSafe server: migrates its database to the head, then serves photos
///
/// By default it serves `./photosafe.db` and `./uploads` on 127.0.0.1:8000.
#[derive(Debug, Clone, Parser)]
#[command(name = "server", version, after_long_help = EXIT_CODES)]
pub(crate) struct Settings {
    /// Database: a path, or a URL such as `sqlite:///./photosafe.db` or `postgresql://user@host/photosafe`
    #[arg(short, long, global = true, env = "DATABASE_URL", value_name = "URL", default_value = "./photosafe.db", value_parser = Database::parse, hide_env_values = true)]
    pub(crate) database: Database,

    /// Folder for the photos; with `--originals`, for thumbnails and incomplete uploads
    #[arg(long, global = true, env = "PHOTOSAFE_UPLOADS", value_name = "DIR", default_value = "./uploads")]
    pub(crate) uploads: PathBuf,

    /// Bucket of an S3 service that holds the originals in place of the uploads folder, such as
    /// `s3://bucket/prefix`. The service and its credentials are set by the environment variables of
    /// AWS's own programs
    #[arg(long, global = true, env = "PHOTOSAFE_ORIGINALS", value_name = "URL", hide_env_values = true)]
    originals: Option<Location>,

    /// Address to listen on; port 0 selects a free port, which is printed on stdout
    #[arg(long, env = "PHOTOSAFE_BIND", value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub(crate) bind: SocketAddr,

    /// Log filter for stderr: a level, or `target=level` pairs separated by commas
    #[arg(long, env = "PHOTOSAFE_LOG", value_name = "FILTER", default_value = "info", value_parser = parse_filter)]
    pub(crate) log: tracing_subscriber::filter::Targets,

    /// Format of the log
    #[arg(long, env = "PHOTOSAFE_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,

    /// Address that serves Prometheus metrics at `/metrics`, without a login; by default, no
    /// metrics are served
    #[arg(long, env = "PHOTOSAFE_METRICS", value_name = "ADDRESS")]
    pub(crate) metrics: Option<SocketAddr>,

    /// How long to wait for the database lock while migrating
    #[arg(long, env = "PHOTOSAFE_LOCK_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = parse_seconds)]
    pub(crate) lock_timeout: Duration,

    /// Serve the database even if its schema differs from the migrations; the differences are
    /// logged
    #[arg(long)]
    pub(crate) allow_drift: bool,

    /// Host name to serve, in addition to IP addresses and `localhost`; may be repeated
    #[arg(long = "allow-host", env = "PHOTOSAFE_HOSTS", value_name = "NAME", value_delimiter = ',')]
    pub(crate) hosts: Vec<String>,

    /// Accounts and sessions.
    #[command(flatten)]
    pub(crate) people: PeopleOptions,

    #[command(flatten)]
    backups: Backups,

    #[command(flatten)]
    mode: ModeFlags,

    /// The limits.
    #[command(flatten)]
    pub(crate) limits: Limits,

    /// The timeouts.
    #[command(flatten)]
    pub(crate) timeouts: Timeouts,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Settings {
    /// Parses the arguments of the process. Exits if they are invalid.
    pub(crate) fn read() -> Self {
        let matches = aludel_cli::without_empty_variables(Self::command()).try_get_matches();
        let settings = matches.and_then(|matches| Self::from_arg_matches(&matches));
        settings.unwrap_or_else(|error| without_password(error).exit())
    }
}

/// The commands other than serving.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Migrate the database, or report its state
    Db {
        #[command(flatten)]
        output: aludel_cli::OutputOptions,
        #[command(subcommand)]
        command: aludel_cli::Mounted,
    },
    /// Bind the database and the uploads folder to each other, whatever they contain, and exit
    ///
    /// A server refuses to start if its database and its uploads folder do not belong together,
    /// because files without a photo are eventually moved to a quarantine. Use this command after
    /// checking the two paths. The database is migrated to the head first; photos and files are not
    /// changed.
    BindUploads,
    /// Copy the database to a file, even while the server is running
    ///
    /// The copy is verified. It does not contain the photos. Copy the uploads folder afterwards, so
    /// that every photo in the copy has its file.
    Backup(BackupArguments),
    /// Replace the database with a backup
    ///
    /// The backup is verified first, and the current database is saved next to itself. Stop the
    /// server before you run this command.
    Restore(RestoreArguments),
    /// Copy the library from an SQLite database to a PostgreSQL database
    ///
    /// All rows are copied in one transaction, and compared before the commit. Stop the server
    /// before you run this command. The uploads folder is not copied: it is bound to the new
    /// database, and no longer to the SQLite database.
    Copy(CopyArguments),
    /// Copy the originals to a bucket or back to the folder, and bind the database to the copy
    ///
    /// Servers may keep running during the copy. Once the database is bound to the copy, they refuse
    /// uploads until they are restarted with the new `--originals`. Nothing in the old place is
    /// changed.
    CopyOriginals(CopyOriginalsArguments),
    /// Compare every original with its content hash; exits with 1 if one is damaged or missing
    Scrub(ScrubArguments),
    /// List the files without a photo
    Gc(GcArguments),
    /// Import the photos in a folder, even while the server is running
    ///
    /// Photos that the account already has are skipped, so you can repeat an interrupted import.
    /// Files that are not photos are listed. Nothing in the folder is changed.
    Import(ImportArguments),
    /// Check that the server at `--bind` is alive; exits with 1 if it is not
    Health,
    /// Create and change accounts
    #[command(subcommand)]
    User(UserCommand),
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Human-readable lines
    Text,
    /// One JSON object per line
    Json,
}

/// The options for accounts and sessions.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct PeopleOptions {
    /// Let anyone who can reach the server create an account
    #[arg(long)]
    pub(crate) allow_registration: bool,

    /// Send session cookies over TLS only; use it if a proxy in front of the server terminates TLS
    #[arg(long)]
    pub(crate) behind_tls: bool,
}

/// The copies of the database that are made before a migration.
#[derive(Debug, Clone, Args)]
struct Backups {
    /// Migrate without copying the database first
    #[arg(long = "no-backup")]
    off: bool,

    /// Existing folder for the copies; by default, they are next to the database
    #[arg(long = "backup-folder", env = "PHOTOSAFE_BACKUP_FOLDER", value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Number of copies to keep
    #[arg(long = "keep-backups", env = "PHOTOSAFE_KEEP_BACKUPS", value_name = "COUNT", default_value = "3")]
    kept: NonZeroUsize,
}

/// The flags that select a mode other than migrating and serving. At most one is allowed.
#[derive(Debug, Clone, Copy, Args)]
#[group(multiple = false)]
struct ModeFlags {
    /// Migrate and exit, without listening
    #[arg(long)]
    migrate_only: bool,

    /// Refuse to start if a migration is pending
    #[arg(long)]
    no_migrate: bool,

    /// Show the scripts that would run, and exit without writing anything: 0 at head, 1 pending or
    /// schema differs, 3 ahead, 4 diverged, 7 unversioned
    #[arg(long)]
    check: bool,
}

/// The mode of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Migrate, then serve.
    Serve,
    /// Serve, but only a database that is already at the head.
    ServeWithoutMigrating,
    /// Migrate, then exit.
    MigrateOnly,
    /// Show the scripts that would run, then exit.
    Check,
    /// Migrate, bind the uploads folder, then exit.
    BindUploads,
}

impl Mode {
    /// Returns `true` if the mode compares the schema and the uploads folder, because it serves
    /// photos or reports if they can be served.
    pub(crate) fn compares(self) -> bool {
        match self {
            Self::Serve | Self::ServeWithoutMigrating | Self::Check => true,
            Self::MigrateOnly | Self::BindUploads => false,
        }
    }
}

impl Settings {
    /// Returns the uploads folder and its bucket. Reads and writes nothing.
    pub(crate) fn uploads(&self) -> Result<Uploads, Failure> {
        self.uploads_at(self.originals.clone())
    }

    /// Returns the uploads folder with another bucket, or with none.
    pub(crate) fn uploads_at(&self, originals: Option<Location>) -> Result<Uploads, Failure> {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let bucket = originals.map(|location| Bucket::connect(location, variables));
        let bucket = bucket.transpose().map_err(|error| Failure::uploads(error.into()))?;
        Ok(Uploads::new(&self.uploads, bucket))
    }

    /// Returns the database and the place of its originals.
    pub(crate) fn pair(&self) -> Pair {
        let uploads = || self.uploads.display().to_string();
        let originals = self.originals.as_ref().map_or_else(uploads, Location::to_string);
        Pair { database: self.database.to_string(), originals }
    }

    /// Returns a migrator that copies a database, unless it is empty, before changing it.
    pub(crate) fn migrator(&self) -> Migrator {
        let folder = self.backups.folder.as_ref();
        let backup = || folder.map_or_else(Backup::next_to_database, Backup::in_folder);
        let backup = (!self.backups.off).then(|| backup().keep(self.backups.kept.get()));
        self.database.migrator(self.lock_timeout, backup)
    }

    /// Returns the folder for the copy before a migration, or `None` if no copy will be made.
    pub(crate) fn backup_folder(&self) -> Option<&Path> {
        let path = self.database.path()?;
        let beside = || match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        (!self.backups.off).then(|| self.backups.folder.as_deref().unwrap_or_else(beside))
    }

    /// Returns the mode that the flags select.
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

/// Hides the password in an invalid URL, which the message would show unchanged.
fn without_password(mut error: clap::Error) -> clap::Error {
    let source = error.source();
    let database = source.and_then(|source| source.downcast_ref::<InvalidDatabase>());
    let shown = database.map(|invalid| invalid.text.clone());
    let is_location = source.is_some_and(<dyn std::error::Error>::is::<InvalidLocation>);
    if let Some(shown) = shown.or_else(|| is_location.then(|| "…".to_owned())) {
        error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
    }
    error
}

fn parse_filter(text: &str) -> Result<tracing_subscriber::filter::Targets, String> {
    text.parse().map_err(|_| "expected a level such as `info`, or `server=debug,hyper=warn`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_an_invalid_database_is_hidden() {
        for url in [
            "postgresql://me:secret@host/db?sslmode=nonsense",
            "postgresql://me:secret@host:port/db",
            "mysql://me:secret@host/db",
            "\"postgresql://me:secret@host/db\"",
        ] {
            for arguments in
                [vec!["server", "--database", url], vec!["server", "copy", "--from", "a.db", "--to", url]]
            {
                let error = Settings::try_parse_from(arguments).err().map(without_password);
                let said = error.map(|error| error.to_string()).unwrap_or_default();
                assert!(said.contains("me:***@host") && !said.contains("secret"), "{said}");
            }
        }
    }

    #[test]
    fn the_secret_in_an_invalid_bucket_is_hidden() {
        for url in ["s3://key:secret@photos", "s3://photos?secret", "secret", "s3://key:s@secret@photos/a"] {
            let error = Settings::try_parse_from(["server", "--originals", url]).err().map(without_password);
            let said = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains("AWS_SECRET_ACCESS_KEY") && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn modes_exclude_each_other() {
        assert!(Settings::try_parse_from(["server", "--check", "--no-migrate"]).is_err());
        let settings = Settings::try_parse_from(["server", "--check"]);
        assert_eq!(settings.map(|settings| settings.mode()).ok(), Some(Mode::Check));
    }
}
