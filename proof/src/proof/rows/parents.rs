//! The parent rows that sample rows refer to.

use aludel_core::schema::{ForeignKey, Name, Schema};
use aludel_core::script::sqlite::quoted;
use rusqlite::{Connection, Result};

use super::cell::Cell;
use super::column::ColumnSource;
use super::values;

/// The maximum number of parent rows that child rows refer to.
const PARENTS: usize = 16;

/// A foreign key: its columns, and the keys of the parent rows.
pub(super) struct Parents {
    pub(super) columns: Vec<usize>,
    /// If the table refers to itself, the positions of the referenced columns in the same row.
    pub(super) own: Option<Vec<usize>>,
    pub(super) keys: Vec<Vec<Cell>>,
    pub(super) nullable: bool,
    seed: u64,
}

impl Parents {
    pub(super) fn new(
        connection: &Connection,
        schema: &Schema,
        table: &str,
        sources: &[ColumnSource],
        key: &ForeignKey,
    ) -> Result<Option<Self>> {
        let place = |name: &Name| sources.iter().position(|source| name.is(&source.column.name));
        let columns: Vec<usize> = key.columns.iter().filter_map(place).collect();
        let Some(parent) = schema.table(key.parent.as_str()) else { return Ok(None) };
        let parent_columns: Vec<Name> = key.parent_key(parent).into_iter().cloned().collect();
        if columns.len() != key.columns.len() || columns.len() != parent_columns.len() {
            return Ok(None);
        }
        let own = key.parent.is(table).then(|| parent_columns.iter().filter_map(place).collect());
        let nullable = columns.iter().all(|place| sources.get(*place).is_some_and(|column| column.nullable));
        Ok(Some(Self {
            keys: keys_of(connection, key.parent.as_str(), &parent_columns)?,
            columns,
            own,
            nullable,
            seed: values::seed(table, key.parent.as_str()),
        }))
    }

    /// Sets the key to that of a parent that is consistent with the row's other keys. Two
    /// consecutive rows have the same parent.
    pub(super) fn choose(&self, row: usize, attempt: usize, rows: usize, cells: &mut [Option<Cell>]) {
        let turn = usize::try_from(self.seed % 64).unwrap_or_default();
        let is_null =
            self.nullable && (self.keys.is_empty() || attempt == 0 && (row + turn).is_multiple_of(rows));
        if is_null {
            for place in &self.columns {
                if let Some(cell) = cells.get_mut(*place).filter(|cell| cell.is_none()) {
                    *cell = Some(Cell::Null);
                }
            }
            return;
        }
        let first = if attempt == 0 && row == 1 { 0 } else { row + attempt };
        let order = (0..self.keys.len()).map(|step| (first + turn + step) % self.keys.len());
        let suits = |key: &&Vec<Cell>| {
            self.columns.iter().zip(key.iter()).all(|(place, value)| {
                cells.get(*place).is_none_or(|cell| cell.as_ref().is_none_or(|cell| cell == value))
            })
        };
        let Some(key) = order.filter_map(|place| self.keys.get(place)).find(suits) else { return };
        for (place, value) in self.columns.iter().zip(key) {
            if let Some(cell) = cells.get_mut(*place) {
                *cell = Some(value.clone());
            }
        }
    }
}

fn keys_of(connection: &Connection, table: &str, columns: &[Name]) -> Result<Vec<Vec<Cell>>> {
    let columns: Vec<String> = columns.iter().map(|column| quoted(column.as_str())).collect();
    let there: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    let sql = format!(
        "SELECT {} FROM main.{} WHERE {} LIMIT {PARENTS}",
        columns.join(", "),
        quoted(table),
        there.join(" AND ")
    );
    // The pass without rows reports missing parent columns.
    let Ok(mut statement) = connection.prepare(&sql) else { return Ok(Vec::new()) };
    let mut rows = statement.raw_query();
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push((0..columns.len()).map(|place| row.get_ref(place).map(Cell::from)).collect::<Result<_>>()?);
    }
    Ok(keys)
}
