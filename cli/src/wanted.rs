//! The schema that the scripts are to make, and what of it is compared.

use std::path::{Path, PathBuf};

use aludel_core::autogenerate::{self, Compared, Detected, Naming, Question, Refusal, Wanted};
use aludel_core::chain::Assembled;
use aludel_core::proof::Options;
use serde::Deserialize;

use crate::error::Failure;
use crate::settings::Settings;

/// `[autogenerate]` in `aludel.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Section {
    target: Option<PathBuf>,
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
    target: Option<PathBuf>,
    compared: autogenerate::Settings,
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
                order: self.compare_column_order.unwrap_or(true),
            },
            naming: Naming { primary_key, unique, check, foreign_key },
        };
        let target = self.target.map(|target| base.join(target).components().collect());
        Autogenerate { target, compared }
    }
}

/// Reads the schema that is wanted: by a file, or else by the settings.
pub(crate) fn read(settings: &Settings, target: Option<&Path>) -> Result<Option<Wanted>, Failure> {
    let Some(path) = target.or(settings.autogenerate.target.as_deref()) else { return Ok(None) };
    let failed = |source| Failure::File { doing: "reading", path: path.to_owned(), source };
    let sql = std::fs::read_to_string(path).map_err(failed)?;
    let path = path.to_string_lossy().replace('\\', "/");
    Ok(Some(Wanted { path, sql, ..Wanted::default() }))
}

/// Asks something about the way from the head of a chain to a schema.
pub(crate) fn ask<T>(
    settings: &Settings,
    assembled: &Assembled,
    wanted: &Wanted,
    question: impl FnOnce(&Question<'_>) -> Result<T, Refusal>,
) -> Result<T, Failure> {
    let options = Options { version_table: settings.version_table.clone(), ..Options::default() };
    let compared = &settings.autogenerate.compared;
    question(&Question { assembled, wanted, settings: compared, options: &options }).map_err(told)
}

/// What leads from the head of a chain to the schema that is wanted; nothing where none is.
pub(crate) fn drift(
    settings: &Settings,
    assembled: &Assembled,
    target: Option<&Path>,
) -> Result<Option<Vec<Detected>>, Failure> {
    let Some(wanted) = read(settings, target)? else { return Ok(None) };
    ask(settings, assembled, &wanted, |question| question.detect().map(Some))
}

fn told(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Wanted { problem } => Failure::Target { problem },
        Refusal::Chain { problem } => Failure::Faults {
            problems: vec![*problem],
            hint: "mend the scripts first; `aludel verify` shows all faults",
        },
        refusal => Failure::Autogenerate { refusal: Box::new(refusal) },
    }
}
