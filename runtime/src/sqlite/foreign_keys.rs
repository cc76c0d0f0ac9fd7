//! Disables foreign key enforcement while scripts run, and detects new violations afterwards.
//!
//! Enforcement can be enabled or disabled only outside a transaction
//! (<https://sqlite.org/pragma.html#pragma_foreign_keys>).
//!
//! Violations are identified by child table, parent table and child key values, and are counted.
//! Rowids cannot identify them, because a rebuild may renumber rows, and some tables have no
//! rowids.
//!
//! One mismatched key makes the whole check fail, so tables are checked one by one. If the check of
//! a table fails, SQLite's message identifies the violation, and the table's violations are counted
//! by key value as far as possible.

use std::collections::BTreeMap;

use aludel_core::script::hexadecimal;
use aludel_core::script::sqlite::{quoted, text_literal, words_of};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row};

use crate::ForeignKeyViolation;

/// The child table, the parent table, and the key, either with column names or as values only.
type Identity = (String, String, String);

/// A violation and the values of its key.
#[derive(Debug, Clone)]
struct Found {
    violation: ForeignKeyViolation,
    values: String,
}

/// The violations of a database at one moment.
#[derive(Debug, Default)]
pub(crate) struct Violations(BTreeMap<Identity, Found>);

/// The keyword in every foreign key clause (<https://sqlite.org/syntax/foreign-key-clause.html>).
const KEYWORD: &[u8] = b"REFERENCES";

/// A foreign key of a table.
struct Key {
    id: i64,
    parent: String,
    from: Vec<String>,
    to: Vec<Option<String>>,
    on_delete: String,
}

/// Disables enforcement, and returns `true` if it was enabled. Has no effect inside a transaction.
pub(crate) fn switch_off(connection: &Connection) -> Result<bool> {
    let was_on: bool = connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
    if was_on {
        connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    }
    Ok(was_on)
}

/// Restores enforcement.
pub(crate) fn restore(connection: &Connection, was_on: bool) -> Result<()> {
    if was_on { connection.execute_batch("PRAGMA foreign_keys = ON") } else { Ok(()) }
}

impl Violations {
    /// Checks every table.
    pub(crate) fn find(connection: &Connection) -> Result<Self> {
        let mut found = Self::default();
        for table in tables_with_keys(connection)? {
            if let Err(error) = found.check_table(connection, &table) {
                if is_interruption(&error) {
                    return Err(error);
                }
                for key in keys(connection, &table)? {
                    // Counting the failing key may fail too. In that case, SQLite's message
                    // identifies the violation.
                    found.count_by_value(connection, &table, &key).or_else(unless_interrupted)?;
                }
                let (parent, on_delete, key) = (String::new(), String::new(), words_of(&error).0);
                let values = key.clone();
                found.insert(ForeignKeyViolation { table, parent, key, count: 1, on_delete }, values);
            }
        }
        Ok(found)
    }

    /// Returns the violations that are new or have more rows than before. A violation is old if the
    /// same values existed before, even in columns with other names.
    pub(crate) fn new_since(&self, before: &Self) -> Vec<ForeignKeyViolation> {
        let mut gone: BTreeMap<Identity, u64> = BTreeMap::new();
        for found in before.more_than(self) {
            *gone.entry(found.by_values()).or_default() += found.violation.count;
        }
        self.more_than(before)
            .filter_map(|found| {
                let gone = gone.entry(found.by_values()).or_default();
                let old = found.violation.count.min(*gone);
                *gone -= old;
                let count = found.violation.count - old;
                (count > 0).then_some(ForeignKeyViolation { count, ..found.violation })
            })
            .collect()
    }

    /// Returns the violations that `other` lacks or has fewer of, with the difference as the count.
    fn more_than(&self, other: &Self) -> impl Iterator<Item = Found> {
        self.0.iter().filter_map(|(identity, found)| {
            let there = other.0.get(identity).map_or(0, |there| there.violation.count);
            let count = found.violation.count.checked_sub(there).filter(|more| *more > 0)?;
            Some(Found {
                violation: ForeignKeyViolation { count, ..found.violation.clone() },
                ..found.clone()
            })
        })
    }

    /// Returns all violations, sorted by table.
    pub(crate) fn into_vec(self) -> Vec<ForeignKeyViolation> {
        self.0.into_values().map(|found| found.violation).collect()
    }

    /// Checks a table with SQLite's own check, and counts the violations by key value if it finds
    /// any.
    fn check_table(&mut self, connection: &Connection, table: &str) -> Result<()> {
        let broken = broken_keys(connection, table)?;
        if broken.is_empty() {
            return Ok(());
        }
        for key in keys(connection, table)?.into_iter().filter(|key| broken.contains_key(&key.id)) {
            let counted = self.count_by_value(connection, table, &key);
            if counted.is_err() || counted.is_ok_and(|rows| rows == 0) {
                let violation = ForeignKeyViolation {
                    table: table.to_owned(),
                    parent: key.parent,
                    key: format!("`{}` (values unknown)", key.from.join("`, `")),
                    count: broken.get(&key.id).copied().unwrap_or(1),
                    on_delete: key.on_delete,
                };
                self.insert(violation, "unknown".to_owned());
            }
        }
        Ok(())
    }

    /// Counts child rows without a parent, for each value of the key.
    ///
    /// The child's values are compared with the affinity and collation of the parent's columns, as
    /// SQLite does for foreign keys (<https://sqlite.org/foreignkeys.html>). The unary plus removes
    /// the child's affinity.
    fn count_by_value(&mut self, connection: &Connection, table: &str, key: &Key) -> Result<u64> {
        let columns: Vec<String> = key.from.iter().map(|column| format!("c.{}", quoted(column))).collect();
        let not_null: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
        let missing = match parent_columns(connection, key)? {
            None => String::new(),
            Some(to) => {
                let equal: Vec<String> =
                    to.iter().zip(&columns).map(|(to, from)| format!("p.{} = +{from}", quoted(to))).collect();
                format!(
                    "AND NOT EXISTS (SELECT 1 FROM main.{} AS p WHERE {})",
                    quoted(&key.parent),
                    equal.join(" AND ")
                )
            }
        };
        let values = columns.join(", ");
        let mut statement = connection.prepare(&format!(
            "SELECT {values}, count(*) FROM main.{} AS c WHERE {} {missing} GROUP BY {values}",
            quoted(table),
            not_null.join(" AND "),
        ))?;
        let mut rows = statement.query([])?;
        let mut total = 0;
        while let Some(row) = rows.next()? {
            let count = u64::try_from(row.get::<_, i64>(key.from.len())?).unwrap_or_default();
            total += count;
            let values = first_values(row, key.from.len())?;
            let violation = ForeignKeyViolation {
                table: table.to_owned(),
                parent: key.parent.clone(),
                key: key_words(&key.from, &values),
                count,
                on_delete: key.on_delete.clone(),
            };
            self.insert(violation, values.join(", "));
        }
        Ok(total)
    }

    fn insert(&mut self, violation: ForeignKeyViolation, values: String) {
        let identity = (violation.table.clone(), violation.parent.clone(), violation.key.clone());
        // Two keys with the same columns and parent are one violation, but are counted twice.
        let count = violation.count;
        self.0
            .entry(identity)
            .and_modify(|found| found.violation.count += count)
            .or_insert(Found { violation, values });
    }
}

impl Found {
    fn by_values(&self) -> Identity {
        (self.violation.table.clone(), self.violation.parent.clone(), self.values.clone())
    }
}

/// Returns the tables that may have foreign keys.
///
/// Searches the stored text of each table for the `REFERENCES` keyword. Querying the keys of each
/// table would take many times longer.
fn tables_with_keys(connection: &Connection) -> Result<Vec<String>> {
    let mut tables = connection.prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'table'")?;
    let mut rows = tables.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let sql = row.get_ref(1)?.as_bytes_or_null()?.unwrap_or_default();
        if sql.windows(KEYWORD.len()).any(|word| word.eq_ignore_ascii_case(KEYWORD)) {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

/// Returns the IDs of the violated foreign keys of a table with their row counts, as found by
/// SQLite.
fn broken_keys(connection: &Connection, table: &str) -> Result<BTreeMap<i64, u64>> {
    let mut check = connection.prepare(&format!("PRAGMA main.foreign_key_check({})", quoted(table)))?;
    let mut rows = check.query([])?;
    let mut broken = BTreeMap::new();
    while let Some(row) = rows.next()? {
        *broken.entry(row.get(3)?).or_default() += 1;
    }
    Ok(broken)
}

fn keys(connection: &Connection, table: &str) -> Result<Vec<Key>> {
    let mut statement = connection.prepare(
        "SELECT id, \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list(?1, 'main') ORDER BY id, seq",
    )?;
    let mut rows = statement.query([table])?;
    let mut keys: Vec<Key> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        if keys.last().is_none_or(|key| key.id != id) {
            keys.push(Key {
                id,
                parent: row.get(1)?,
                from: Vec::new(),
                to: Vec::new(),
                on_delete: row.get(4)?,
            });
        }
        if let Some(key) = keys.last_mut() {
            key.from.push(row.get(2)?);
            key.to.push(row.get(3)?);
        }
    }
    Ok(keys)
}

/// Returns the parent's columns: those named by the key, or the primary key.
///
/// Returns `None` if the table does not exist.
fn parent_columns(connection: &Connection, key: &Key) -> Result<Option<Vec<String>>> {
    let mut statement =
        connection.prepare("SELECT name, pk FROM pragma_table_info(?1, 'main') ORDER BY pk")?;
    let columns: Vec<(String, i64)> =
        statement.query_map([&key.parent], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
    if columns.is_empty() {
        return Ok(None);
    }
    let named: Vec<String> = key.to.iter().flatten().cloned().collect();
    if named.is_empty() {
        return Ok(Some(columns.into_iter().filter(|(_, place)| *place > 0).map(|(name, _)| name).collect()));
    }
    Ok(Some(named))
}

/// Formats columns and values as SQL.
fn key_words(columns: &[String], values: &[String]) -> String {
    let words: Vec<String> =
        columns.iter().zip(values).map(|(column, value)| format!("`{column}` = {value}")).collect();
    words.join(" and ")
}

/// Formats the first values of a row as SQL.
fn first_values(row: &Row<'_>, count: usize) -> Result<Vec<String>> {
    (0..count)
        .map(|position| {
            Ok(match row.get_ref(position)? {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(value) => value.to_string(),
                ValueRef::Real(value) => value.to_string(),
                ValueRef::Text(value) => text_literal(&String::from_utf8_lossy(value)),
                ValueRef::Blob(value) => format!("x'{}'", hexadecimal(value)),
            })
        })
        .collect()
}

fn unless_interrupted(error: rusqlite::Error) -> Result<u64> {
    if is_interruption(&error) { Err(error) } else { Ok(0) }
}

fn is_interruption(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted)
}
