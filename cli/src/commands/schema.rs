//! `aludel schema`

use aludel_core::graph::Index;
use clap::Args;
use serde::Serialize;

use crate::error::Failure;
use crate::place::Place;
use crate::range::{CURRENT, named};
use crate::shape::{Shape, shapes};
use crate::ui::Ui;

/// Print the schema at a revision as SQL, in an order in which it can be run
///
/// The schema is what the scripts produce on an empty database in memory. No file is read or
/// written except the scripts.
#[derive(Debug, Clone, Args)]
pub(super) struct Schema {
    /// Revision: an id or unique prefix, a label, `head`, `heads`, `base`, `current`, or `-1`
    /// (relative to the heads)
    #[arg(value_name = "REVISION", default_value = "heads", allow_negative_numbers = true)]
    revision: String,
}

/// The schema, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer {
    revisions: Vec<String>,
    fingerprint: String,
    objects: Vec<Shape>,
}

impl Schema {
    pub(super) fn run<C>(&self, place: &Place<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let revisions = revisions(place, &self.revision)?;
        let schema = made(place, &revisions)?;
        if ui.is_json() {
            let fingerprint = schema.fingerprint().to_string();
            let revisions = place.chain.ids(revisions);
            ui.json(&Answer { revisions, fingerprint, objects: shapes(&schema) });
        } else {
            ui.raw(schema.ddl().as_bytes());
        }
        Ok(0)
    }
}

/// Returns the revisions that a name refers to.
pub(super) fn revisions<C>(place: &Place<'_, C>, name: &str) -> Result<Vec<Index>, Failure> {
    let graph = place.chain.graph();
    let rows = if name == CURRENT { place.rows()? } else { Vec::new() };
    let current: Vec<Index> = rows.iter().filter_map(|row| graph.find(row)).collect();
    named(name, &graph, &current).map_err(|error| place.told(error))
}

/// Returns the schema that the scripts of these revisions, and of all that they need, produce.
pub(super) fn made<C>(
    place: &Place<'_, C>,
    revisions: &[Index],
) -> Result<aludel_core::schema::Schema, Failure> {
    place.migrator().schema_at(revisions.iter().copied()).map_err(|error| place.told(error))
}
