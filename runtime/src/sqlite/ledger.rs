//! Reads and writes the ledger. Only this module writes it.

mod read;

use aludel_core::chain::{HISTORY_COLUMNS, append_to_history, create_history_table};
use aludel_core::script::sqlite::words_of;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Result, Row};

use crate::OwnTableDefect;
use crate::ledger::{Damage, Entry, VERSION};
use crate::sqlite::own_table::{self, Shape, Unusable};
pub(crate) use read::{columns, entries, evidence, newest, rows};

const VALUES_OF_AN_ENTRY: usize = HISTORY_COLUMNS.len() - 1;

/// Creates the table, or adds its missing columns.
///
/// If the table cannot be written, leaves it unchanged and returns its damage. Rejects a table with
/// triggers, because a write would run them.
pub(crate) fn ensure(connection: &Connection, table: &str) -> Result<Option<Damage>, Unusable> {
    let known = match Shape::look(connection, table)?.stored() {
        Ok(columns) => columns.unwrap_or_default(),
        Err(defect) => return Ok(Some(Damage::Unreadable(defect))),
    };
    match own_table::obstacle(connection, table)? {
        Some(defect @ OwnTableDefect::Trigger { .. }) => return Err(defect.into()),
        Some(defect) => return Ok(Some(Damage::Unreadable(defect))),
        None => {}
    }
    let known: Vec<String> = known.into_iter().map(|column| column.name).collect();
    let statements = completion(table, &known);
    attempt(connection, || {
        statements.iter().try_for_each(|statement| connection.execute_batch(statement))?;
        Ok(None)
    })
}

/// Applies a change to the ledger completely. If SQLite rejects it because of the table's
/// definition, does not apply it at all. The run continues in both cases.
fn attempt(
    connection: &Connection,
    work: impl FnOnce() -> Result<Option<Damage>>,
) -> Result<Option<Damage>, Unusable> {
    connection.execute_batch("SAVEPOINT aludel_ledger")?;
    let damage = match work() {
        Ok(damage) => damage,
        Err(error) if is_of_the_table(&error) => Some(Damage::Refused(words_of(&error).0)),
        Err(error) => return Err(error.into()),
    };
    if damage.is_some() {
        connection.execute_batch("ROLLBACK TO aludel_ledger")?;
    }
    connection.execute_batch("RELEASE aludel_ledger")?;
    Ok(damage)
}

/// Returns `true` if SQLite rejects a statement because of the table's definition, rather than a
/// file or disk failure.
fn is_of_the_table(error: &rusqlite::Error) -> bool {
    let of_the_table = [ErrorCode::Unknown, ErrorCode::ConstraintViolation, ErrorCode::TypeMismatch];
    error.sqlite_error_code().is_none_or(|code| of_the_table.contains(&code))
}

/// Returns the statements that create the table if it has no columns, or add its missing columns.
pub(crate) fn completion(table: &str, known: &[String]) -> Vec<String> {
    if known.is_empty() {
        return vec![create_history_table(table)];
    }
    let is_missing = |name: &str| !known.iter().any(|column| column.eq_ignore_ascii_case(name));
    let missing = HISTORY_COLUMNS.iter().filter(|(name, _)| is_missing(name));
    let add = |(name, declaration): &(&str, &str)| {
        format!(
            "ALTER TABLE main.\"{table}\" ADD COLUMN {name} {}",
            declaration.trim_end_matches(" NOT NULL")
        )
    };
    missing.map(add).collect()
}

/// Returns the SQL expression that tests whether the table has every column.
pub(crate) fn is_whole(table: &str) -> String {
    let names: Vec<String> = HISTORY_COLUMNS.iter().map(|(name, _)| format!("'{name}'")).collect();
    format!(
        "(SELECT count(*) FROM pragma_table_info('{table}', 'main') WHERE lower(name) IN ({})) = {}",
        names.join(", "),
        names.len()
    )
}

/// Appends rows, and reads the last one back.
///
/// Returns the damage if the table does not accept the rows. In that case, none is appended.
pub(crate) fn append(
    connection: &Connection,
    table: &str,
    entries: &[Entry],
) -> Result<Option<Damage>, Unusable> {
    let Some(last) = entries.last() else { return Ok(None) };
    let parameters: Vec<String> = (1..=VALUES_OF_AN_ENTRY).map(|number| format!("?{number}")).collect();
    attempt(connection, || {
        let mut insert = connection.prepare(&insert(table, &parameters))?;
        for entry in entries {
            insert.execute(values(entry))?;
        }
        let newest =
            format!("SELECT revision, direction, state FROM main.\"{table}\" ORDER BY rowid DESC LIMIT 1");
        let is_last = |row: &Row<'_>| {
            let values = [row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?];
            Ok(values
                == [&last.revision, &last.direction, &last.state].map(|text| ValueRef::Text(text.as_bytes())))
        };
        let is_written = connection.query_row(&newest, [], is_last).optional()?.unwrap_or_default();
        Ok((!is_written).then_some(Damage::NotKept))
    })
}

/// Returns the statement that appends a row. The values are SQL, in the order of [`values`]. SQLite
/// sets the time.
pub(crate) fn insert(table: &str, values: &[String]) -> String {
    append_to_history(table, "strftime('%Y-%m-%d %H:%M:%f', 'now')", values)
}

/// Returns the values of a row in the order of [`HISTORY_COLUMNS`], without the time.
pub(crate) fn values(entry: &Entry) -> [Value; VALUES_OF_AN_ENTRY] {
    let microseconds = i64::try_from(entry.elapsed.as_micros()).unwrap_or(i64::MAX);
    [
        entry.revision.clone().into(),
        entry.direction.clone().into(),
        entry.revises.clone().into(),
        entry.depends_on.clone().into(),
        entry.message.clone().into(),
        entry.checksum.clone().into(),
        entry.state.clone().into(),
        microseconds.into(),
        VERSION.to_owned().into(),
        entry.upgrade_sql.clone().into(),
        entry.downgrade_sql.clone().into(),
        entry.unproved.into(),
        entry.branch_labels.clone().into(),
        entry.loses.clone().into(),
        entry.allow.clone().into(),
    ]
}
