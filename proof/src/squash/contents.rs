//! The schema and rows of a scratch database.

use aludel_core::schema::{Changes, Definition, Kind, Object, Schema, describe, parents_first};
use aludel_core::script::sqlite::quoted;
use rusqlite::types::Value;
use rusqlite::{Connection, Result};

use crate::proof::scratch::Scratch;
use crate::schema::rebuild::rowid_word;

/// The virtual tables whose rows are written like those of ordinary tables, each with the name of
/// its rowid if that is not one of its columns.
const WRITABLE: [(&str, Option<&str>); 5] = [
    ("fts3", Some("docid")),
    ("fts4", Some("docid")),
    ("fts5", Some("rowid")),
    ("rtree", None),
    ("rtree_i32", None),
];

/// The virtual tables that only show rows of other tables.
const DERIVED: [&str; 2] = ["fts5vocab", "fts4aux"];

/// The rows of a table.
#[derive(Debug, Default, PartialEq)]
pub(super) struct TableRows {
    pub(super) name: String,
    /// The columns to insert. The rowid comes first if it is not one of the table's columns.
    pub(super) columns: Vec<String>,
    /// `true` if the first column is the rowid. The `INSERT` omits it if the rows are numbered from
    /// 1.
    pub(super) has_rowid: bool,
    pub(super) rows: Vec<Vec<Value>>,
    /// The position of the rowid alias in the columns.
    pub(super) alias: Option<usize>,
    /// The `AUTOINCREMENT` counter, or `None` if no row was ever inserted.
    pub(super) counter: Option<i64>,
}

/// The contents of a database.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) schema: Schema,
    /// The tables that can have rows, parents first.
    pub(super) tables: Vec<TableRows>,
    /// The triggers in the order in which they were created, which is the order in which they fire.
    pub(super) triggers: Vec<String>,
    /// A virtual table whose rows cannot be read, if there is one.
    pub(super) unreadable: Option<String>,
}

impl Contents {
    pub(super) fn read(scratch: &Scratch) -> Result<Self> {
        let (connection, schema) = (scratch.connection(), scratch.schema()?);
        let mut tables = Vec::new();
        let mut unreadable = None;
        for object in parents_first(&schema) {
            match columns(connection, object)? {
                Columns::Of(rows) => tables.push(rows.read(connection)?),
                Columns::Derived => {}
                Columns::Unknown => unreadable = unreadable.or_else(|| Some(object.name().to_owned())),
            }
        }
        let mut statement = connection
            .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid")?;
        let triggers = statement.query_map([], |row| row.get(0))?.collect::<Result<_>>()?;
        Ok(Self { schema, tables, triggers, unreadable })
    }

    /// Returns the tables whose rows differ.
    pub(super) fn tables_that_differ<'c>(&'c self, other: &'c Self) -> impl Iterator<Item = &'c str> {
        let differs = |rows: &&TableRows| !other.tables.contains(rows);
        self.tables.iter().filter(differs).map(|rows| rows.name.as_str())
    }

    /// Describes the differences.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = describe(&Changes::between(&self.schema, &other.schema));
        differences
            .extend(self.tables_that_differ(other).map(|table| format!("the rows of `{table}` differ")));
        if self.triggers != other.triggers {
            differences.push("the triggers fire in a different order".to_owned());
        }
        differences
    }
}

/// The columns of a table that has rows.
enum Columns {
    Of(TableRows),
    /// The table stores no rows itself.
    Derived,
    /// The table has rows, but it is unknown how to write them.
    Unknown,
}

fn columns(connection: &Connection, object: &Object) -> Result<Columns> {
    let rows = TableRows { name: object.name().to_owned(), ..TableRows::default() };
    match object.definition() {
        Definition::Table(table) => {
            let stored = table.columns.iter().filter(|column| column.generated.is_none());
            let rowid = rowid_word(table).filter(|_| table.rowid_alias().is_none());
            let columns = rowid.map(str::to_owned).into_iter();
            let columns: Vec<String> = columns.chain(stored.map(|column| column.name.clone())).collect();
            let alias = table.rowid_alias().map(|alias| &alias.name);
            let alias = columns.iter().position(|column| Some(column) == alias);
            Ok(Columns::Of(TableRows { columns, has_rowid: rowid.is_some(), alias, ..rows }))
        }
        Definition::VirtualTable(table) => {
            let is = |name: &str| table.module.is(name);
            if DERIVED.into_iter().any(is) || table.external_content().is_some() {
                return Ok(Columns::Derived);
            }
            let count = format!("SELECT count(*) FROM main.{}", quoted(&rows.name));
            let is_empty = connection.query_row(&count, [], |row| row.get::<_, i64>(0))? == 0;
            let writable = WRITABLE.iter().find(|(module, _)| is(module));
            match writable {
                _ if is_empty => Ok(Columns::Derived),
                Some((_, rowid)) if !has_no_content(&table.arguments) => {
                    let columns = rowid.map(str::to_owned).into_iter().chain(names(connection, &rows.name)?);
                    Ok(Columns::Of(TableRows {
                        columns: columns.collect(),
                        has_rowid: rowid.is_some(),
                        ..rows
                    }))
                }
                _ => Ok(Columns::Unknown),
            }
        }
        Definition::Unread(_) if object.kind() == Kind::Table => {
            Ok(Columns::Of(TableRows { columns: names(connection, &rows.name)?, ..rows }))
        }
        _ => Ok(Columns::Derived),
    }
}

/// Returns `true` for a full-text index that does not store the text that it indexes
/// (<https://sqlite.org/fts5.html#contentless_tables>).
fn has_no_content(arguments: &[String]) -> bool {
    let is_empty = |value: &str| value.trim().trim_matches(['"', '\'']).is_empty();
    let mut options = arguments.iter().filter_map(|argument| argument.split_once('='));
    options.any(|(option, value)| option.trim().eq_ignore_ascii_case("content") && is_empty(value))
}

fn names(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let statement = connection.prepare(&format!("SELECT * FROM main.{} LIMIT 0", quoted(table)))?;
    (0..statement.column_count()).map(|column| statement.column_name(column).map(str::to_owned)).collect()
}

impl TableRows {
    fn read(mut self, connection: &Connection) -> Result<Self> {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let sql = format!("SELECT {} FROM main.{} ORDER BY 1", columns.join(", "), quoted(&self.name));
        let mut statement = connection.prepare(&sql)?;
        let count = columns.len();
        let row = |row: &rusqlite::Row<'_>| (0..count).map(|column| row.get(column)).collect();
        self.rows = statement.query_map([], row)?.collect::<Result<_>>()?;
        if connection.table_exists(Some("main"), "sqlite_sequence")? {
            let counter = "SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?1";
            self.counter = connection.query_row(counter, [&self.name], |row| row.get(0))?;
        }
        Ok(self)
    }
}
