//! The `[autogenerate]` section of the settings: the files of the target schema, and the objects to
//! compare.

use std::path::{Path, PathBuf};

use aludel_proof::comparison::{self, Compared, Naming};
use aludel_proof::proof::ColumnOrder;
use serde::Deserialize;

/// The `[autogenerate]` section of `aludel.toml`.
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

/// The `[autogenerate.naming]` section of `aludel.toml`.
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
    pub(crate) files: Vec<PathBuf>,
    pub(crate) compared: comparison::Settings,
}

impl Autogenerate {
    /// Returns `true` if a table or view should be compared.
    pub(crate) fn takes(&self, table: &str) -> bool {
        self.compared.takes(table)
    }

    /// Returns the setting that controls whether column order is compared.
    pub(crate) fn column_order(&self) -> ColumnOrder {
        self.compared.column_order()
    }
}

impl Section {
    /// Converts the section to settings. Its paths are relative to `base`.
    pub(crate) fn read(self, base: &Path) -> Autogenerate {
        let Names { primary_key, unique, check, foreign_key } = self.naming;
        let compared = comparison::Settings {
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
