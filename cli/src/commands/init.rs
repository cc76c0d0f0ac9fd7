//! `aludel init`

use std::io;
use std::path::{Path, PathBuf};

use aludel_core::script::Dialect;
use clap::Args;
use serde::Serialize;

use crate::database::Database;
use crate::dotenv;
use crate::error::Failure;
use crate::settings::{FILE, Flags, MIGRATIONS, Settings};
use crate::ui::Ui;

/// Create a folder for migration scripts and a settings file
#[derive(Debug, Clone, Args)]
pub(super) struct Init {
    /// Folder of the migration scripts [default: the folder set in an existing settings file, or
    /// `migrations`]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// The created files, as printed in JSON.
#[derive(Debug, Serialize)]
struct Made {
    made: Vec<String>,
}

impl Init {
    pub(super) fn run(
        &self,
        flags: &Flags,
        read: impl FnOnce() -> Result<Settings, Failure>,
        ui: &mut Ui,
    ) -> Result<u8, Failure> {
        let settings = flags.config.clone().unwrap_or_else(|| PathBuf::from(FILE));
        let named = if settings.exists() { Some(read()?.migrations) } else { None };
        let usual = named.clone().unwrap_or_else(|| PathBuf::from(MIGRATIONS));
        let folder = self.folder.as_ref().or(flags.migrations.as_ref()).unwrap_or(&usual);
        let mut made = Vec::new();
        if make_folder(folder)? {
            ui.print(format_args!("Creating directory {} ...  done", folder.display()));
            made.push(folder.display().to_string());
        }
        if named.is_none() {
            let folder_of_settings = settings.parent().unwrap_or(Path::new(""));
            let of_dotenv =
                Dialect::ALL.map(|dialect| dotenv::database(folder_of_settings, dialect, &mut None));
            let of_dotenv = of_dotenv.into_iter().find_map(|found| found.ok().flatten());
            let database = flags.database.as_deref();
            let is_postgres = match database {
                Some(database) => {
                    Database::parse(database, Dialect::Postgresql).is_ok_and(|named| named.is_postgres())
                }
                None => of_dotenv.as_ref().is_some_and(Database::is_postgres),
            };
            let key = if database.is_none() && of_dotenv.is_some() { "# database" } else { "database" };
            let text = settings_for(folder, key, database.unwrap_or(USUAL_DATABASE), is_postgres);
            std::fs::write(&settings, text).map_err(|source| failed("writing", &settings, source))?;
            ui.print(format_args!("Generating {} ...  done", settings.display()));
            made.push(settings.display().to_string());
        }
        if ui.is_json() {
            ui.json(&Made { made });
        }
        let next = match named.filter(|named| named != folder) {
            Some(named) => {
                format!(
                    "set `migrations` in {} to this folder (now `{}`)",
                    settings.display(),
                    named.display()
                )
            }
            None => format!("check the `database` setting in {}", settings.display()),
        };
        ui.note(format_args!("Next: {next}, then create the first script with `aludel revision -m \"…\"`"));
        Ok(0)
    }
}

/// Creates the folder if it is missing, and returns `true` if it did.
///
/// A folder that is not empty is left unchanged.
fn make_folder(folder: &Path) -> Result<bool, Failure> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(false),
            Some(_) => Err(Failure::wrong(
                format!("the folder `{}` already exists and is not empty", folder.display()),
                "choose another folder; if it already holds your scripts, there is nothing to do",
            )),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(folder)
                .map_err(|source| failed("creating the folder", folder, source))?;
            Ok(true)
        }
        Err(source) => Err(failed("reading the folder", folder, source)),
    }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> Failure {
    Failure::File { doing, path: path.to_owned(), source }
}

/// The database in a new settings file.
const USUAL_DATABASE: &str = "sqlite:///./app.db";

/// The setting for a PostgreSQL database.
const DIALECT: &str = "\n# The database that the scripts are written for.\ndialect = \"postgresql\"\n";

/// Returns the text of a settings file. The main settings are set, and all others are comments.
///
/// If `.env` names a database, the `database` setting is a comment too.
fn settings_for(folder: &Path, key: &str, database: &str, is_postgres: bool) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    format!(
        "# Settings of the `aludel` command. Paths are relative to this file. `DATABASE_URL` and flags take precedence.\n\n\
         # The database: a path, or a URL such as `sqlite:app.db`. If unset, `DATABASE_URL` in `.env` is used.\n\
         {key} = {}\n\n\
         # The folder of the migration scripts.\n\
         migrations = {}\n{}",
        quoted(database),
        quoted(&folder.to_string_lossy()),
        if is_postgres { DIALECT } else { "" },
    )
}
