//! Reads a schema from SQLite.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, Result, Statement};

use super::{Column, Detail, ForeignKey, IndexColumn, IndexDetail, Kind, Object, Objects, Schema, Table};

/// Reads schemas of one connection, one after the other; what did not change since the last one is not read again.
#[derive(Debug)]
pub struct Reader {
    ignored: Vec<String>,
    last: Schema,
    version: Option<i64>,
}

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
        let ignored = tables.into_iter().map(str::to_lowercase).collect();
        Self { ignored, last: Schema::default(), version: None }
    }

    /// Reads the schema of the database `main`.
    ///
    /// # Errors
    ///
    /// SQLite's own.
    pub fn read(&mut self, connection: &Connection) -> Result<Schema> {
        let version = connection.query_row("PRAGMA main.schema_version", [], |row| row.get(0))?;
        if self.version == Some(version) {
            return Ok(self.last.clone());
        }
        let rows = self.rows(connection)?;
        let objects = self.objects(connection, &rows)?;
        self.last = Schema { objects: Arc::new(objects) };
        self.version = Some(version);
        Ok(self.last.clone())
    }

    /// Forgets what was read, after a rollback: SQLite then counts its schema versions again from an earlier number.
    pub fn forget(&mut self) {
        self.version = None;
    }

    fn rows(&self, connection: &Connection) -> Result<Vec<Row>> {
        let mut statement = connection.prepare(
            "SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_schema \
             WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let mut rows = statement.query([])?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
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

    /// The objects of the rows; an object whose text is as before is taken from the last schema.
    fn objects(&self, connection: &Connection, rows: &[Row]) -> Result<Objects> {
        let mut pragmas = Pragmas::default();
        let mut objects = Objects::new();
        for row in rows {
            let key = (row.kind, row.name.clone());
            let same = |object: &&Arc<Object>| object.sql == row.sql && object.table == row.table;
            let object = match self.last.objects.get(&key).filter(same) {
                Some(object) => Arc::clone(object),
                None => Arc::new(Object {
                    table: row.table.clone(),
                    sql: row.sql.clone(),
                    detail: pragmas.detail(connection, row)?,
                }),
            };
            objects.insert(key, object);
        }
        Ok(objects)
    }
}

/// The pragmas of one connection, each prepared once.
#[derive(Default)]
struct Pragmas<'c> {
    columns: Option<Statement<'c>>,
    foreign_keys: Option<Statement<'c>>,
    indexes: Option<Statement<'c>>,
    index_columns: Option<Statement<'c>>,
    tables: Option<Statement<'c>>,
}

fn prepared<'s, 'c>(
    slot: &'s mut Option<Statement<'c>>,
    connection: &'c Connection,
    sql: &str,
) -> Result<&'s mut Statement<'c>> {
    if slot.is_none() {
        *slot = Some(connection.prepare(sql)?);
    }
    slot.as_mut().ok_or(rusqlite::Error::InvalidQuery)
}

impl<'c> Pragmas<'c> {
    fn detail(&mut self, connection: &'c Connection, row: &Row) -> Result<Detail> {
        Ok(match row.kind {
            Kind::Table => Detail::Table(self.table(connection, &row.name)?),
            Kind::Index => Detail::Index(self.index(connection, &row.table, &row.name)?),
            Kind::View | Kind::Trigger => Detail::Present,
        })
    }

    fn table(&mut self, connection: &'c Connection, name: &str) -> Result<Table> {
        let flags = prepared(
            &mut self.tables,
            connection,
            "SELECT strict, wr FROM pragma_table_list(?1) WHERE schema = 'main'",
        )?;
        let (strict, without_rowid) = flags.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Table {
            columns: self.columns(connection, name)?,
            unique: self.unique(connection, name)?,
            foreign_keys: self.foreign_keys(connection, name)?,
            strict,
            without_rowid,
        })
    }

    fn columns(&mut self, connection: &'c Connection, table: &str) -> Result<Vec<Column>> {
        let sql =
            "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main')";
        let statement = prepared(&mut self.columns, connection, sql)?;
        let rows = statement.query_map([table], |row| {
            Ok(Column {
                name: row.get(0)?,
                declared_type: row.get(1)?,
                not_null: row.get(2)?,
                default: row.get(3)?,
                primary_key: row.get(4)?,
                hidden: row.get(5)?,
            })
        })?;
        rows.collect()
    }

    fn foreign_keys(&mut self, connection: &'c Connection, table: &str) -> Result<Vec<ForeignKey>> {
        let sql = "SELECT id, \"from\", \"table\", \"to\", on_update, on_delete \
                   FROM pragma_foreign_key_list(?1, 'main') ORDER BY id, seq";
        let statement = prepared(&mut self.foreign_keys, connection, sql)?;
        let mut rows = statement.query([table])?;
        let mut keys: BTreeMap<i64, ForeignKey> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let key = match keys.entry(row.get(0)?) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => entry.insert(ForeignKey {
                    from: Vec::new(),
                    parent: row.get(2)?,
                    to: Vec::new(),
                    on_update: row.get(4)?,
                    on_delete: row.get(5)?,
                }),
            };
            key.from.push(row.get(1)?);
            key.to.push(row.get(3)?);
        }
        let mut keys: Vec<ForeignKey> = keys.into_values().collect();
        keys.sort();
        Ok(keys)
    }

    /// The columns of each index that SQLite made for a UNIQUE constraint.
    fn unique(&mut self, connection: &'c Connection, table: &str) -> Result<Vec<Vec<String>>> {
        let sql = "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1, 'main')";
        let statement = prepared(&mut self.indexes, connection, sql)?;
        let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(2)?)))?;
        let made: Vec<(String, String)> = rows.collect::<Result<_>>()?;
        let mut unique = Vec::new();
        for (name, origin) in made {
            if origin == "u" {
                let columns = self.index_columns(connection, &name)?;
                unique.push(columns.into_iter().filter_map(|column| column.name).collect());
            }
        }
        unique.sort();
        Ok(unique)
    }

    fn index(&mut self, connection: &'c Connection, table: &str, name: &str) -> Result<IndexDetail> {
        let sql = "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1, 'main')";
        let statement = prepared(&mut self.indexes, connection, sql)?;
        let mut rows = statement.query([table])?;
        let mut detail = IndexDetail::default();
        while let Some(row) = rows.next()? {
            if row.get_ref(0)?.as_str()? == name {
                detail.unique = row.get(1)?;
                detail.partial = row.get(3)?;
            }
        }
        drop(rows);
        detail.columns = self.index_columns(connection, name)?;
        Ok(detail)
    }

    fn index_columns(&mut self, connection: &'c Connection, index: &str) -> Result<Vec<IndexColumn>> {
        let sql = "SELECT name, \"desc\", coll FROM pragma_index_xinfo(?1, 'main') WHERE key = 1";
        let statement = prepared(&mut self.index_columns, connection, sql)?;
        let rows = statement.query_map([index], |row| {
            Ok(IndexColumn { name: row.get(0)?, descending: row.get(1)?, collation: row.get(2)? })
        })?;
        rows.collect()
    }
}
