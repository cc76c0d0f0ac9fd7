//! Reads the ledger. A hostile or damaged table is read as far as possible.

use std::collections::BTreeMap;
use std::time::Duration;

use aludel_core::chain::HISTORY_COLUMNS;
use aludel_core::script::sqlite::words_of;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row};

use super::is_of_the_table;
use crate::ledger::{Damage, Entry, MOST_ROWS, Numbered, STARTED};
use crate::sqlite::own_table::{self, Shape};

/// The column with the number of a row, regardless of the table's definition.
const ROW_ID: &str = "rowid";

/// The maximum length of a revision, direction or checksum, in bytes.
const MOST_BYTES: usize = 255;

/// The maximum length of any value, in bytes. It exceeds the size limit of a script.
const MOST_BYTES_OF_A_SCRIPT: usize = 16 << 20;

/// The columns that determine what a downgrade from the ledger runs.
const DECISIVE: [&str; 8] =
    ["revision", "direction", "revises", "depends_on", "checksum", "state", "upgrade_sql", "downgrade_sql"];

/// Reads the newest rows of the ledger, oldest first. A missing column or a value of a different
/// type is read as empty.
pub(crate) fn entries(connection: &Connection, table: &str) -> Result<Vec<Entry>> {
    let (rows, _) = rows(connection, table)?;
    Ok(rows.into_iter().rev().map(|row| row.entry).collect())
}

/// Reads the newest row.
pub(crate) fn newest(connection: &Connection, table: &str) -> Result<Option<Entry>> {
    let names: Vec<&str> = HISTORY_COLUMNS.iter().map(|(name, _)| *name).collect();
    let mut newest = None;
    newest_first(connection, table, &names, |row| {
        newest = Some(entry(row)?);
        Ok(false)
    })?;
    Ok(newest)
}

/// Reads the rows of the ledger, newest first, and the damage that prevented reading all of them. A
/// missing column or a value of a different type is read as empty.
pub(crate) fn rows(connection: &Connection, table: &str) -> Result<(Vec<Numbered>, Option<Damage>)> {
    let mut rows = Vec::new();
    let names: Vec<&str> = HISTORY_COLUMNS.iter().map(|(name, _)| *name).chain([ROW_ID]).collect();
    let damage = newest_first(connection, table, &names, |row| {
        let id = row.get_ref(HISTORY_COLUMNS.len())?.as_i64().unwrap_or_default();
        rows.push(Numbered { id, entry: entry(row)?, is_readable: is_readable(row)? });
        Ok(true)
    })?;
    Ok((rows, damage))
}

/// The evidence in the ledger about the applied scripts.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// The checksum of the applied script, for each revision whose last row marks it as applied.
    pub(crate) checksums: BTreeMap<String, String>,
    /// The damage that prevented reading part of the ledger.
    pub(crate) damage: Option<Damage>,
}

/// Reads the evidence. A row that was written before a column existed has no value there, so it is
/// not evidence.
pub(crate) fn evidence(connection: &Connection, table: &str) -> Result<Evidence> {
    let mut last: BTreeMap<String, Option<String>> = BTreeMap::new();
    let (mut unreadable, mut is_cut) = (0, false);
    let read = newest_first(connection, table, &["revision", "direction", "checksum"], |row| {
        let values = (row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?);
        if values.0 == ValueRef::Null || values.1 == ValueRef::Null {
            return Ok(true);
        }
        let Ok(revision) = own_table::text(values.0, MOST_BYTES) else {
            is_cut = true;
            return Ok(false);
        };
        let checksum = match (own_table::text(values.1, MOST_BYTES), values.2) {
            (Ok(_), ValueRef::Null) => None,
            (Ok(direction), _) if STARTED.contains(&&*direction) => return Ok(true),
            (Ok(direction), _) if direction == "downgrade" => None,
            (Ok(_), checksum) => own_table::text(checksum, MOST_BYTES).inspect_err(|_| unreadable += 1).ok(),
            (Err(_), _) => {
                unreadable += 1;
                None
            }
        };
        last.entry(revision).or_insert(checksum);
        Ok(true)
    })?;
    let damage = match read {
        Some(damage) => Some(damage),
        None if is_cut => Some(Damage::Before),
        None => (unreadable > 0).then_some(Damage::Rows(unreadable)),
    };
    let checksums = last.into_iter().filter_map(|(revision, checksum)| Some((revision, checksum?)));
    Ok(Evidence { checksums: checksums.collect(), damage })
}

/// Reads columns of the newest rows until `take` has enough.
///
/// A missing column is read as NULL. A table that cannot be read has no rows, and its damage is
/// returned.
fn newest_first(
    connection: &Connection,
    table: &str,
    names: &[&str],
    mut take: impl FnMut(&Row<'_>) -> Result<bool>,
) -> Result<Option<Damage>> {
    let known = match Shape::look(connection, table)?.stored() {
        Ok(None) => return Ok(None),
        Ok(Some(columns)) => columns,
        Err(defect) => return Ok(Some(Damage::Unreadable(defect))),
    };
    let is_known = |name: &str| name == ROW_ID || known.iter().any(|column| column.is(name));
    let read: Vec<&str> = names.iter().map(|name| if is_known(name) { *name } else { "NULL" }).collect();
    let sql = format!(
        "SELECT {} FROM main.\"{table}\" ORDER BY rowid DESC LIMIT {}",
        read.join(", "),
        MOST_ROWS + 1
    );
    let mut read = || {
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        for _ in 0..MOST_ROWS {
            match rows.next()? {
                Some(row) if take(row)? => {}
                Some(_) | None => return Ok(None),
            }
        }
        Ok(rows.next()?.map(|_| Damage::Older))
    };
    match read() {
        Ok(damage) => Ok(damage),
        Err(error) if is_of_the_table(&error) => Ok(Some(Damage::Refused(words_of(&error).0))),
        Err(error) => Err(error),
    }
}

/// Returns `true` if the values that determine what a downgrade runs are text, or NULL in columns
/// in which Aludel writes NULL.
fn is_readable(row: &Row<'_>) -> Result<bool> {
    for (column, (name, declaration)) in HISTORY_COLUMNS.iter().enumerate() {
        let may_be_null = !declaration.ends_with("NOT NULL");
        let is_text = match row.get_ref(column)? {
            ValueRef::Null => may_be_null,
            value => own_table::text(value, MOST_BYTES_OF_A_SCRIPT).is_ok(),
        };
        if DECISIVE.contains(name) && !is_text {
            return Ok(false);
        }
    }
    Ok(true)
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    let optional = |column: usize| -> Result<Option<String>> {
        Ok(own_table::text(row.get_ref(column)?, MOST_BYTES_OF_A_SCRIPT).ok())
    };
    let text = |column: usize| -> Result<String> { Ok(optional(column)?.unwrap_or_default()) };
    let number = |column: usize| -> Result<u64> {
        Ok(row
            .get_ref(column)?
            .as_i64()
            .ok()
            .and_then(|number| u64::try_from(number).ok())
            .unwrap_or_default())
    };
    Ok(Entry {
        revision: text(0)?,
        direction: text(1)?,
        revises: text(2)?,
        depends_on: text(3)?,
        message: text(4)?,
        checksum: optional(5)?,
        state: text(6)?,
        applied_at: text(7)?,
        elapsed: Duration::from_micros(number(8)?),
        version: text(9)?,
        upgrade_sql: optional(10)?,
        downgrade_sql: optional(11)?,
        unproved: number(12)? != 0,
        branch_labels: optional(13)?,
        loses: optional(14)?,
        allow: optional(15)?,
    })
}

/// Returns the columns of the table. The list is empty if there is no readable table.
pub(crate) fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let columns = Shape::look(connection, table)?.stored().ok().flatten().unwrap_or_default();
    Ok(columns.into_iter().map(|column| column.name).collect())
}
