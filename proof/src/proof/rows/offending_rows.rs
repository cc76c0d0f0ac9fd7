//! Finds the rows that make a statement fail, if it fails in the same way on these rows alone.
//!
//! First, each table is tried without rows. If the statement still fails, the table is not the
//! cause.

use std::rc::Rc;

use aludel_core::guarded::rolled_back;
use aludel_core::script::sqlite::quoted;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Result, params_from_iter};

use super::image::{Image, Row, TableImage};

/// The maximum number of tables that are tried.
const TABLES: usize = 24;

/// The maximum number of rows in a table that is tried.
const ROWS: usize = 24;

/// The rows in one table on which a statement fails: either one row, or two that conflict.
pub(super) struct Culprit {
    pub(super) table: Rc<TableImage>,
    pub(super) rows: Vec<Row>,
}

/// Tries the tables, starting with those that `texts` mentions. `fails` runs the statements,
/// returns `true` if they fail in the same way, and restores the database. Returns `None` if no
/// rows are found.
pub(super) fn find(
    connection: &Connection,
    image: &Image,
    texts: &str,
    mut fails: impl FnMut() -> Result<bool>,
) -> Result<Option<Culprit>> {
    let texts = texts.to_lowercase();
    let is_named = |table: &&Rc<TableImage>| texts.contains(&table.name.to_lowercase());
    let fit = |table: &&Rc<TableImage>| !table.rows.is_empty() && table.rows.len() <= ROWS;
    let named = image.tables().filter(fit).filter(is_named);
    let others = image.tables().filter(fit).filter(|table| !is_named(table));
    for table in named.chain(others).take(TABLES) {
        if with_only(connection, table, &[], &mut fails)? {
            continue;
        }
        let single = table.rows.iter().map(|row| vec![row]);
        let pairs = (0..table.rows.len())
            .flat_map(|one| (one + 1..table.rows.len()).map(move |two| (one, two)))
            .filter_map(|(one, two)| Some(vec![table.rows.get(one)?, table.rows.get(two)?]));
        for rows in single.chain(pairs) {
            if with_only(connection, table, &rows, &mut fails)? {
                let rows = rows.into_iter().cloned().collect();
                return Ok(Some(Culprit { table: Rc::clone(table), rows }));
            }
        }
    }
    Ok(None)
}

/// Runs the statements with only these rows in a table.
fn with_only(
    connection: &Connection,
    table: &TableImage,
    rows: &[&Row],
    fails: &mut impl FnMut() -> Result<bool>,
) -> Result<bool> {
    let kept =
        if rows.is_empty() { "0".to_owned() } else { vec![table.condition(); rows.len()].join(" OR ") };
    let delete = format!("DELETE FROM main.{} WHERE NOT ({kept})", quoted(&table.name));
    rolled_back(connection, || {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        let deleted = connection.execute(&delete, params_from_iter(rows.iter().flat_map(|row| row.iter())));
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true)?;
        // A table whose rows cannot be removed, such as a virtual table, is skipped.
        deleted.map_or(Ok(true), |_| fails())
    })?
}
