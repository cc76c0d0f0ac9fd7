//! The schema that the scripts are to make, and what of it is compared.

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

/// What is wanted, and what of it is compared.
#[derive(Debug, Default)]
pub(crate) struct Autogenerate {
    /// The files that say it: one of SQL, or any number of Rust.
    files: Vec<PathBuf>,
    compared: autogenerate::Settings,
}

impl Autogenerate {
    /// Whether a table or a view is compared.
    pub(crate) fn takes(&self, table: &str) -> bool {
        self.compared.takes(table)
    }

    /// Whether the order of columns is compared.
    pub(crate) fn column_order(&self) -> ColumnOrder {
        self.compared.column_order()
    }
}

impl Section {
    /// What the section says; its paths begin at a folder.
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

/// Reads the schema that is wanted: by a file, or else by the settings. A file that ends in `.rs` holds models, any other one SQL.
pub(crate) fn read(settings: &Settings, target: Option<&Path>) -> Result<Option<Wanted>, Failure> {
    let files = match target {
        Some(target) => vec![target.to_owned()],
        None => settings.autogenerate.files.clone(),
    };
    let mut texts = Vec::new();
    for path in files {
        let failed = |source| Failure::File { doing: "reading", path: path.clone(), source };
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        texts.push((path.to_string_lossy().replace('\\', "/"), text));
    }
    let (of_rust, of_sql): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(path, _)| is_rust(path));
    match (of_sql.as_slice(), of_rust.as_slice()) {
        ([], []) => Ok(None),
        ([], models) => of_models(models).map(Some),
        ([(path, sql)], []) => Ok(Some(Wanted { path: path.clone(), sql: sql.clone(), ..Wanted::default() })),
        _ => Err(Failure::wrong(
            "the wanted schema is said twice",
            "name one file of SQL, or files of Rust with models, not both",
        )),
    }
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("rs"))
}

/// The schema that models want. They say nothing of views and triggers.
fn of_models(files: &[(String, String)]) -> Result<Wanted, Failure> {
    let texts = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let models = read_models(texts).map_err(|problems| Failure::Models { problems })?;
    let path = files.first().map(|(path, _)| path.clone()).unwrap_or_default();
    if models.statements().next().is_none() {
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        return Err(Failure::wrong(
            format!("no model stands in `{}`", paths.join("`, `")),
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

/// Asks something about the way from the head of a chain to a schema.
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

/// What leads from the head of a chain to the schema that is wanted; nothing where none is.
pub(crate) fn drift(
    settings: &Settings,
    assembled: &Assembled,
    target: Option<&Path>,
) -> Result<Option<Vec<Change>>, Failure> {
    let Some(wanted) = read(settings, target)? else { return Ok(None) };
    ask(settings, assembled, &wanted, |question| question.detect().map(|detected| Some(changes(&detected))))
}

/// What was detected, as it is shown.
pub(crate) fn changes(detected: &[Detected]) -> Vec<Change> {
    detected.iter().map(|one| Change { change: one.kind(), words: one.to_string() }).collect()
}

fn told(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Wanted { problem } => Failure::Target { problem },
        Refusal::Chain { problem } => Failure::Faults {
            problems: vec![*problem],
            hint: "mend the scripts first; `aludel verify` shows all faults",
        },
        Refusal::Unproved { .. } => Failure::Autogenerate {
            message: refusal.to_string(),
            hint: "write the script by hand: `aludel revision` without `--autogenerate` makes one to be filled in",
        },
        Refusal::InTheWay { .. } => Failure::Autogenerate {
            message: refusal.to_string(),
            hint: "nothing was written: bring such rows into order in a script of their own first (`aludel revision` makes one), and ask again; or, if no row of yours is like this, show in a `-- sample` section of the script that made the table how its rows are",
        },
        _ => Failure::Autogenerate {
            message: refusal.to_string(),
            hint: "nothing was written: correct what is wanted; if it is right, please report both schemas, and write the script by hand",
        },
    }
}
