//! Other programs' tables in a user's database. They are not part of its schema.

use super::{Schema, Table};
use crate::neighbours::{OF_MIGRATION_TOOLS, OF_REPLICATION};

/// Migration tools' tables whose names are common words. They are recognized by their complete,
/// sorted list of columns.
///
/// `TypeORM`, Laravel, `PocketBase`.
const BY_COLUMNS: [(&str, &[&str]); 4] = [
    ("migrations", &["id", "name", "timestamp"]),
    ("typeorm_metadata", &["database", "name", "schema", "table", "type", "value"]),
    ("migrations", &["batch", "id", "migration"]),
    ("_migrations", &["applied", "file"]),
];

impl Schema {
    /// Returns this schema without the tables of other tools, except those that the chain's own
    /// schema also contains.
    #[must_use]
    pub fn without_neighbours(&self, own: &Self) -> Self {
        let mut without = self.clone();
        without.retain_tables(|table| own.table(table).is_some() || !self.is_neighbour(table));
        without
    }

    fn is_neighbour(&self, name: &str) -> bool {
        let is_named = |known: &&str| known.eq_ignore_ascii_case(name);
        let has = |columns: &[&str]| self.table(name).is_some_and(|table| has_columns(table, columns));
        OF_REPLICATION.iter().chain(&OF_MIGRATION_TOOLS).any(is_named)
            || BY_COLUMNS.iter().any(|(known, columns)| is_named(known) && has(columns))
    }
}

fn has_columns(table: &Table, expected: &[&str]) -> bool {
    let mut names: Vec<String> =
        table.columns.iter().map(|column| column.name.to_ascii_lowercase()).collect();
    names.sort();
    names == expected
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{BY_COLUMNS, OF_MIGRATION_TOOLS, OF_REPLICATION};
    use crate::schema::sqlite::{Reader, Touched};
    use crate::schema::{Kind, Schema};

    fn schema(sql: &str) -> rusqlite::Result<Schema> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(sql)?;
        let mut reader = Reader::default();
        reader.read(&connection, &Touched::Everything)?;
        Ok(reader.schema().clone())
    }

    fn tables(schema: &Schema) -> Vec<&str> {
        schema.of_kind(Kind::Table).map(|table| table.name()).collect()
    }

    #[test]
    fn tables_of_other_tools_are_left_out_with_what_belongs_to_them() -> rusqlite::Result<()> {
        let own = schema("CREATE TABLE notes (id INTEGER PRIMARY KEY)")?;
        for table in OF_MIGRATION_TOOLS.into_iter().chain(OF_REPLICATION) {
            let sql = format!(
                "CREATE TABLE notes (id INTEGER PRIMARY KEY); CREATE TABLE \"{table}\" (v); CREATE INDEX \"i_{table}\" ON \"{table}\" (v)"
            );
            assert_eq!(schema(&sql)?.without_neighbours(&own), own, "{table}");
        }
        for (table, columns) in BY_COLUMNS {
            let sql = |columns: &str| {
                format!("CREATE TABLE notes (id INTEGER PRIMARY KEY); CREATE TABLE {table} (\"{columns}\")")
            };
            assert_eq!(schema(&sql(&columns.join("\", \"")))?.without_neighbours(&own), own, "{table}");
            let others = schema(&sql("of_the_application"))?.without_neighbours(&own);
            assert_eq!(tables(&others).len(), 2, "{table}");
        }
        Ok(())
    }

    #[test]
    fn a_table_that_the_chain_makes_itself_stays() -> rusqlite::Result<()> {
        let own = schema("CREATE TABLE schema_migrations (v)")?;
        let wanted = schema("CREATE TABLE schema_migrations (v, w); CREATE TABLE _sqlx_migrations (v)")?;
        assert_eq!(tables(&wanted.without_neighbours(&own)), ["schema_migrations"]);
        Ok(())
    }
}
