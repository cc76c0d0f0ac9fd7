//! The tables in which other tools record their migrations.

use aludel_core::neighbours::OF_MIGRATION_TOOLS;
use aludel_core::script::postgres::{quoted, text_literal as literal};

use super::super::session::Session;
use crate::adopt::{Found, MOST_ROWS, Ran, Recorded};
use crate::{AdoptFault, Error};

/// The action as named in error messages.
const READING: &str = "reading the table of another migration tool";

/// A tool, and how it records its migrations. Expressions are of type text, and conditions of type
/// boolean.
struct Tool {
    name: &'static str,
    /// The schema, if it is not the schema that the program uses.
    schema: Option<&'static str>,
    table: &'static str,
    /// A column that distinguishes the table from another tool's table with the same name.
    column: &'static str,
    /// The expression for the version.
    version: &'static str,
    /// The expression for the checksum, if the tool records one that `aludel import` computes.
    checksum: &'static str,
    /// The condition for a row whose migration did not finish.
    unfinished: &'static str,
    /// The condition for the rows that count as applied.
    rows: &'static str,
    /// `true` if the tool records only the last version.
    is_last_only: bool,
}

const PLAIN: Tool = Tool {
    name: "",
    schema: None,
    table: "",
    column: "version",
    version: "version::text",
    checksum: "NULL::text",
    unfinished: "false",
    rows: "true",
    is_last_only: false,
};

/// The tools whose versions `aludel import` turns into revision IDs.
const TOOLS: [Tool; 7] = [
    Tool {
        name: "sqlx",
        table: "_sqlx_migrations",
        column: "success",
        checksum: "encode(checksum, 'hex')",
        unfinished: "NOT success",
        ..PLAIN
    },
    Tool { name: "diesel", table: "__diesel_schema_migrations", ..PLAIN },
    Tool { name: "refinery", table: "refinery_schema_history", checksum: "checksum::text", ..PLAIN },
    // A row with `is_applied = false` reverts an earlier one. Version 0 is the empty database.
    Tool {
        name: "goose",
        table: "goose_db_version",
        column: "version_id",
        version: "version_id::text",
        rows: "version_id > 0 AND is_applied AND NOT EXISTS \
               (SELECT FROM {table} AS later WHERE later.version_id = t.version_id AND later.id > t.id)",
        ..PLAIN
    },
    Tool {
        name: "golang-migrate",
        table: "schema_migrations",
        column: "dirty",
        unfinished: "dirty",
        is_last_only: true,
        ..PLAIN
    },
    Tool { name: "dbmate", table: "schema_migrations", ..PLAIN },
    Tool {
        name: "Drizzle",
        schema: Some("drizzle"),
        table: "__drizzle_migrations",
        column: "created_at",
        version: "created_at::text",
        checksum: "hash::text",
        ..PLAIN
    },
];

impl Session<'_> {
    /// Returns the tools that recorded migrations.
    pub(super) fn tools(&self) -> Result<Vec<Found>, Error> {
        let mut found: Vec<Found> = Vec::new();
        for tool in &TOOLS {
            if found.iter().any(|found| found.table == tool.table) {
                continue;
            }
            let schema = tool.schema.unwrap_or(&self.tables.schema);
            if self.has_column(schema, tool.table, tool.column)?
                && let Some(ran) = self.migrations(schema, tool)?
            {
                found.push(Found { tool: tool.name, table: tool.table, ran });
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        Ok(self.table_of_another()?.map(Found::of_table).into_iter().collect())
    }

    /// Returns the tool's table that [`Self::tools`] would read. The second value is `true` if
    /// `aludel import` reads the migrations of that tool. Returns `None` if there is no such table.
    pub(in crate::postgres) fn recognize(&self) -> Result<Option<(&'static str, bool)>, Error> {
        for tool in &TOOLS {
            let schema = tool.schema.unwrap_or(&self.tables.schema);
            if self.has_column(schema, tool.table, tool.column)? {
                return Ok(Some((tool.table, true)));
            }
        }
        Ok(self.table_of_another()?.map(|table| (table, false)))
    }

    /// Returns the table of a tool whose versions are not numbers, or `None` if there is none.
    fn table_of_another(&self) -> Result<Option<&'static str>, Error> {
        let is_known = |table: &str| TOOLS.iter().any(|tool| tool.table == table);
        let others = || OF_MIGRATION_TOOLS.into_iter().filter(|table| !is_known(table));
        let sql = format!(
            "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = {} AND c.relname IN ({}) AND c.relkind IN ('r', 'p')",
            literal(&self.tables.schema),
            others().map(literal).collect::<Vec<_>>().join(", ")
        );
        let found = self.query(READING, &sql, &[])?;
        Ok(others().find(|table| found.iter().any(|row| row.get::<_, &str>(0) == *table)))
    }

    /// Returns `true` if a table exists and has the column.
    fn has_column(&self, schema: &str, table: &str, column: &str) -> Result<bool, Error> {
        let sql = format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE n.nspname = {} AND c.relname = {} \
             AND c.relkind IN ('r', 'p') AND a.attname = {} AND NOT a.attisdropped)",
            literal(schema),
            literal(table),
            literal(column),
        );
        Ok(self.query_one(READING, &sql, &[])?.get(0))
    }

    /// Reads the migrations that a tool ran. Returns `None` if there are none.
    fn migrations(&self, schema: &str, tool: &Tool) -> Result<Option<Ran>, Error> {
        let Tool { name, table, version, checksum, unfinished, rows, is_last_only, .. } = tool;
        let qualified = format!("{}.{}", quoted(schema), quoted(table));
        let sql = format!(
            "SELECT {version}, {unfinished}, {checksum} FROM {qualified} AS t WHERE {} ORDER BY {} LIMIT {}",
            rows.replace("{table}", &qualified),
            version.trim_end_matches("::text"),
            MOST_ROWS + 1
        );
        let read = self.query(READING, &sql, &[])?;
        if read.len() > MOST_ROWS {
            let why = format!("has more than {MOST_ROWS} rows");
            return Err(AdoptFault::Unreadable { table, why }.into());
        }
        let mut versions = Vec::with_capacity(read.len());
        for row in &read {
            let version = row.get::<_, Option<String>>(0).unwrap_or_default();
            if row.get::<_, Option<bool>>(1).unwrap_or_default() {
                return Err(AdoptFault::Unfinished { tool: name, version }.into());
            }
            versions.push(Recorded { version, checksum: row.get(2) });
        }
        Ok(Ran::of(versions, *is_last_only))
    }
}
