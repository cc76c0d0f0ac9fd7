//! Foreign keys: enforcement off while scripts run, and no new violation when they are done.
//!
//! Enforcement can only be switched outside a transaction (<https://sqlite.org/pragma.html#pragma_foreign_keys>). A violation is known by
//! child table, parent table and child key values, counted: a rebuild may renumber rowids, and tables without rowid have none. One
//! mismatched key makes the whole check fail, so tables are checked one by one; a table whose check itself errs is known by SQLite's words,
//! and its keys are counted by value as far as they can be.

use std::collections::BTreeMap;
use std::fmt;

use aludel_core::script::hexadecimal;
use aludel_core::script::sqlite::{quoted, words_of};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row};

/// Rows of a table that refer to a row that is not there, alike in their key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Violation {
    /// The child table.
    pub table: String,
    /// The parent table; empty where the check of the table itself fails.
    pub parent: String,
    /// The child columns and their values, as SQL; or SQLite's words where the check itself fails.
    pub key: String,
    /// How many rows.
    pub count: u64,
    /// What the foreign key would have done when the parent row was deleted, had enforcement been on.
    pub on_delete: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, parent, key, count, .. } = self;
        if parent.is_empty() {
            return write!(formatter, "the foreign keys of `{table}` cannot be checked: {key}");
        }
        let rows = if *count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        write!(formatter, "{rows} of `{table}` with {key}, which `{parent}` lacks")
    }
}

/// Child table, parent table, and the key: with the names of its columns, or its values alone.
type Identity = (String, String, String);

/// A violation, and the values of its key.
#[derive(Debug, Clone)]
struct Found {
    violation: Violation,
    values: String,
}

/// The violations of a database at one moment.
#[derive(Debug, Default)]
pub(crate) struct Violations(BTreeMap<Identity, Found>);

/// What every foreign key is written with (<https://sqlite.org/syntax/foreign-key-clause.html>).
const KEYWORD: &[u8] = b"REFERENCES";

/// A foreign key of a table.
struct Key {
    id: i64,
    parent: String,
    from: Vec<String>,
    to: Vec<Option<String>>,
    on_delete: String,
}

/// Switches enforcement off; says whether it was on. Does nothing inside a transaction.
pub(crate) fn switch_off(connection: &Connection) -> Result<bool> {
    let was_on: bool = connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
    if was_on {
        connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    }
    Ok(was_on)
}

/// Lets enforcement be as it was.
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
                    // The key at fault may itself be beyond counting; SQLite's words stand for it.
                    found.count_by_value(connection, &table, &key).or_else(unless_interrupted)?;
                }
                let (parent, on_delete, key) = (String::new(), String::new(), words_of(&error).0);
                let values = key.clone();
                found.insert(Violation { table, parent, key, count: 1, on_delete }, values);
            }
        }
        Ok(found)
    }

    /// The violations that were not there before, or are more than before. Values that stood in columns of other names are old ones.
    pub(crate) fn new_since(&self, before: &Self) -> Vec<Violation> {
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
                (count > 0).then_some(Violation { count, ..found.violation })
            })
            .collect()
    }

    /// What is here and not there, or more here than there: counted is the difference.
    fn more_than(&self, other: &Self) -> impl Iterator<Item = Found> {
        self.0.iter().filter_map(|(identity, found)| {
            let there = other.0.get(identity).map_or(0, |there| there.violation.count);
            let count = found.violation.count.checked_sub(there).filter(|more| *more > 0)?;
            Some(Found { violation: Violation { count, ..found.violation.clone() }, ..found.clone() })
        })
    }

    /// All of them, sorted by table.
    pub(crate) fn into_vec(self) -> Vec<Violation> {
        self.0.into_values().map(|found| found.violation).collect()
    }

    /// SQLite checks the table; where it finds something, the values of the keys tell what.
    fn check_table(&mut self, connection: &Connection, table: &str) -> Result<()> {
        let broken = broken_keys(connection, table)?;
        if broken.is_empty() {
            return Ok(());
        }
        for key in keys(connection, table)?.into_iter().filter(|key| broken.contains_key(&key.id)) {
            let counted = self.count_by_value(connection, table, &key);
            if counted.is_err() || counted.is_ok_and(|rows| rows == 0) {
                let violation = Violation {
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

    /// Counts child rows without a parent, for each value of the key. The child's values are compared with the affinity and the collation
    /// of the parent's columns, as foreign keys are (<https://sqlite.org/foreignkeys.html>): unary plus takes the child's affinity away.
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
            let violation = Violation {
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

    fn insert(&mut self, violation: Violation, values: String) {
        let identity = (violation.table.clone(), violation.parent.clone(), violation.key.clone());
        // Two keys over the same columns to the same parent are one violation, counted twice.
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

/// The tables that may have foreign keys: a key cannot be written without `REFERENCES`, and SQLite keeps what was written. Asking SQLite
/// for the keys of each table takes many times as long.
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

/// The ids of the foreign keys that rows of a table violate, each with the number of rows, as SQLite finds them.
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

/// The parent's columns: as the key names them, else its primary key; nothing where there is no such table.
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

/// Columns and values, as SQL would write them.
fn key_words(columns: &[String], values: &[String]) -> String {
    let words: Vec<String> =
        columns.iter().zip(values).map(|(column, value)| format!("`{column}` = {value}")).collect();
    words.join(" and ")
}

/// The first values of a row, as SQL would write them.
fn first_values(row: &Row<'_>, count: usize) -> Result<Vec<String>> {
    (0..count)
        .map(|position| {
            Ok(match row.get_ref(position)? {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(value) => value.to_string(),
                ValueRef::Real(value) => value.to_string(),
                ValueRef::Text(value) => format!("'{}'", String::from_utf8_lossy(value).replace('\'', "''")),
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
