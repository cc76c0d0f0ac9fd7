//! `aludel schema`

use aludel_core::graph::Index;
use clap::Args;
use serde::Serialize;

use crate::error::Failure;
use crate::place::Place;
use crate::range::{CURRENT, named};
use crate::shape::{Shape, shapes};
use crate::ui::Ui;

/// Prints the schema at a revision as SQL, in an order in which it can be run
///
/// It is what the scripts make of an empty database in memory; no file is read or made but the scripts.
#[derive(Debug, Clone, Args)]
pub(super) struct Schema {
    /// Where: an id or a unique prefix of one, a label, `head`, `heads`, `base`, `current`, `-1` (below the heads)
    #[arg(value_name = "REVISION", default_value = "heads", allow_negative_numbers = true)]
    revision: String,
}

/// The schema, as JSON shows it.
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

/// The revisions that a name stands for.
pub(super) fn revisions<C>(place: &Place<'_, C>, name: &str) -> Result<Vec<Index>, Failure> {
    let graph = place.chain.graph();
    let rows = if name == CURRENT { place.rows()? } else { Vec::new() };
    let current: Vec<Index> = rows.iter().filter_map(|row| graph.find(row)).collect();
    named(name, &graph, &current).map_err(|error| place.told(error))
}

/// The schema that the scripts of revisions, and of all that they need, make.
pub(super) fn made<C>(
    place: &Place<'_, C>,
    revisions: &[Index],
) -> Result<aludel_core::schema::Schema, Failure> {
    place.migrator().schema_at(revisions.iter().copied()).map_err(|error| place.told(error))
}
