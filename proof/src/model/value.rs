//! The models as data: tables and indexes in the form of a schema, and their previous names.

use std::collections::BTreeMap;

use aludel_core::schema::{self, Index};

/// The tables of all models, in the order in which they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    /// The tables.
    pub tables: Vec<Table>,
}

/// A table with its indexes.
///
/// Constraints are in the order in which the struct declares them. Expressions are stored as
/// written, so two models can have the same meaning and still be unequal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The name.
    pub name: String,
    /// The columns and constraints.
    pub definition: schema::Table,
    /// The indexes, each with its name.
    pub indexes: Vec<(String, Index)>,
    /// The previous name of the table, if it was renamed.
    pub renamed_from: Option<String>,
    /// The previous names of renamed columns, by column number.
    pub renamed_columns: BTreeMap<usize, String>,
}

impl Models {
    /// Returns the target schema as a `schema.sql` would define it.
    #[must_use]
    pub fn to_sql(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(Table::to_sql).collect();
        tables.join("\n")
    }

    /// Returns the statements that create the tables and indexes.
    pub fn statements(&self) -> impl Iterator<Item = String> {
        self.tables.iter().flat_map(Table::statements)
    }
}

impl Table {
    /// Returns the `CREATE TABLE` statement and the `CREATE INDEX` statements.
    pub fn statements(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.create_table()).chain(self.indexes.iter().map(|(name, index)| index.ddl(name)))
    }

    /// Returns the `CREATE TABLE` statement.
    #[must_use]
    pub fn create_table(&self) -> String {
        self.definition.ddl(&self.name)
    }

    /// Returns the columns of the primary key.
    #[must_use]
    pub fn key(&self) -> Vec<&str> {
        let key = self.definition.primary_key.iter().flat_map(|key| &key.columns);
        key.map(|key| key.column.as_str()).collect()
    }

    fn to_sql(&self) -> String {
        let mut statements = self.statements();
        let table = statements.next().unwrap_or_default();
        let indexes: String = statements.map(|index| index + "\n").collect();
        let gap = if indexes.is_empty() { "" } else { "\n" };
        format!("{table}\n{gap}{indexes}")
    }
}
