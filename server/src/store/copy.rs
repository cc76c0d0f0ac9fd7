//! Copies a library from SQLite to PostgreSQL: the rows of every table, in one transaction.
//!
//! The tables are those of the models, with two exceptions. The full-text index is not copied,
//! because PostgreSQL has its own. The id of the uploads folder is not copied, because the folder
//! gets a new one.

use aludel::Table;
use aludel::rusqlite;
use aludel::rusqlite::types::{FromSql, FromSqlResult, ToSql, Value, ValueRef};
use sha2::{Digest, Sha256};

use crate::hexadecimal::hexadecimal;
use crate::models::{Album, AlbumPhoto, Job, Library, Photo, Share, Token, UploadsBinding, User, Version};

use super::connection::Connection;
use super::error::DatabaseError;
use super::postgres::{Parameter, Session, Type};
use super::stamp;

/// The number of rows to read from the server at once.
const AT_ONCE: usize = 1000;

/// A table to be copied.
#[derive(Debug, Clone, Copy)]
struct Source {
    table: &'static str,
    columns: &'static [&'static str],
    /// The statement that adds a row.
    insert: &'static str,
    /// The condition for copying a row: the rows that it refers to exist. SQLite databases may
    /// contain rows whose photo or album no longer exists. Nobody can see these rows, and
    /// PostgreSQL rejects them.
    condition: &'static str,
    references: &'static [Reference],
}

/// A column with an optional reference to a row. If that row is not copied, neither is its id.
#[derive(Debug, Clone, Copy)]
struct Reference {
    column: &'static str,
    /// A query for the ids of the rows that are copied.
    ids: &'static str,
}

const USER: Reference = Reference { column: "owner_id", ids: "SELECT id FROM users" };
const LIBRARY: Reference = Reference {
    column: "library_id",
    ids: "SELECT id FROM libraries WHERE owner_id IN (SELECT id FROM users)",
};

/// The tables, parents first.
const TABLES: [Source; 9] = [
    of::<User>("TRUE"),
    of::<Token>("user_id IN (SELECT id FROM users)"),
    of::<Library>("owner_id IN (SELECT id FROM users)"),
    of::<Photo>("TRUE").referring(&[USER, LIBRARY]),
    of::<Job>("photo_uuid IN (SELECT uuid FROM photos)"),
    of::<Album>("TRUE").referring(&[USER]),
    of::<AlbumPhoto>("album_uuid IN (SELECT uuid FROM albums) AND photo_uuid IN (SELECT uuid FROM photos)"),
    of::<Share>("album_uuid IN (SELECT uuid FROM albums)"),
    of::<Version>("photo_uuid IS NULL OR photo_uuid IN (SELECT uuid FROM photos)"),
];

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) table: &'static str,
    /// The number of copied rows.
    pub(crate) rows: usize,
    /// The number of rows that were not copied because they belong to a row that does not exist.
    pub(crate) left_out: i64,
    /// The number of references that were copied as `NULL` because they refer to a row that does
    /// not exist.
    pub(crate) cleared: i64,
    /// The SHA-256 hash of the rows, which is the same in both databases.
    pub(crate) hash: String,
}

/// The reason why a library was not copied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    #[error("the target is not empty: its table `{table}` has rows")]
    NotEmpty { table: &'static str },
    #[error("cannot copy row {key} of `{table}`: the target cannot store the value of `{column}`")]
    Value { table: &'static str, key: String, column: &'static str, source: DatabaseError },
    #[error("cannot copy row {key} of `{table}`")]
    Row { table: &'static str, key: String, source: DatabaseError },
    #[error(
        "the copied rows of `{table}` differ from the source: expected SHA-256 {expected}, found {found}"
    )]
    Differs { table: &'static str, expected: String, found: String },
    #[error("cannot copy the library")]
    Database(#[from] DatabaseError),
}

const fn of<T: Table>(condition: &'static str) -> Source {
    Source { table: T::TABLE, columns: T::COLUMNS, insert: T::INSERT, condition, references: &[] }
}

/// Copies every row from one snapshot of an SQLite database. Both databases must be at the head. If
/// this fails, the target stays empty.
///
/// Reads the rows back before the commit, and compares their count and hash with the source.
pub(crate) fn copy_library(
    source: &rusqlite::Connection,
    target: &Session,
) -> Result<Vec<Copied>, CopyError> {
    let snapshot = source.unchecked_transaction().map_err(DatabaseError::from)?;
    let transaction = target.transaction()?;
    let to = Connection::Postgres(target);
    for table in TABLES.map(|source| source.table).into_iter().chain([UploadsBinding::TABLE]) {
        to.execute(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"), &[])?;
        if to.value(&format!("SELECT EXISTS (SELECT 1 FROM {table})"), &[])? {
            return Err(CopyError::NotEmpty { table });
        }
    }
    let copied = TABLES.iter().map(|table| table.copy(&snapshot, target)).collect::<Result<_, _>>()?;
    transaction.commit()?;
    Ok(copied)
}

impl Source {
    const fn referring(self, references: &'static [Reference]) -> Self {
        Self { references, ..self }
    }

    fn copy(self, source: &rusqlite::Connection, target: &Session) -> Result<Copied, CopyError> {
        let (from, to, table) = (Connection::Sqlite(source), Connection::Postgres(target), self.table);
        let kinds = target.parameters(self.insert)?;
        let mut sent = Digests::default();
        from.for_each(&self.select(), &[], |row| {
            let mut values = Vec::with_capacity(self.columns.len());
            let unfit = |values: &[Value], place: usize, source| {
                let column = self.columns.get(place).copied().unwrap_or_default();
                CopyError::Value { table, key: shown(values.first()), column, source }
            };
            for (place, kind) in kinds.iter().enumerate() {
                let value = row.get(place).and_then(|Exact(value)| without_offset(value, kind));
                values.push(value.map_err(|source| unfit(&values, place, source))?);
            }
            sent.add(&values, &kinds).map_err(|(place, source)| unfit(&values, place, source))?;
            let params: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
            let added = target.execute(self.insert, &params);
            added.map(drop).map_err(|source| CopyError::Row { table, key: shown(values.first()), source })
        })?;
        if self.columns.contains(&"id") {
            let next = format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 0) + 1, FALSE) FROM {table}"
            );
            to.value::<i64>(&next, &[])?;
        }
        let (expected, found) = (sent.finish(), self.read_back(to, &kinds)?);
        if expected != found {
            return Err(CopyError::Differs { table, expected, found });
        }
        let left_out =
            from.value(&format!("SELECT count(*) FROM {table} WHERE ({}) IS NOT TRUE", self.condition), &[])?;
        let mut cleared = 0;
        for Reference { column, ids } in self.references {
            cleared += from.value::<i64>(
                &format!(
                    "SELECT count(*) FROM {table} WHERE ({}) AND {column} IS NOT NULL AND {column} NOT IN ({ids})",
                    self.condition
                ),
                &[],
            )?;
        }
        Ok(Copied { table, rows: sent.0.len(), left_out, cleared, hash: expected })
    }

    /// Returns the hash of the rows in the target.
    fn read_back(self, to: Connection<'_>, kinds: &[Type]) -> Result<String, CopyError> {
        let (cursor, mut found) = (format!("copied_{}", self.table), Digests::default());
        to.execute(&format!("DECLARE {cursor} CURSOR FOR {}", self.select()), &[])?;
        loop {
            let before = found.0.len();
            to.for_each(&format!("FETCH {AT_ONCE} FROM {cursor}"), &[], |row| {
                let values = self.places().map(|place| row.get(place)).collect::<Result<Vec<Value>, _>>()?;
                found.add(&values, kinds).map_err(|(_, error)| error)
            })?;
            if found.0.len() == before {
                to.execute(&format!("CLOSE {cursor}"), &[])?;
                return Ok(found.finish());
            }
        }
    }

    fn places(self) -> std::ops::Range<usize> {
        0..self.columns.len()
    }

    fn select(self) -> String {
        let read = |column: &&str| match self.references.iter().find(|of| of.column == *column) {
            Some(Reference { ids, .. }) => format!("CASE WHEN {column} IN ({ids}) THEN {column} END"),
            None => format!("\"{column}\""),
        };
        let columns: Vec<String> = self.columns.iter().map(read).collect();
        format!("SELECT {} FROM {} WHERE {}", columns.join(", "), self.table, self.condition)
    }
}

/// A value that is rejected if its text is not UTF-8.
struct Exact(Value);

impl FromSql for Exact {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(_) => Ok(Self(Value::Text(value.as_str()?.to_owned()))),
            value => Value::column_result(value).map(Self),
        }
    }
}

/// Returns the value, or an error for a timestamp with an offset. Columns store no offset, so it
/// would be lost.
fn without_offset(value: Value, kind: &Type) -> Result<Value, DatabaseError> {
    match &value {
        Value::Text(text)
            if [Type::TIMESTAMP, Type::TIMESTAMPTZ].contains(kind) && stamp::has_offset(text) =>
        {
            Err(DatabaseError::Value { kind: kind.to_string(), reason: ", because it has a UTC offset" })
        }
        _ => Ok(value),
    }
}

/// The hashes of rows. They are sorted, because the order of the rows differs between databases.
#[derive(Debug, Default)]
struct Digests(Vec<[u8; 32]>);

impl Digests {
    /// Adds a row. An error contains the index of the value that does not fit its type.
    fn add(&mut self, values: &[Value], kinds: &[Type]) -> Result<(), (usize, DatabaseError)> {
        let mut row = Sha256::new();
        for (place, (value, kind)) in values.iter().zip(kinds).enumerate() {
            let text = Parameter::new(value, kind).map_err(|error| (place, error))?.canonical();
            row.update((text.len() as u64).to_le_bytes());
            row.update(text);
        }
        self.0.push(row.finalize().into());
        Ok(())
    }

    fn finish(&mut self) -> String {
        self.0.sort_unstable();
        let mut all = Sha256::new();
        self.0.iter().for_each(|row| all.update(row));
        hexadecimal(&all.finalize())
    }
}

fn shown(key: Option<&Value>) -> String {
    match key {
        Some(Value::Text(text)) => format!("`{text}`"),
        Some(Value::Integer(number)) => number.to_string(),
        _ => "without a key".to_owned(),
    }
}
