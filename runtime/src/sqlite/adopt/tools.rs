//! The tables in which other tools record their migrations.

use aludel_core::neighbours::OF_MIGRATION_TOOLS;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use crate::AdoptFault;
use crate::adopt::{Found, MOST_ROWS, Ran, Recorded};
use crate::sqlite::own_table::Shape;

/// The maximum length of a version, in bytes.
const MOST_BYTES: usize = 255;

/// A tool, and how it records its migrations.
struct Tool {
    name: &'static str,
    table: &'static str,
    /// The columns that distinguish the table from another tool's table with the same name.
    columns: &'static [&'static str],
    /// The SQL expression for the version of a row.
    version: &'static str,
    /// The SQL expression for the checksum as text, if the tool records one that `aludel import`
    /// computes.
    checksum: Option<&'static str>,
    /// The SQL condition for a row whose migration did not finish.
    unfinished: Option<&'static str>,
    /// The SQL condition for the rows that count as applied.
    rows: &'static str,
    /// `true` if the tool records only the last version.
    is_last_only: bool,
}

const PLAIN: Tool = Tool {
    name: "",
    table: "",
    columns: &[],
    version: "version",
    checksum: None,
    unfinished: None,
    rows: "",
    is_last_only: false,
};

/// The tools whose versions `aludel import` turns into IDs.
const TOOLS: [Tool; 7] = [
    // <https://docs.rs/sqlx/latest/sqlx/migrate/index.html>
    Tool {
        name: "sqlx",
        table: "_sqlx_migrations",
        columns: &["success"],
        checksum: Some("hex(checksum)"),
        unfinished: Some("NOT success"),
        ..PLAIN
    },
    Tool { name: "diesel", table: "__diesel_schema_migrations", ..PLAIN },
    Tool {
        name: "refinery",
        table: "refinery_schema_history",
        checksum: Some("CAST(checksum AS TEXT)"),
        ..PLAIN
    },
    // A row with `is_applied = 0` reverts an earlier one. Version 0 is the empty database.
    Tool {
        name: "goose",
        table: "goose_db_version",
        version: "version_id",
        rows: "WHERE version_id > 0 AND id = (SELECT max(id) FROM main.goose_db_version AS last \
               WHERE last.version_id = goose_db_version.version_id) AND is_applied",
        ..PLAIN
    },
    Tool {
        name: "golang-migrate",
        table: "schema_migrations",
        columns: &["dirty"],
        unfinished: Some("dirty"),
        is_last_only: true,
        ..PLAIN
    },
    Tool { name: "dbmate", table: "schema_migrations", ..PLAIN },
    Tool {
        name: "Drizzle",
        table: "__drizzle_migrations",
        version: "created_at",
        checksum: Some("CAST(hash AS TEXT)"),
        ..PLAIN
    },
];

/// The table name that is used for a program without a tool, which counts its migrations in the
/// file header.
const USER_VERSION: &str = "user_version";

/// Returns the tools that recorded migrations. `user_version` counts only if no other tool is
/// found.
pub(super) fn find(connection: &Connection) -> Result<std::result::Result<Vec<Found>, AdoptFault>> {
    let mut found: Vec<Found> = Vec::new();
    for tool in &TOOLS {
        // A table without all the columns belongs to another tool.
        if found.iter().any(|found| found.table == tool.table) || !has_table(connection, tool)? {
            continue;
        }
        match read(connection, tool)? {
            Ok(Some(ran)) => found.push(Found { tool: tool.name, table: tool.table, ran }),
            Ok(None) => {}
            Err(fault) => return Ok(Err(fault)),
        }
    }
    if !found.is_empty() {
        return Ok(Ok(found));
    }
    let version = user_version(connection)?;
    if version != 0 {
        let ran = Ran::UpTo(version.to_string());
        return Ok(Ok(vec![Found { tool: "a program with `user_version`", table: USER_VERSION, ran }]));
    }
    Ok(Ok(table_of_another(connection)?.map(Found::of_table).into_iter().collect()))
}

/// Returns the tool's table that [`find`] would read, or `user_version`. The second value is `true`
/// if `aludel import` reads the migrations of that tool. Returns `None` if no tool is recognized.
pub(crate) fn recognize(connection: &Connection) -> Result<Option<(&'static str, bool)>> {
    for tool in &TOOLS {
        if has_table(connection, tool)? {
            return Ok(Some((tool.table, true)));
        }
    }
    if user_version(connection)? != 0 {
        return Ok(Some((USER_VERSION, true)));
    }
    Ok(table_of_another(connection)?.map(|table| (table, false)))
}

fn user_version(connection: &Connection) -> Result<i64> {
    connection.query_row("PRAGMA main.user_version", [], |row| row.get(0))
}

/// Returns the table of a tool whose versions are not numbers, or `None` if there is none.
fn table_of_another(connection: &Connection) -> Result<Option<&'static str>> {
    for table in OF_MIGRATION_TOOLS {
        let is_known = TOOLS.iter().any(|tool| tool.table == table);
        if !is_known && matches!(Shape::look(connection, table)?, Shape::Table(_)) {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Returns `true` if the table of a tool exists, with its columns.
fn has_table(connection: &Connection, tool: &Tool) -> Result<bool> {
    let Ok(Some(columns)) = Shape::look(connection, tool.table)?.stored() else { return Ok(false) };
    Ok(tool.columns.iter().all(|name| columns.iter().any(|column| column.is(name))))
}

/// Reads the versions. Returns `None` if there are none.
fn read(connection: &Connection, tool: &Tool) -> Result<std::result::Result<Option<Ran>, AdoptFault>> {
    let Tool { name, table, version, checksum, rows, unfinished, is_last_only, .. } = tool;
    let unreadable = |why: String| Ok(Err(AdoptFault::Unreadable { table, why }));
    let (checksum, unfinished) = (checksum.unwrap_or("NULL"), unfinished.unwrap_or("0"));
    let sql = format!(
        "SELECT {version}, {unfinished}, substr({checksum}, 1, {MOST_BYTES}) FROM main.\"{table}\" {rows} ORDER BY 1 LIMIT {}",
        MOST_ROWS + 1
    );
    let mut statement = match connection.prepare(&sql) {
        Ok(statement) => statement,
        Err(error) => return unreadable(format!("cannot be read: {error}")),
    };
    let mut rows = statement.query([])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        let version = match row.get_ref(0)? {
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) if text.len() <= MOST_BYTES => String::from_utf8_lossy(text).into_owned(),
            _ => {
                return unreadable("contains a version that is neither a number nor a short text".to_owned());
            }
        };
        if row.get::<_, Option<bool>>(1)?.unwrap_or_default() {
            return Ok(Err(AdoptFault::Unfinished { tool: name, version }));
        }
        let checksum = match row.get_ref(2)? {
            ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        };
        versions.push(Recorded { version, checksum });
    }
    if versions.len() > MOST_ROWS {
        return unreadable(format!("has more than {MOST_ROWS} rows"));
    }
    Ok(Ok(Ran::of(versions, *is_last_only)))
}
