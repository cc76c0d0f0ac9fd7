//! Finds the data that a script loses, which its header must declare.

use std::collections::BTreeSet;

use aludel_core::schema::{ColumnChange, Detected};
use aludel_core::schema::{Kind, Schema};

use super::renames::Renames;
use super::schema_diff::SchemaDiff;
use crate::schema::affinity::may_lose;

/// Returns the losses, with the names from before the change.
pub(super) fn losses(schema_diff: &SchemaDiff, renames: &Renames) -> Vec<String> {
    Losses { schema_diff, renames }.losses()
}

struct Losses<'a> {
    schema_diff: &'a SchemaDiff,
    renames: &'a Renames,
}

impl<'a> Losses<'a> {
    fn losses(&self) -> Vec<String> {
        let losses = self.schema_diff.detected.iter().filter_map(|detected| match detected {
            Detected::Removed { kind: Kind::Table, name } => Some(format!("rows of {}", loss_name(name))),
            Detected::Changed { kind: Kind::Table, name } => {
                let name = self.renames.old_table(name);
                Some(format!("rows of {}", loss_name(&name)))
            }
            Detected::RemovedColumn { table, column } => {
                let before = self.schema_diff.renamed.table(table)?.column(column)?;
                before.generated.is_none().then(|| self.loss_of_column(table, column))
            }
            Detected::ChangedColumn { table, column, change } => {
                self.loses(table, column, change).then(|| self.loss_of_column(table, column))
            }
            Detected::ChangedConstraint { table, .. } | Detected::RemovedConstraint { table, .. } => {
                let counts =
                    |schema: &Schema| schema.table(table)?.primary_key.as_ref().map(|key| key.autoincrement);
                let (was, is) =
                    (counts(&self.schema_diff.renamed)?, counts(&self.schema_diff.target).unwrap_or(false));
                let name = self.renames.old_table(table);
                (was && !is).then(|| format!("counter of {}", loss_name(&name)))
            }
            _ => None,
        });
        losses.collect::<BTreeSet<String>>().into_iter().collect()
    }

    fn loses(&self, table: &str, column: &str, change: &ColumnChange) -> bool {
        let side = |schema: &'a Schema| {
            let table = schema.table(table)?;
            Some((table.column(column)?, table))
        };
        let (Some(was), Some(is)) = (side(&self.schema_diff.renamed), side(&self.schema_diff.target)) else {
            return false;
        };
        let is_rowid = was.1.rowid_alias().is_some_and(|alias| alias.name == was.0.name);
        match change {
            ColumnChange::Type { .. } => may_lose(was, is),
            ColumnChange::NotNull { is } => *is && was.0.generated.is_none() && !is_rowid,
            ColumnChange::Generated { .. } => was.0.generated.is_none(),
            ColumnChange::NotNullClause | ColumnChange::Default { .. } | ColumnChange::Collation { .. } => {
                false
            }
        }
    }

    fn loss_of_column(&self, table: &str, column: &str) -> String {
        let (table, column) = self.renames.old_column(table, column);
        format!("{}.{}", loss_name(&table), loss_name(&column))
    }
}

/// Returns a name as written in the header: in quotes if it contains a separator.
fn loss_name(name: &str) -> String {
    if name.contains(['.', ',', '"', ' ']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}
