//! `[lints]` in `aludel.toml`.

use std::collections::BTreeMap;

use aludel_core::script::Dialect;
use aludel_proof::proof::LintSettings;
use serde::Deserialize;

/// The lints that are allowed, by name.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Section {
    lints: BTreeMap<String, Allowance>,
}

/// The scripts in which a lint is allowed.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected `\"allow\"` or `{ allow_up_to = \"<revision>\" }`")]
enum Allowance {
    All(Word),
    UpTo(UpTo),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Allow,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UpTo {
    allow_up_to: String,
}

impl Section {
    /// Converts the section. Returns a message if a name is not the name of a lint for the dialect.
    pub(crate) fn read(&self, dialect: Dialect) -> Result<LintSettings, String> {
        let mut settings = LintSettings::default();
        for (lint, allowance) in &self.lints {
            let up_to = match allowance {
                Allowance::All(Word::Allow) => None,
                Allowance::UpTo(UpTo { allow_up_to }) => Some(allow_up_to.as_str()),
            };
            match dialect {
                Dialect::Sqlite => settings.allow(lint, up_to)?,
                Dialect::Postgresql => settings.allow_among(aludel_postgres::lint::names(), lint, up_to)?,
            }
        }
        Ok(settings)
    }
}
