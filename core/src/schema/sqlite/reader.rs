//! Reads the rows of `sqlite_schema`: all of them, or those that statements touched.
//!
//! A row keeps its rowid as long as it is there, and a new one comes after all others, so that only the end of a long schema has to be read
//! where its first tables were left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::hooks::{AuthAction, AuthContext};
use rusqlite::{Connection, Result};

use crate::schema::{Changes, Key, Kind, Name, Object, Schema};

/// Reads the schema of one connection again and again: what did not change is taken from before.
#[derive(Debug, Default)]
pub struct Reader {
    ignored: BTreeSet<Name>,
    /// Tables that virtual tables keep for themselves, as they were when everything was read last. Making or dropping a virtual table touches
    /// everything.
    shadows: BTreeSet<Name>,
    schema: Schema,
    /// What is known of each table, and the rowid of each.
    by_table: BTreeMap<Name, Vec<(Key, i64)>>,
    rowids: BTreeSet<i64>,
    /// What is no longer there, as it was last: it often comes back, and is not parsed again then.
    gone: Schema,
    was_rolled_back: bool,
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
            Self::Tables(tables) => {
                tables.insert(name.to_ascii_lowercase());
            }
            Self::Everything => {}
        }
    }

    /// Adds what else was touched.
    pub fn add(&mut self, more: &Self) {
        match more {
            Self::Nothing => {}
            Self::Tables(tables) => tables.iter().for_each(|table| self.table(table)),
            Self::Everything => *self = Self::Everything,
        }
    }

    /// Adds what a statement changes, as SQLite tells an authorizer; `ALTER TABLE` and virtual tables change others as well.
    pub fn note(&mut self, context: &AuthContext<'_>) {
        match context.action {
            AuthAction::CreateTable { table_name: name }
            | AuthAction::DropTable { table_name: name }
            | AuthAction::CreateView { view_name: name }
            | AuthAction::DropView { view_name: name }
            | AuthAction::CreateIndex { table_name: name, .. }
            | AuthAction::DropIndex { table_name: name, .. }
            | AuthAction::CreateTrigger { table_name: name, .. }
            | AuthAction::DropTrigger { table_name: name, .. } => self.table(name),
            AuthAction::AlterTable { .. }
            | AuthAction::CreateVtable { .. }
            | AuthAction::DropVtable { .. } => {
                *self = Self::Everything;
            }
            _ => {}
        }
    }
}

/// One row of `sqlite_schema`.
struct Row {
    rowid: i64,
    kind: Kind,
    name: String,
    table: Name,
    sql: String,
    is_virtual: bool,
}

impl Reader {
    /// A reader that passes over some tables and what belongs to them.
    #[must_use]
    pub fn ignoring<'a>(tables: impl IntoIterator<Item = &'a str>) -> Self {
        Self { ignored: tables.into_iter().map(Name::new).collect(), ..Self::default() }
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
        if *touched == Touched::Nothing {
            return Ok(Changes::default());
        }
        let (was, first) = self.forget(touched);
        let mut rows = self.rows(connection, first)?;
        if *touched == Touched::Everything {
            self.shadows = shadows(connection, &rows)?;
        }
        rows.retain(|row| !self.ignored.contains(&row.table) && !self.shadows.contains(&row.table));
        let mut is = Schema::default();
        for (rowid, object) in objects(rows, [&was, &self.gone]) {
            self.rowids.insert(rowid);
            self.by_table.entry(object.table().clone()).or_default().push((object.key(), rowid));
            is.objects.insert(object.key(), object);
        }
        let changes = Changes::between(&was, &is);
        self.gone.objects.extend(was.objects.into_iter().filter(|(key, _)| !is.objects.contains_key(key)));
        self.schema.objects.extend(is.objects);
        Ok(changes)
    }

    /// The database was rolled back: what is touched may stand where it stood before.
    pub fn roll_back(&mut self) {
        self.was_rolled_back = true;
    }

    /// Takes out what has to be read again, and says from which rowid on it can be.
    fn forget(&mut self, touched: &Touched) -> (Schema, i64) {
        let is_rolled_back = std::mem::take(&mut self.was_rolled_back);
        let Touched::Tables(tables) = touched else {
            self.by_table.clear();
            self.rowids.clear();
            return (std::mem::take(&mut self.schema), 0);
        };
        let known = tables.iter().filter_map(|table| self.by_table.remove(&Name::new(table.as_str())));
        let (mut was, mut first) = (Schema::default(), i64::MAX);
        for (key, rowid) in known.flatten() {
            first = first.min(rowid);
            self.rowids.remove(&rowid);
            was.objects.extend(self.schema.objects.remove_entry(&key));
        }
        let behind_all = self.rowids.last().map_or(0, |last| last + 1);
        (was, if is_rolled_back { 0 } else { first.min(behind_all) })
    }

    /// The rows from a rowid on, without those that are known. The names of SQLite's own objects are compared here: a scan over a thousand tables
    /// should ask as little as it can of each.
    fn rows(&self, connection: &Connection, first: i64) -> Result<Vec<Row>> {
        let mut statement = connection.prepare(
            "SELECT rowid, type, name, tbl_name, coalesce(sql, ''), rootpage FROM main.sqlite_schema WHERE rowid >= ?1",
        )?;
        let mut rows = statement.query([first])?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            let rowid = row.get(0)?;
            if self.rowids.contains(&rowid) || row.get_ref(2)?.as_str()?.starts_with("sqlite_") {
                continue;
            }
            let kind = match row.get_ref(1)?.as_str()? {
                "table" => Kind::Table,
                "index" => Kind::Index,
                "view" => Kind::View,
                _ => Kind::Trigger,
            };
            let (name, table, sql) = (row.get(2)?, Name::new(row.get::<_, String>(3)?), row.get(4)?);
            let is_virtual = kind == Kind::Table && row.get::<_, i64>(5)? == 0;
            read.push(Row { rowid, kind, name, table, sql, is_virtual });
        }
        Ok(read)
    }
}

/// The tables that virtual tables among some rows keep for themselves (<https://sqlite.org/vtab.html#the_xshadowname_method>). SQLite looks
/// at every table and view to answer.
fn shadows(connection: &Connection, rows: &[Row]) -> Result<BTreeSet<Name>> {
    if !rows.iter().any(|row| row.is_virtual) {
        return Ok(BTreeSet::new());
    }
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")?;
    let names = statement.query_map([], |row| Ok(Name::new(row.get::<_, String>(0)?)))?;
    names.collect()
}

/// The objects of the rows, each with its rowid; one whose text is as before is taken from the first of the schemas before that has its name.
fn objects(rows: Vec<Row>, before: [&Schema; 2]) -> Vec<(i64, Arc<Object>)> {
    let (indexes, others): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.kind == Kind::Index);
    let (mut objects, mut tables) = (Vec::new(), BTreeMap::new());
    let known = |key: &Key| before.iter().find_map(|schema| schema.objects.get(key));
    for Row { rowid, kind, name, table, sql, .. } in others {
        let as_before = known(&(kind, Name::new(name.as_str()))).filter(|object| {
            object.name() == name && object.table().as_str() == table.as_str() && object.sql() == sql
        });
        let object =
            as_before.map_or_else(|| Arc::new(Object::new(kind, name, table.as_str(), sql)), Arc::clone);
        if kind == Kind::Table {
            tables.insert(table, Arc::clone(&object));
        }
        objects.push((rowid, object));
    }
    // An index takes collations from its table, so it is as before only where the table is.
    for Row { rowid, name, table, sql, .. } in indexes {
        let Some(on) = tables.get(&table) else { continue };
        let as_before = known(&(Kind::Index, Name::new(name.as_str()))).filter(|object| {
            object.name() == name
                && object.sql() == sql
                && object.on().is_some_and(|was| Arc::ptr_eq(was, on))
        });
        objects.push((rowid, as_before.map_or_else(|| Arc::new(Object::index(name, on, sql)), Arc::clone)));
    }
    objects
}
