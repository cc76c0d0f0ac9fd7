//! The rows of a table at one point in time.
//!
//! Only tables that statements wrote to are read again. The cost for a chain with a thousand tables
//! therefore depends only on what its scripts change.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aludel_core::schema::{Definition, Name, Object, identifier};
use aludel_core::script::sqlite::quoted;
use rusqlite::{Connection, Result, Statement};

use super::cell::Cell;

/// The maximum number of columns of a row that are shown.
const COLUMNS_SHOWN: usize = 8;

/// One row: a value for each column.
pub(super) type Row = Vec<Cell>;

/// The rows of one table, in the order in which SQLite returns them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TableImage {
    pub(super) name: String,
    /// The stored columns. The values of generated columns follow from them.
    pub(super) columns: Vec<String>,
    /// The positions of the primary key columns in `columns`. Empty if there is no key.
    pub(super) key: Vec<usize>,
    pub(super) rows: Vec<Row>,
}

impl TableImage {
    /// Reads a table.
    pub(super) fn read(connection: &Connection, object: &Object) -> Result<Self> {
        let mut image = Self { name: object.name().to_owned(), ..Self::default() };
        if let Some(table) = object.as_table() {
            let stored = table.columns.iter().filter(|column| column.generated.is_none());
            image.columns = stored.map(|column| column.name.clone()).collect();
            let key = table.primary_key.iter().flat_map(|key| &key.columns);
            let place = |column: &Name| image.columns.iter().position(|name| column.is(name));
            image.key = key.filter_map(|key| place(&key.column)).collect();
        }
        image.read_rows(connection)?;
        Ok(image)
    }

    /// Reads the same columns again. Ignores any new columns.
    pub(super) fn again(&self, connection: &Connection) -> Result<Self> {
        let mut image = self.without_rows();
        image.read_rows(connection)?;
        Ok(image)
    }

    /// Returns the image without its rows.
    pub(super) fn without_rows(&self) -> Self {
        let Self { name, columns, key, rows: _ } = self;
        Self { name: name.clone(), columns: columns.clone(), key: key.clone(), rows: Vec::new() }
    }

    fn read_rows(&mut self, connection: &Connection) -> Result<()> {
        let columns: Vec<String> = self.columns.iter().map(|name| quoted(name)).collect();
        let columns = if columns.is_empty() { "*".to_owned() } else { columns.join(", ") };
        let sql = format!("SELECT {columns} FROM main.{}", quoted(&self.name));
        if !self.columns.is_empty() {
            return read(&mut *connection.prepare_cached(&sql)?, &mut self.rows);
        }
        // A cached statement would still use the columns of an earlier schema.
        let mut statement = connection.prepare(&sql)?;
        let names =
            (0..statement.column_count()).map(|column| statement.column_name(column).map(str::to_owned));
        self.columns = names.collect::<Result<_>>()?;
        read(&mut statement, &mut self.rows)
    }

    /// Sorts the columns by name, to compare tables that differ only in the order of columns.
    pub(super) fn in_order_of_names(self) -> Self {
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        order.sort_by_key(|place| self.columns.get(*place));
        let row = |row: &Row| order.iter().filter_map(|place| row.get(*place).cloned()).collect();
        let columns = order.iter().filter_map(|place| self.columns.get(*place).cloned()).collect();
        Self { rows: self.rows.iter().map(row).collect(), columns, key: Vec::new(), name: self.name }
    }

    /// Returns the statement that inserts a row, with a conflict clause.
    pub(super) fn insertion(&self, conflict: &str) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let places = vec!["?"; columns.len()].join(", ");
        let (table, columns) = (quoted(&self.name), columns.join(", "));
        format!("INSERT OR {conflict} INTO main.{table} ({columns}) VALUES ({places})")
    }

    /// Returns the condition that selects a row by its values.
    pub(super) fn condition(&self) -> String {
        let is = self.columns.iter().map(|column| format!("{} IS ? COLLATE BINARY", quoted(column)));
        format!("({})", is.collect::<Vec<_>>().join(" AND "))
    }

    /// Returns the position of a column, or `None` if there is no such column.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name.eq_ignore_ascii_case(column))
    }

    /// Returns the primary key values of a row. Returns `None` if there is no key, or if part of it
    /// is NULL.
    pub(super) fn key_of<'a>(&self, row: &'a Row) -> Option<Vec<&'a Cell>> {
        let key: Vec<&Cell> = self.key.iter().filter_map(|place| row.get(*place)).collect();
        (!key.is_empty() && key.iter().all(|cell| !cell.is_null())).then_some(key)
    }

    /// Describes a row: first the key, then the relevant columns, then other columns, up to a
    /// limit.
    pub(super) fn describe(&self, row: &Row, matter: &[&str]) -> String {
        let matter = matter.iter().filter_map(|column| self.place(column));
        let mut places: Vec<usize> = Vec::new();
        for place in self.key.iter().copied().chain(matter).chain(0..self.columns.len()) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let more = places.len().saturating_sub(COLUMNS_SHOWN);
        places.truncate(COLUMNS_SHOWN);
        let shown = places.into_iter().filter_map(|place| {
            Some(format!("{} = {}", identifier(self.columns.get(place)?), row.get(place)?))
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        if more == 0 { shown } else { format!("{shown}, and {more} more columns") }
    }
}

fn read(statement: &mut Statement<'_>, into: &mut Vec<Row>) -> Result<()> {
    let count = statement.column_count();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let mut cells = Vec::with_capacity(count);
        for place in 0..count {
            cells.push(Cell::from(row.get_ref(place)?));
        }
        into.push(cells);
    }
    Ok(())
}

/// The rows of every table, as last read.
#[derive(Debug, Clone, Default)]
pub(super) struct Image {
    tables: BTreeMap<Name, Rc<TableImage>>,
}

impl Image {
    pub(super) fn table(&self, name: &Name) -> Option<&Rc<TableImage>> {
        self.tables.get(name)
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &Rc<TableImage>> {
        self.tables.values()
    }

    /// Returns the images of the named tables that exist.
    pub(super) fn of<'a>(&'a self, names: &'a BTreeSet<Name>) -> impl Iterator<Item = &'a Rc<TableImage>> {
        names.iter().filter_map(|name| self.tables.get(name))
    }

    /// Reads a table again, or removes its image if the table does not exist. Leaves out a virtual
    /// table whose rows cannot be read.
    pub(super) fn refresh(
        &mut self,
        connection: &Connection,
        name: &Name,
        object: Option<&Object>,
    ) -> Result<()> {
        self.tables.remove(name);
        let Some(object) = object else { return Ok(()) };
        let image = match TableImage::read(connection, object) {
            Err(_) if !matches!(object.definition(), Definition::Table(_)) => return Ok(()),
            image => image?,
        };
        self.tables.insert(name.clone(), Rc::new(image));
        Ok(())
    }
}
