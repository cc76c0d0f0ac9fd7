//! Differences between SQLite schemas, for the public API.

use aludel_core::schema::Difference;

use crate::{SchemaDifference, SchemaDifferenceKind};

impl From<Difference> for SchemaDifference {
    fn from(difference: Difference) -> Self {
        Self {
            kind: kind(&difference),
            object: object(&difference).to_owned(),
            words: difference.of_a_database(),
        }
    }
}

fn kind(difference: &Difference) -> SchemaDifferenceKind {
    match difference {
        Difference::Missing { .. } => SchemaDifferenceKind::Missing,
        Difference::LeftBehind { .. } => SchemaDifferenceKind::Unexpected,
        Difference::Respelled { .. }
        | Difference::Moved { .. }
        | Difference::Column { .. }
        | Difference::ColumnOrder { .. }
        | Difference::Constraint { .. }
        | Difference::TableOption { .. }
        | Difference::Definition { .. } => SchemaDifferenceKind::Changed,
    }
}

fn object(difference: &Difference) -> &str {
    match difference {
        Difference::Missing { name, .. }
        | Difference::LeftBehind { name, .. }
        | Difference::Moved { name, .. }
        | Difference::Respelled { is: name, .. }
        | Difference::Column { table: name, .. }
        | Difference::ColumnOrder { table: name, .. }
        | Difference::Constraint { table: name, .. }
        | Difference::TableOption { table: name, .. } => name,
        Difference::Definition { is, .. } => is.name(),
    }
}
