//! The settings of a command. Precedence: flag, environment, `aludel.toml`, `DATABASE_URL` in
//! `.env`, default.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aludel::InvalidDatabase;
use aludel_core::chain::VERSION_TABLE;
use aludel_core::folder::{Reading, USUAL_LIMIT};
use aludel_core::script::{Dialect, UnknownDialect};
use aludel_proof::proof::{Configuration, Function, Irreversible, LintSettings};
use clap::Args;
use serde::Deserialize;

use crate::comparison_settings::{Autogenerate, Section};
use crate::database::{Database, ServerSettings};
use crate::dotenv;
use crate::error::Failure;
use crate::lints;
use crate::ui::OutputOptions;

/// The name of the settings file.
pub(crate) const FILE: &str = "aludel.toml";

/// The default folder of the scripts.
pub(crate) const MIGRATIONS: &str = "migrations";

/// The flags that override the settings file.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Flags {
    /// Database: a path, or a URL such as `sqlite:///./app.db`
    #[arg(short, long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database: Option<String>,

    /// `true` if the database is set on the command line itself.
    #[arg(skip)]
    pub(crate) names_database: bool,

    /// Folder of the migration scripts [default: migrations]
    #[arg(long, global = true, value_name = "DIR", env = "ALUDEL_MIGRATIONS", hide_env_values = true)]
    pub(crate) migrations: Option<PathBuf>,

    /// Settings file [default: the nearest `aludel.toml` in this folder or a parent]
    #[arg(long, global = true, value_name = "FILE", env = "ALUDEL_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
}

/// The contents of `aludel.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: Option<String>,
    migrations: Option<PathBuf>,
    version_table: Option<String>,
    multiple_heads: Option<bool>,
    lock_timeout: Option<f64>,
    #[serde(default)]
    postgresql: ServerSettings,
    max_file_size: Option<u64>,
    recursive: Option<bool>,
    dialect: Option<String>,
    irreversible_until: Option<String>,
    #[serde(default)]
    functions: Vec<String>,
    #[serde(default)]
    lints: lints::Section,
    #[serde(default)]
    autogenerate: Section,
}

/// The effective settings.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) database: Option<Database>,
    pub(crate) migrations: PathBuf,
    pub(crate) version_table: String,
    pub(crate) multiple_heads: bool,
    pub(crate) lock_timeout: Option<Duration>,
    /// `true` if the database is set on the command line itself.
    pub(crate) names_database: bool,
    pub(crate) autogenerate: Autogenerate,
    /// The settings for reading the folder of scripts.
    pub(crate) reading: Reading,
    /// The lints that are allowed.
    pub(crate) lints: LintSettings,
    /// The scripts that may be irreversible.
    pub(crate) irreversible: Irreversible,
    /// The program's functions, which the proof replaces with substitutes.
    pub(crate) functions: Vec<Function>,
    /// A note about the settings to show to the user.
    pub(crate) note: Option<String>,
}

impl Settings {
    /// Returns the settings that affect the proof.
    pub(crate) fn configuration(&self) -> Configuration {
        let (version_table, column_order) = (self.version_table.clone(), self.autogenerate.column_order());
        let (lints, functions) = (self.lints.clone(), self.functions.clone());
        let irreversible = self.irreversible.clone();
        Configuration { version_table, column_order, lints, irreversible, functions }
    }

    /// Reads the settings file, and overrides it with flags and environment variables.
    pub(crate) fn read(flags: &Flags, output: &OutputOptions) -> Result<Self, Failure> {
        let path = flags.config.clone().or_else(find);
        let (base, file) = match &path {
            Some(path) => (path.parent().unwrap_or(Path::new("")), read(path)?),
            None => (Path::new(""), File::default()),
        };
        let of_file = |message: String| Failure::Settings { path: path.clone().unwrap_or_default(), message };
        let dialect = file.dialect.as_deref().map_or(Ok(Dialect::default()), str::parse);
        let dialect = dialect.map_err(|error: UnknownDialect| of_file(error.to_string()))?;
        let mut note = None;
        let database = match (&flags.database, &file.database) {
            (Some(text), _) => {
                let invalid = |error| Failure::wrong(format!("{error}"), Database::advice(&error));
                Some(Database::parse(text, dialect).map_err(invalid)?)
            }
            (None, Some(text)) => {
                let invalid = |error: InvalidDatabase| of_file(error.to_string());
                Some(Database::parse(text, dialect).map_err(invalid)?.within(base))
            }
            (None, None) => dotenv::database(base, dialect, &mut note)?,
        };
        let database =
            database.map(|database| database.with(&file.postgresql)).transpose().map_err(of_file)?;
        let version_table = match (of_environment("ALUDEL_VERSION_TABLE"), file.version_table) {
            (Some(name), _) => {
                check_name(&name).map(|()| name).map_err(|message| Failure::wrong(message, ""))?
            }
            (None, Some(name)) => check_name(&name).map(|()| name).map_err(of_file)?,
            (None, None) => VERSION_TABLE.to_owned(),
        };
        let functions = file.functions.iter().map(|text| text.parse().map_err(of_file));
        let functions = functions.collect::<Result<_, _>>()?;
        let of_toml = file.lock_timeout.map(Duration::try_from_secs_f64).transpose();
        Ok(Self {
            database,
            migrations: flags
                .migrations
                .clone()
                .or_else(|| file.migrations.map(|folder| base.join(folder).components().collect()))
                .unwrap_or_else(|| base.join(MIGRATIONS)),
            version_table,
            multiple_heads: file.multiple_heads.unwrap_or(false),
            names_database: flags.names_database,
            reading: Reading {
                max_file_size: file.max_file_size.unwrap_or(USUAL_LIMIT),
                recursive: file.recursive.unwrap_or(false),
                dialect,
            },
            lints: file.lints.read(dialect).map_err(of_file)?,
            irreversible: file.irreversible_until.map_or(Irreversible::None, Irreversible::Until),
            functions,
            note,
            autogenerate: file.autogenerate.read(base),
            lock_timeout: output
                .lock_timeout()
                .or(of_toml.map_err(|error| of_file(format!("`lock_timeout`: {error}")))?),
        })
    }
}

/// Returns the value of an environment variable, or `None` if it is unset or empty.
fn of_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the path of the nearest settings file, relative to the current folder.
///
/// Searches the current folder and its parents.
pub(crate) fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut way = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(FILE).is_file() {
            return Some(way.join(FILE));
        }
        way.push("..");
    }
    None
}

fn read(path: &Path) -> Result<File, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Failure::Settings { path: path.to_owned(), message: source.to_string() })?;
    toml::from_str(&text).map_err(|error| Failure::Settings {
        path: path.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })
}

/// Checks the name of a version table. It must consist of letters, digits and `_`, and must not
/// begin with a digit or with SQLite's reserved prefix.
fn check_name(name: &str) -> Result<(), String> {
    let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let begins_well = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    if is_plain && begins_well && !name.to_lowercase().starts_with("sqlite_") {
        return Ok(());
    }
    Err(format!("invalid version table name `{name}`: expected letters, digits and `_`"))
}
