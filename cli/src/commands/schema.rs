//! `aludel schema`

use aludel_core::graph::Index;
#[cfg(not(feature = "program"))]
use aludel_core::script::Dialect;
use clap::Args;
use serde::Serialize;

#[cfg(feature = "program")]
use super::schema_postgres;
use crate::error::Failure;
use crate::range::{CURRENT, named};
use crate::schema_json::{JsonObject, json_objects};
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Print the schema at a revision as SQL, in an order in which it can be run
///
/// The schema is what the scripts produce on an empty database: in memory for SQLite, on a scratch
/// server for PostgreSQL, where `pg_dump` prints it.
#[derive(Debug, Clone, Args)]
pub(super) struct Schema {
    /// Revision: an ID or unique prefix, a label, `head`, `heads`, `base`, `current`, or `-1`
    /// (relative to the heads)
    #[arg(value_name = "REVISION", default_value = "heads", allow_negative_numbers = true)]
    revision: String,
}

/// The schema, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer {
    revisions: Vec<String>,
    fingerprint: String,
    objects: Vec<JsonObject>,
}

impl Schema {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let revisions = revisions(workspace, &self.revision)?;
        #[cfg(feature = "program")]
        if schema_postgres::is_for(workspace) {
            return schema_postgres::schema(workspace, &revisions, ui);
        }
        let schema = made(workspace, &revisions)?;
        if ui.is_json() {
            let fingerprint = schema.fingerprint().to_string();
            let revisions = workspace.chain.ids(revisions);
            ui.json(&Answer { revisions, fingerprint, objects: json_objects(&schema) });
        } else {
            ui.raw(schema.ddl().as_bytes());
        }
        Ok(0)
    }
}

/// Returns the revisions that a name refers to.
pub(super) fn revisions<C>(workspace: &Workspace<'_, C>, name: &str) -> Result<Vec<Index>, Failure> {
    let graph = workspace.chain.graph();
    let rows = if name == CURRENT { workspace.rows()? } else { Vec::new() };
    let current: Vec<Index> = rows.iter().filter_map(|row| graph.find(row)).collect();
    named(name, &graph, &current).map_err(Failure::aludel)
}

/// Returns the schema that these revisions, and all revisions that they need, produce.
pub(super) fn made<C>(
    workspace: &Workspace<'_, C>,
    revisions: &[Index],
) -> Result<aludel_core::schema::Schema, Failure> {
    #[cfg(not(feature = "program"))]
    if workspace.chain.dialect == Dialect::Postgresql {
        return Err(Failure::wrong(
            "only the `aludel` program makes the schema of PostgreSQL scripts, on a scratch server",
            "run this command of `aludel` in the folder of the scripts",
        ));
    }
    workspace.migrator().schema_at(revisions.iter().copied()).map_err(Failure::aludel)
}
