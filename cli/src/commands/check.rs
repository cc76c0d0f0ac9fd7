//! `aludel check`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::status::{advice, word};
use super::steps::warn;
use crate::database::{Effort, Migrator};
use crate::error::{FAILED, Failure};
use crate::schema_check::{Resembled, Stamped};
use crate::ui::Ui;
use crate::workspace::{Change, Workspace};

/// Check the database and the target schema, and fail if anything differs
///
/// The database must be at the head and have the schema that the scripts produce. It must have no
/// unknown revisions, and no revisions whose scripts were edited after they ran. If a target schema
/// is set, the schema at the head must match it.
#[derive(Debug, Clone, Args)]
pub(super) struct Check {
    /// Target schema: SQL that creates it on an empty database, or a Rust file with models
    /// [default: `target` or `models` of `[autogenerate]` in `aludel.toml`]
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,
}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Checked<'a> {
    ok: bool,
    status: Option<&'static str>,
    schema: Option<Stamped>,
    #[serde(flatten)]
    resembled: Option<Resembled>,
    detected: Option<&'a [Change]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Check {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let (detected, unknown) = match workspace.drift(self.target.as_deref()) {
            Err(Failure::UnknownHead { message }) if workspace.names_database() => {
                (None, Some(format!("the target schema was not compared: {message}")))
            }
            drift => (drift?, None),
        };
        // The head can be compared with the target schema without a database.
        let status = match &detected {
            Some(_) if !workspace.names_database() => None,
            _ => Some(workspace.ask(Migrator::status)?),
        };
        let schema = status.as_ref().map(|status| Stamped::compare(workspace, status, Effort::Full));
        let schema = schema.transpose()?.flatten();
        let resembled = status.as_ref().and_then(Resembled::of);
        let differs = detected.as_ref().is_some_and(|detected| !detected.is_empty())
            || schema.as_ref().is_some_and(Stamped::differs);
        let of_database = status.as_ref().map_or(0, aludel::Status::exit_code);
        let exit_code = if of_database == 0 && differs { FAILED } else { of_database };
        let mut warnings = if status.is_some() { workspace.warnings()? } else { Vec::new() };
        warnings.extend(unknown);
        if ui.is_json() {
            let (ok, status) = (exit_code == 0, status.as_ref().map(word));
            let detected = detected.as_deref();
            ui.json(&Checked { ok, status, schema, resembled, detected, warnings });
            return Ok(exit_code);
        }
        warn(&warnings, ui);
        if let Some(status) = &status {
            match of_database {
                0 => ui.print("the database is at head"),
                _ => ui.print(status),
            }
            if let Some(resembled) = &resembled {
                resembled.print(ui);
            }
            if let Some(advice) = advice(workspace.chain.dialect, status, resembled.as_ref()) {
                ui.note(format_args!("help: {advice}"));
            }
        }
        if let Some(schema) = &schema {
            schema.print(ui);
        }
        if let Some(detected) = &detected {
            print(detected, ui);
        }
        Ok(exit_code)
    }
}

fn print(detected: &[Change], ui: &mut Ui) {
    if detected.is_empty() {
        ui.print("No new upgrade operations detected: the head has the target schema");
        return;
    }
    ui.print("New upgrade operations detected:");
    for one in detected {
        ui.print(format_args!("  {}", one.words));
    }
    ui.note("help: `aludel revision --autogenerate -m \"…\"` writes the script");
}
