//! Reads the rows of `sqlite_schema`: all of them, or only those that statements touched.
//!
//! A row keeps its rowid while it exists, and a new row is added after all others. Therefore, if
//! statements do not touch the first tables of a long schema, only the rows at the end must be
//! read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::hooks::{AuthAction, AuthContext};
use rusqlite::{Connection, Result};

use crate::schema::{Changes, Key, Kind, Name, Object, Schema};

/// Rereads the schema of a connection, and reuses objects that have not changed.
#[derive(Debug, Default)]
pub struct Reader {
    ignored: BTreeSet<Name>,
    /// The shadow tables of virtual tables, as of the last full read. Creating or dropping a
    /// virtual table touches everything.
    shadows: BTreeSet<Name>,
    schema: Schema,
    /// The objects of each table, each with its rowid.
    by_table: BTreeMap<Name, Vec<(Key, i64)>>,
    rowids: BTreeSet<i64>,
    /// The last version of objects that no longer exist. Such an object is often recreated, and is
    /// then reused without being parsed again.
    gone: Schema,
    was_rolled_back: bool,
}

/// The part of the schema that statements may have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Touched {
    /// Nothing in the schema.
    #[default]
    Nothing,
    /// These tables and views, with their indexes and triggers. Names are in lowercase.
    Tables(BTreeSet<String>),
    /// Everything.
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

    /// Adds everything that the other value touches.
    pub fn add(&mut self, more: &Self) {
        match more {
            Self::Nothing => {}
            Self::Tables(tables) => tables.iter().for_each(|table| self.table(table)),
            Self::Everything => *self = Self::Everything,
        }
    }

    /// Adds the objects that a statement changes, based on an action that SQLite reports to the
    /// authorizer. `ALTER TABLE` and virtual tables also change other objects.
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
    /// Creates a reader that ignores these tables, with their indexes and triggers.
    #[must_use]
    pub fn ignoring<'a>(tables: impl IntoIterator<Item = &'a str>) -> Self {
        Self { ignored: tables.into_iter().map(Name::new).collect(), ..Self::default() }
    }

    /// Returns the schema as it was last read.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Reads the `main` database. Returns the changes since the last read.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if the schema cannot be read.
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

    /// Records that the database was rolled back. Touched objects may then have returned to their
    /// former rowids.
    pub fn roll_back(&mut self) {
        self.was_rolled_back = true;
    }

    /// Removes the objects that must be read again. Returns them, and the rowid at which to start
    /// reading.
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

    /// Returns the rows from a rowid onward, without those that are known. SQLite's own objects are
    /// filtered out here and not in the query, because a scan over a thousand tables should do as
    /// little as possible per table.
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

/// Returns the shadow tables of any virtual tables among these rows
/// (<https://sqlite.org/vtab.html#the_xshadowname_method>). To find them, SQLite visits every table
/// and view.
fn shadows(connection: &Connection, rows: &[Row]) -> Result<BTreeSet<Name>> {
    if !rows.iter().any(|row| row.is_virtual) {
        return Ok(BTreeSet::new());
    }
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")?;
    let names = statement.query_map([], |row| Ok(Name::new(row.get::<_, String>(0)?)))?;
    names.collect()
}

/// Returns the objects of the rows, each with its rowid. If an object's text did not change, reuses
/// the object from the first of the earlier schemas that contains its name.
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
    // An index inherits collations from its table, so it is reused only if its table is.
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
