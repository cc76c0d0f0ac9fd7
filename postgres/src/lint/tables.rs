//! The parts of tables that the lints use.

use std::collections::BTreeMap;

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

/// The state of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TableState {
    pub(super) name: String,
    /// The number of its file, which changes if the table is rewritten.
    pub(super) file: String,
    /// The columns, by number.
    pub(super) columns: BTreeMap<u32, Column>,
    /// The constraints, by OID.
    pub(super) constraints: BTreeMap<u32, Constraint>,
    /// The names of the indexes, by OID.
    pub(super) indexes: BTreeMap<u32, String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_not_null: bool,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Constraint {
    pub(super) name: String,
    /// The kind: `c`, `f`, `p`, `u` or `x`.
    pub(super) kind: String,
    pub(super) is_valid: bool,
    pub(super) definition: String,
}

/// The separators between rows and between values in aggregated text.
const ROW: char = '\u{1e}';
const VALUE: char = '\u{1f}';

const TABLES: &str = "
    SELECT c.oid, c.oid::regclass::text, pg_relation_filenode(c.oid),
        (SELECT string_agg(concat_ws(chr(31), a.attnum, a.attnotnull, a.attname), chr(30)) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        (SELECT string_agg(concat_ws(chr(31), k.oid, k.conname, k.contype, k.convalidated, CASE WHEN k.contype = 'c' THEN pg_get_constraintdef(k.oid) ELSE '' END), chr(30))
         FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0),
        (SELECT string_agg(concat_ws(chr(31), r.oid, r.relname), chr(30)) FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid WHERE i.indrelid = c.oid)
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND c.relpersistence <> 't'";

/// Reads all tables, or only those of the given tables that the transaction has locked for a
/// change.
pub(super) fn read(
    client: &mut Client,
    of: Option<&[u32]>,
) -> Result<BTreeMap<u32, TableState>, postgres::Error> {
    let query = match of {
        None => TABLES.to_owned(),
        Some(oids) => {
            let oids: Vec<String> = oids.iter().map(u32::to_string).collect();
            format!(
                "{TABLES} AND c.oid IN (SELECT relation FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' \
                 AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock', 'ShareUpdateExclusiveLock')) \
                 AND c.oid = ANY ('{{{}}}'::oid[])",
                oids.join(",")
            )
        }
    };
    let tables = client.simple_query(&query)?;
    Ok(tables
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => state(row),
            _ => None,
        })
        .collect())
}

fn state(row: &SimpleQueryRow) -> Option<(u32, TableState)> {
    let cell = |place| row.try_get(place).ok().flatten().unwrap_or_default();
    let rows = |place| cell(place).split(ROW).filter(|row| !row.is_empty());
    let column = |row: &str| {
        let mut values = row.splitn(3, VALUE);
        let number = values.next()?.parse().ok()?;
        let is_not_null = values.next()? == "t";
        Some((number, Column { name: values.next()?.to_owned(), is_not_null }))
    };
    let constraint = |row: &str| {
        let mut values = row.splitn(5, VALUE);
        let oid = values.next()?.parse().ok()?;
        let mut values = values.map(str::to_owned);
        let (name, kind, is_valid) = (values.next()?, values.next()?, values.next()? == "t");
        Some((oid, Constraint { name, kind, is_valid, definition: values.next().unwrap_or_default() }))
    };
    let index = |row: &str| {
        let (oid, name) = row.split_once(VALUE)?;
        Some((oid.parse().ok()?, name.to_owned()))
    };
    let state = TableState {
        name: cell(1).to_owned(),
        file: cell(2).to_owned(),
        columns: rows(3).filter_map(column).collect(),
        constraints: rows(4).filter_map(constraint).collect(),
        indexes: rows(5).filter_map(index).collect(),
    };
    Some((cell(0).parse().ok()?, state))
}

impl TableState {
    /// Returns the names of new, valid constraints of these kinds. A constraint that was renamed,
    /// or recreated together with its column, is not new.
    pub(super) fn new_valid<'a>(&'a self, was: &'a Self, kinds: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let is_new = |(oid, constraint): &(&u32, &Constraint)| {
            !was.constraints.contains_key(oid)
                && was.constraints.values().all(|old| old.name != constraint.name)
        };
        let new = self.constraints.iter().filter(is_new).map(|(_, constraint)| constraint);
        let valid = new.filter(|constraint| kinds.contains(&&*constraint.kind) && constraint.is_valid);
        valid.map(|constraint| constraint.name.as_str())
    }

    /// Returns the names of new indexes, in the same sense as [`TableState::new_valid`].
    pub(super) fn new_indexes<'a>(&'a self, was: &'a Self) -> impl Iterator<Item = &'a String> {
        let new = self.indexes.iter().filter(|(oid, _)| !was.indexes.contains_key(oid));
        new.map(|(_, name)| name).filter(|name| was.indexes.values().all(|old| old != *name))
    }
}
