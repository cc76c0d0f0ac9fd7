//! Checks the shape of Aludel's own tables, the version table and the ledger, in a database that
//! others may have modified.
//!
//! The schema is checked before either table is read or written. A view may return rows forever. A
//! generated column may never finish a single function call, to which no limit applies.

use aludel_core::script::sqlite::{TokenType, tokens};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Result};

use crate::OwnTableDefect;

/// The reason that a table was not read or written: an SQLite error, or a defect of the table.
#[derive(Debug)]
pub(crate) enum Unusable {
    Sqlite(rusqlite::Error),
    Defect(OwnTableDefect),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<OwnTableDefect> for Unusable {
    fn from(defect: OwnTableDefect) -> Self {
        Self::Defect(defect)
    }
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) is_generated: bool,
    pub(crate) is_key: bool,
    default: Option<String>,
}

impl Column {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The object that has the name of one of Aludel's tables.
#[derive(Debug)]
pub(crate) enum Shape {
    /// No object has the name.
    Missing,
    /// An ordinary table.
    Table(Vec<Column>),
    /// An object that must not be read.
    Other(OwnTableDefect),
}

impl Shape {
    /// Reads the shape, using only the schema.
    pub(crate) fn look(connection: &Connection, table: &str) -> Result<Self> {
        let Some((kind, sql)) = definition(connection, table)? else { return Ok(Self::Missing) };
        let is_virtual =
            || tokens(text_of(&sql)).get(1).is_some_and(|second| second.kind == TokenType::TK_VIRTUAL);
        let kind = match kind.as_str() {
            "table" if is_virtual() => "a virtual table",
            "table" => return Ok(Self::Table(columns(connection, table)?)),
            "view" => "a view",
            "index" => "an index",
            _ => "no table",
        };
        Ok(Self::Other(OwnTableDefect::NotATable { kind }))
    }

    /// Returns the columns of a table that can be read without evaluating expressions, or `None` if
    /// the table does not exist.
    pub(crate) fn stored(self) -> Result<Option<Vec<Column>>, OwnTableDefect> {
        match self {
            Self::Missing => Ok(None),
            Self::Other(defect) => Err(defect),
            Self::Table(columns) => match columns.iter().find(|column| column.is_generated) {
                Some(Column { name, .. }) => Err(OwnTableDefect::Generated { column: name.clone() }),
                None => Ok(Some(columns)),
            },
        }
    }
}

/// Returns `true` if a definition describes an ordinary table without generated columns.
///
/// This is the quick form of [`Shape::look`], which needs only the text. It returns `false` if
/// there is any doubt. SQLite stores `CREATE TABLE` in this spelling, and a generated column needs
/// the word `AS`.
pub(crate) fn is_plain(definition: &str) -> bool {
    let contains_as = definition.as_bytes().windows(2).any(|pair| pair.eq_ignore_ascii_case(b"as"));
    definition.starts_with("CREATE TABLE ") && !contains_as
}

/// Returns the defect that prevents writing a readable table: a trigger, or an expression that a
/// write would evaluate.
pub(crate) fn obstacle(connection: &Connection, table: &str) -> Result<Option<OwnTableDefect>> {
    if let Some(trigger) = trigger(connection, table)? {
        return Ok(Some(OwnTableDefect::Trigger { trigger }));
    }
    let Some((_, sql)) = definition(connection, table)? else { return Ok(None) };
    if tokens(text_of(&sql)).iter().any(|token| token.kind == TokenType::TK_CHECK) {
        return Ok(Some(OwnTableDefect::Computes { what: "a CHECK".to_owned() }));
    }
    let calls = |column: &Column| column.default.as_ref().is_some_and(|default| default.contains('('));
    if let Some(column) = columns(connection, table)?.into_iter().find(calls) {
        return Ok(Some(OwnTableDefect::Computes {
            what: format!("a computed default for `{}`", column.name),
        }));
    }
    let index = "SELECT list.name FROM pragma_index_list(?1, 'main') AS list WHERE list.partial \
                 OR EXISTS (SELECT 1 FROM pragma_index_xinfo(list.name, 'main') WHERE cid = -2)";
    let index: Option<String> = connection.query_row(index, [table], |row| row.get(0)).optional()?;
    Ok(index.map(|index| OwnTableDefect::Computes {
        what: format!("the index `{index}` with an expression or a WHERE clause"),
    }))
}

fn trigger(connection: &Connection, table: &str) -> Result<Option<String>> {
    let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE \
               UNION ALL SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE";
    connection.query_row(sql, [table], |row| row.get(0)).optional()
}

/// Returns the type and the SQL of the object with this name. Returns `None` if there is none.
/// Triggers have their own namespace.
fn definition(connection: &Connection, table: &str) -> Result<Option<(String, String)>> {
    let sql = "SELECT type, sql FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type <> 'trigger'";
    let lossy =
        |value: ValueRef<'_>| String::from_utf8_lossy(value.as_bytes().unwrap_or_default()).into_owned();
    connection.query_row(sql, [table], |row| Ok((lossy(row.get_ref(0)?), lossy(row.get_ref(1)?)))).optional()
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<Column>> {
    let sql = "SELECT name, hidden > 1, pk > 0, dflt_value FROM pragma_table_xinfo(?1, 'main')";
    let mut statement = connection.prepare(sql)?;
    let column = |row: &rusqlite::Row<'_>| {
        let (name, is_generated) = (row.get(0)?, row.get(1)?);
        Ok(Column { name, is_generated, is_key: row.get(2)?, default: row.get(3)? })
    };
    statement.query_map([table], column)?.collect()
}

/// Returns a definition up to its first NUL byte.
fn text_of(sql: &str) -> &str {
    sql.split('\0').next().unwrap_or_default()
}

/// Returns a text value of limited length, or the defect of any other value.
pub(crate) fn text(value: ValueRef<'_>, limit: usize) -> Result<String, OwnTableDefect> {
    let found = match value {
        ValueRef::Text(bytes) if bytes.len() > limit => return Err(OwnTableDefect::TooLong { limit }),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => return Ok(text.to_owned()),
            Err(_) => "text that is not UTF-8",
        },
        ValueRef::Null => "NULL",
        ValueRef::Integer(_) => "an integer",
        ValueRef::Real(_) => "a real number",
        ValueRef::Blob(_) => "a BLOB",
    };
    Err(OwnTableDefect::NotText { found })
}
