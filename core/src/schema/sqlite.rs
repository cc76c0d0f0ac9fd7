//! Reads a schema from SQLite.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::{Connection, Result, params_from_iter};

use crate::script::sqlite::quoted;

use super::{
    Changes, Column, Detail, ForeignKey, IndexColumn, IndexDetail, Key, Kind, Object, Schema, Table,
};

/// Reads the schema of one connection again and again: of what did not change nothing is read.
#[derive(Debug, Default)]
pub struct Reader {
    ignored: Vec<String>,
    schema: Schema,
    by_table: BTreeMap<String, BTreeSet<Key>>,
}

/// What statements may have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Touched {
    /// Nothing in the schema.
    #[default]
    Nothing,
    /// These tables and views, and what belongs to them; names in lowercase.
    Tables(BTreeSet<String>),
    /// Anything.
    Everything,
}

impl Touched {
    /// Adds a table or view.
    pub fn table(&mut self, name: &str) {
        match self {
            Self::Nothing => *self = Self::Tables(BTreeSet::from([name.to_ascii_lowercase()])),
            Self::Tables(tables) if tables.len() < MOST_TABLES => {
                tables.insert(name.to_ascii_lowercase());
            }
            Self::Tables(_) | Self::Everything => *self = Self::Everything,
        }
    }
}

/// More tables than these are not asked for one by one.
const MOST_TABLES: usize = 64;

/// One row of `sqlite_schema`.
struct Row {
    kind: Kind,
    name: String,
    table: String,
    sql: String,
}

impl Reader {
    /// A reader that passes over some tables and what belongs to them.
    #[must_use]
    pub fn ignoring<'a>(tables: impl IntoIterator<Item = &'a str>) -> Self {
        Self { ignored: tables.into_iter().map(str::to_ascii_lowercase).collect(), ..Self::default() }
    }

    /// The schema as it was read last.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Reads the database `main`, and gives what changed since the last time.
    ///
    /// # Errors
    ///
    /// SQLite's own.
    pub fn read(&mut self, connection: &Connection, touched: &Touched) -> Result<Changes> {
        let tables: Vec<&str> = match touched {
            Touched::Nothing => return Ok(Changes::default()),
            Touched::Tables(tables) => tables.iter().map(String::as_str).collect(),
            Touched::Everything => Vec::new(),
        };
        let was = self.forget(touched);
        let is = Schema { objects: objects(connection, &self.rows(connection, &tables)?, &was)? };
        let changes = Changes::between(&was, &is);
        for (key, object) in &is.objects {
            self.by_table.entry(object.table.to_ascii_lowercase()).or_default().insert(key.clone());
        }
        self.schema.objects.extend(is.objects);
        Ok(changes)
    }

    /// Takes out what has to be read again.
    fn forget(&mut self, touched: &Touched) -> Schema {
        let tables = match touched {
            Touched::Nothing => return Schema::default(),
            Touched::Tables(tables) => tables,
            Touched::Everything => {
                self.by_table.clear();
                return std::mem::take(&mut self.schema);
            }
        };
        let keys = tables.iter().filter_map(|table| self.by_table.remove(table)).flatten();
        Schema { objects: keys.filter_map(|key| self.schema.objects.remove_entry(&key)).collect() }
    }

    /// The rows of some tables, or of all where none is named. The names are compared by SQLite, and those of its own objects here: a scan
    /// over a thousand tables should ask as little as it can of each.
    fn rows(&self, connection: &Connection, tables: &[&str]) -> Result<Vec<Row>> {
        let asked = match tables {
            [] => String::new(),
            tables => format!("WHERE tbl_name COLLATE NOCASE IN ({})", vec!["?"; tables.len()].join(", ")),
        };
        let mut statement = connection.prepare(&format!(
            "SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_schema {asked}"
        ))?;
        let mut rows = statement.query(params_from_iter(tables))?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            if row.get_ref(1)?.as_str()?.starts_with("sqlite_") {
                continue;
            }
            let kind = match row.get_ref(0)?.as_str()? {
                "table" => Kind::Table,
                "index" => Kind::Index,
                "view" => Kind::View,
                _ => Kind::Trigger,
            };
            let table: String = row.get(2)?;
            if !self.ignored.iter().any(|ignored| ignored.eq_ignore_ascii_case(&table)) {
                read.push(Row { kind, name: row.get(1)?, table, sql: row.get(3)? });
            }
        }
        Ok(read)
    }
}

/// The objects of the rows; an object whose text is as before is taken from before.
fn objects(connection: &Connection, rows: &[Row], before: &Schema) -> Result<BTreeMap<Key, Arc<Object>>> {
    let mut objects = BTreeMap::new();
    let is_as_before = |kind: Kind, name: &str, sql: &str| {
        before.objects.get(&(kind, name.to_owned())).is_some_and(|object| object.sql == sql)
    };
    // An index takes its collation from its table, so it is only as before where the table is.
    let tables: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.kind == Kind::Table && is_as_before(Kind::Table, &row.name, &row.sql))
        .map(|row| row.name.as_str())
        .collect();
    for row in rows {
        let key = (row.kind, row.name.clone());
        let same = |object: &&Arc<Object>| {
            let on_its_table = row.kind != Kind::Index || tables.contains(row.table.as_str());
            object.sql == row.sql && object.table == row.table && on_its_table
        };
        let object = match before.objects.get(&key).filter(same) {
            Some(object) => Arc::clone(object),
            None => Arc::new(Object {
                table: row.table.clone(),
                sql: row.sql.clone(),
                detail: detail(connection, row)?,
            }),
        };
        objects.insert(key, object);
    }
    Ok(objects)
}

/// What is compared of an object.
fn detail(connection: &Connection, row: &Row) -> Result<Detail> {
    Ok(match row.kind {
        Kind::Table => Detail::Table(table(connection, row)?),
        Kind::Index => Detail::Index(index(connection, &row.table, &row.name)?),
        Kind::View | Kind::Trigger => Detail::Present,
    })
}

fn table(connection: &Connection, row: &Row) -> Result<Table> {
    let name = row.name.as_str();
    let mut table = Table {
        columns: columns(connection, name)?,
        unique: unique(connection, name)?,
        foreign_keys: foreign_keys(connection, name)?,
        ..Table::default()
    };
    // SQLite answers this pragma by looking at every table and view: it is asked only where the answer can be yes.
    let sql = row.sql.to_ascii_lowercase();
    if sql.contains("strict") || sql.contains("without") {
        each(connection, "table_list", name, |row| {
            (table.without_rowid, table.strict) = (row.get("wr")?, row.get("strict")?);
            Ok(())
        })?;
    }
    Ok(table)
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<Column>> {
    let mut columns = Vec::new();
    each(connection, "table_xinfo", table, |row| {
        columns.push(Column {
            name: row.get("name")?,
            declared_type: row.get("type")?,
            not_null: row.get("notnull")?,
            default: row.get("dflt_value")?,
            primary_key: row.get("pk")?,
            hidden: row.get("hidden")?,
        });
        Ok(())
    })?;
    Ok(columns)
}

/// The foreign keys of a table. The rows of one key have one id, and its columns are in order.
fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<ForeignKey>> {
    let mut keys: BTreeMap<i64, ForeignKey> = BTreeMap::new();
    each(connection, "foreign_key_list", table, |row| {
        let (parent, on_update, on_delete) =
            (row.get("table")?, row.get("on_update")?, row.get("on_delete")?);
        let new = ForeignKey { from: Vec::new(), parent, to: Vec::new(), on_update, on_delete };
        let key = keys.entry(row.get("id")?).or_insert(new);
        key.from.push(row.get("from")?);
        key.to.push(row.get("to")?);
        Ok(())
    })?;
    let mut keys: Vec<ForeignKey> = keys.into_values().collect();
    keys.sort();
    Ok(keys)
}

/// The columns of each index that SQLite made for a UNIQUE constraint.
fn unique(connection: &Connection, table: &str) -> Result<Vec<Vec<String>>> {
    let mut made: Vec<String> = Vec::new();
    each(connection, "index_list", table, |row| {
        if row.get_ref("origin")?.as_str()? == "u" {
            made.push(row.get("name")?);
        }
        Ok(())
    })?;
    let columns = |index: &String| {
        let columns = index_columns(connection, index)?;
        Ok(columns.into_iter().filter_map(|column| column.name).collect())
    };
    let mut unique: Vec<Vec<String>> = made.iter().map(columns).collect::<Result<_>>()?;
    unique.sort();
    Ok(unique)
}

fn index(connection: &Connection, table: &str, name: &str) -> Result<IndexDetail> {
    let mut detail = IndexDetail { columns: index_columns(connection, name)?, ..IndexDetail::default() };
    each(connection, "index_list", table, |row| {
        if row.get_ref("name")?.as_str()? == name {
            (detail.unique, detail.partial) = (row.get("unique")?, row.get("partial")?);
        }
        Ok(())
    })?;
    Ok(detail)
}

fn index_columns(connection: &Connection, index: &str) -> Result<Vec<IndexColumn>> {
    let mut columns = Vec::new();
    each(connection, "index_xinfo", index, |row| {
        if row.get("key")? {
            let (name, descending, collation) = (row.get("name")?, row.get("desc")?, row.get("coll")?);
            columns.push(IndexColumn { name, descending, collation });
        }
        Ok(())
    })?;
    Ok(columns)
}

/// Takes each row of a pragma about one object of `main` (<https://sqlite.org/pragma.html>).
fn each(
    connection: &Connection,
    pragma: &str,
    object: &str,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA main.{pragma}({})", quoted(object)))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}
