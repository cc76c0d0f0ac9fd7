//! The target schema, and the settings of comparisons with it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use aludel_core::chain::Assembled;
use aludel_core::schema::Detected;
use aludel_proof::autogenerate::{self, Compared, Hint, Naming, Question, Refusal, Wanted};
use aludel_proof::model::{Models, read_models};
use aludel_proof::proof::ColumnOrder;
use serde::Deserialize;

use crate::error::Failure;
use crate::place::Change;
use crate::settings::Settings;

/// `[autogenerate]` in `aludel.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Section {
    target: Option<PathBuf>,
    models: Vec<PathBuf>,
    include: Vec<String>,
    exclude: Vec<String>,
    compare_type: Option<bool>,
    compare_server_default: Option<bool>,
    compare_column_order: Option<bool>,
    naming: Names,
}

/// `[autogenerate.naming]` in `aludel.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Names {
    primary_key: Option<String>,
    unique: Option<String>,
    check: Option<String>,
    foreign_key: Option<String>,
}

/// The target schema and the comparison settings.
#[derive(Debug, Default)]
pub(crate) struct Autogenerate {
    /// The files that define the target schema: one SQL file, or any number of Rust files.
    files: Vec<PathBuf>,
    compared: autogenerate::Settings,
}

impl Autogenerate {
    /// Returns `true` if a table or view is compared.
    pub(crate) fn takes(&self, table: &str) -> bool {
        self.compared.takes(table)
    }

    /// Returns the setting that controls whether column order is compared.
    pub(crate) fn column_order(&self) -> ColumnOrder {
        self.compared.column_order()
    }
}

impl Section {
    /// Converts the section. Its paths are relative to `base`.
    pub(crate) fn read(self, base: &Path) -> Autogenerate {
        let Names { primary_key, unique, check, foreign_key } = self.naming;
        let compared = autogenerate::Settings {
            include: self.include,
            exclude: self.exclude,
            compared: Compared {
                types: self.compare_type.unwrap_or(true),
                defaults: self.compare_server_default.unwrap_or(true),
                order: self.compare_column_order.unwrap_or(false),
            },
            naming: Naming { primary_key, unique, check, foreign_key },
        };
        let files = self.target.into_iter().chain(self.models);
        let files = files.map(|file| base.join(file).components().collect()).collect();
        Autogenerate { files, compared }
    }
}

/// Reads the target schema from a file, or else from the files in the settings.
///
/// A file that ends in `.rs` contains models; any other file contains SQL.
pub(crate) fn read(settings: &Settings, target: Option<&Path>) -> Result<Option<Wanted>, Failure> {
    let files = match target {
        Some(target) => vec![target.to_owned()],
        None => settings.autogenerate.files.clone(),
    };
    let mut texts = Vec::new();
    for path in files {
        let failed = |source| Failure::File { doing: "reading", path: path.clone(), source };
        let text = read_up_to(settings.max_file_size, &path).map_err(failed)?;
        texts.push((path.to_string_lossy().replace('\\', "/"), text));
    }
    let (of_rust, of_sql): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(path, _)| is_rust(path));
    match (of_sql.as_slice(), of_rust.as_slice()) {
        ([], []) => Ok(None),
        ([], models) => of_models(models).map(Some),
        ([(path, sql)], []) => Ok(Some(Wanted { path: path.clone(), sql: sql.clone(), ..Wanted::default() })),
        _ => Err(Failure::wrong(
            "the target schema is defined more than once",
            "use either one SQL file or Rust files with models",
        )),
    }
}

/// Reads a text of limited size. Unlike a script it may come from a pipe, such as `/dev/stdin` or
/// the shell's `<(…)`.
fn read_up_to(limit: u64, path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        let message = format!("it is larger than {limit} bytes, the limit that `max_file_size` sets");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(text)
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("rs"))
}

/// Returns the schema that models define. Models define no views or triggers.
fn of_models(files: &[(String, String)]) -> Result<Wanted, Failure> {
    let texts = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let models = read_models(texts).map_err(|problems| Failure::Models { problems })?;
    let path = files.first().map(|(path, _)| path.clone()).unwrap_or_default();
    if models.statements().next().is_none() {
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        return Err(Failure::wrong(
            format!("no model found in `{}`", paths.join("`, `")),
            "a model is a struct with `#[derive(aludel::Table)]`",
        ));
    }
    Ok(Wanted { path, sql: models.to_sql(), hints: hints(&models), tables_only: true })
}

fn hints(models: &Models) -> Vec<Hint> {
    let renamed = models.renamed();
    let tables = renamed.tables.into_iter().map(|table| Hint::Table { was: table.from, is: table.to });
    let columns = renamed.columns.into_iter().map(|column| Hint::Column {
        table: column.table,
        was: column.from,
        is: column.to,
    });
    tables.chain(columns).collect()
}

/// Runs a query about the changes from the head of a chain to a schema.
pub(crate) fn ask<T>(
    settings: &Settings,
    assembled: &Assembled,
    wanted: &Wanted,
    question: impl FnOnce(&Question<'_>) -> Result<T, Refusal>,
) -> Result<T, Failure> {
    let options = settings.proof();
    let compared = &settings.autogenerate.compared;
    question(&Question { assembled, wanted, settings: compared, options: &options }).map_err(told)
}

/// Returns the changes from the head of a chain to the target schema, or `None` if there is no
/// target schema.
pub(crate) fn drift(
    settings: &Settings,
    assembled: &Assembled,
    target: Option<&Path>,
) -> Result<Option<Vec<Change>>, Failure> {
    let Some(wanted) = read(settings, target)? else { return Ok(None) };
    ask(settings, assembled, &wanted, |question| question.detect().map(|detected| Some(changes(&detected))))
}

/// Converts detected differences for display.
pub(crate) fn changes(detected: &[Detected]) -> Vec<Change> {
    detected.iter().map(|one| Change { change: one.kind(), words: one.to_string() }).collect()
}

fn told(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Wanted { problem } => Failure::Target { problem },
        Refusal::Chain { problem } => Failure::Faults {
            problems: vec![*problem],
            hint: "fix the scripts first; `aludel verify` shows all errors",
        },
        Refusal::Unproved { .. } => Failure::Autogenerate {
            message: refusal.to_string(),
            hint: "write the script by hand: `aludel revision` without `--autogenerate` creates an empty one",
        },
        Refusal::InTheWay { .. } => Failure::Autogenerate {
            message: refusal.to_string(),
            hint: "nothing was written: first correct such rows in a separate script (`aludel revision` creates one), then try again; or, if your data has no such rows, supply your own rows in a `-- sample` section of the script that creates the table",
        },
        _ => Failure::Autogenerate {
            message: refusal.to_string(),
            hint: "nothing was written: correct the target schema; if it is correct, please report both schemas and write the script by hand",
        },
    }
}
