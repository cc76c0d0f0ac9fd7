//! Schemas.

use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (&planner.was.catalog.schemas, &planner.is.catalog.schemas);
    for schema in is.iter().filter(|schema| !was.iter().any(|other| other.name == schema.name)) {
        let statement = format!("CREATE SCHEMA {}", schema.name);
        operations.creates.push(Operation::new(format!("schema {}", schema.name), Rank::Schema, statement));
    }
    for schema in was.iter().filter(|schema| !is.iter().any(|other| other.name == schema.name)) {
        let statement = format!("DROP SCHEMA {}", schema.name);
        operations.late_drops.push(Operation::new(
            format!("schema {}", schema.name),
            Rank::Schema,
            statement,
        ));
    }
}
