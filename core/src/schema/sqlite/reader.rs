//! Reads the rows of `sqlite_schema`: all of them, or those that statements touched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::hooks::{AuthAction, AuthContext};
use rusqlite::{Connection, Result, params_from_iter};

use crate::schema::{Changes, Key, Kind, Name, Object, Schema};

/// Reads the schema of one connection again and again: what did not change is taken from before.
#[derive(Debug, Default)]
pub struct Reader {
    ignored: BTreeSet<Name>,
    /// Tables that virtual tables keep for themselves, as they were when everything was read last. Making or dropping a virtual table touches
    /// everything.
    shadows: BTreeSet<Name>,
    schema: Schema,
    by_table: BTreeMap<Name, BTreeSet<Key>>,
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
        let tables: Vec<&str> = match touched {
            Touched::Nothing => return Ok(Changes::default()),
            Touched::Tables(tables) => tables.iter().map(String::as_str).collect(),
            Touched::Everything => Vec::new(),
        };
        let was = self.forget(touched);
        let rows = self.rows(connection, &tables)?;
        let is = Schema { objects: objects(rows, &was) };
        let changes = Changes::between(&was, &is);
        for (key, object) in &is.objects {
            self.by_table.entry(object.table().clone()).or_default().insert(key.clone());
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
        let keys = tables.iter().filter_map(|table| self.by_table.remove(&Name::new(table.as_str())));
        let objects = keys.flatten().filter_map(|key| self.schema.objects.remove_entry(&key)).collect();
        Schema { objects }
    }

    /// The rows of some tables, or of all where none is named. The names are compared by SQLite, and those of its own objects here: a scan
    /// over a thousand tables should ask as little as it can of each.
    fn rows(&mut self, connection: &Connection, tables: &[&str]) -> Result<Vec<Row>> {
        let asked = match tables {
            [] => String::new(),
            tables => format!("WHERE tbl_name COLLATE NOCASE IN ({})", vec!["?"; tables.len()].join(", ")),
        };
        let mut statement = connection.prepare(&format!(
            "SELECT type, name, tbl_name, coalesce(sql, ''), rootpage FROM main.sqlite_schema {asked}"
        ))?;
        let mut rows = statement.query(params_from_iter(tables))?;
        let mut read = Vec::new();
        let mut has_virtual = false;
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
            has_virtual |= kind == Kind::Table && row.get::<_, i64>(4)? == 0;
            read.push(Row { kind, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? });
        }
        if tables.is_empty() {
            self.shadows = if has_virtual { shadows(connection)? } else { BTreeSet::new() };
        }
        if !self.ignored.is_empty() || !self.shadows.is_empty() {
            read.retain(|row| {
                let table = Name::new(row.table.as_str());
                !self.ignored.contains(&table) && !self.shadows.contains(&table)
            });
        }
        Ok(read)
    }
}

/// The tables that virtual tables keep for themselves (<https://sqlite.org/vtab.html#the_xshadowname_method>). SQLite looks at every table
/// and view to answer.
fn shadows(connection: &Connection) -> Result<BTreeSet<Name>> {
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")?;
    let names = statement.query_map([], |row| Ok(Name::new(row.get::<_, String>(0)?)))?;
    names.collect()
}

/// The objects of the rows; one whose text is as before is taken from before.
fn objects(rows: Vec<Row>, before: &Schema) -> BTreeMap<Key, Arc<Object>> {
    let mut objects: BTreeMap<Key, Arc<Object>> = BTreeMap::new();
    let (indexes, others): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.kind == Kind::Index);
    for Row { kind, name, table, sql } in others {
        let key = (kind, Name::new(name.as_str()));
        let as_before = before.objects.get(&key).filter(|object| {
            object.name() == name && object.table().as_str() == table && object.sql() == sql
        });
        let object = as_before.map_or_else(|| Arc::new(Object::new(kind, name, &table, sql)), Arc::clone);
        objects.insert(key, object);
    }
    // An index takes collations from its table, so it is as before only where the table is.
    for Row { name, table, sql, .. } in indexes {
        let Some(on) = objects.get(&(Kind::Table, Name::new(table.as_str()))) else { continue };
        let key = (Kind::Index, Name::new(name.as_str()));
        let as_before = before.objects.get(&key).filter(|object| {
            object.name() == name
                && object.sql() == sql
                && object.on().is_some_and(|was| Arc::ptr_eq(was, on))
        });
        let object = as_before.map_or_else(|| Arc::new(Object::index(name, on, sql)), Arc::clone);
        objects.insert(key, object);
    }
    objects
}
