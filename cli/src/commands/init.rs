//! `aludel init`

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

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
            let of_dotenv = dotenv::database(folder_of_settings, &mut None).ok().flatten();
            let text = match flags.database.as_deref() {
                None if of_dotenv.is_some() => settings_for(folder, "# database", USUAL_DATABASE),
                database => settings_for(folder, "database", database.unwrap_or(USUAL_DATABASE)),
            };
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
                format!("the folder `{}` exists already and is not empty", folder.display()),
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

/// Returns the text of a settings file: the main settings, and the others as comments.
///
/// If `.env` names a database, the `database` setting is a comment too.
fn settings_for(folder: &Path, key: &str, database: &str) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    format!(
        "# Settings of the `aludel` command. Paths are relative to this file. `DATABASE_URL` and flags take precedence.\n\n\
         # The database: a path, or a URL such as `sqlite:app.db`. If unset, `DATABASE_URL` in `.env` is used.\n\
         {key} = {}\n\n\
         # The folder of the migration scripts.\n\
         migrations = {}\n",
        quoted(database),
        quoted(&folder.to_string_lossy()),
    )
}
