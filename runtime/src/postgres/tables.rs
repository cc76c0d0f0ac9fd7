//! The version table and the ledger in a PostgreSQL database. Only this module writes them.
//!
//! Both tables are in one schema. If the version table exists, this is the schema in which the
//! search path finds it, as in Alembic. Otherwise, it is the configured schema, or the first one in
//! the search path.

use std::collections::BTreeMap;
use std::time::Duration;

use aludel_core::chain::{APPLIED_AT, HISTORY_COLUMNS, history_table};
use aludel_core::script::postgres::{quoted, text_literal as literal};
use postgres::{Client, Row, SimpleQueryMessage, SimpleQueryRow};

use super::runner::Runner;
use super::session::{Columns, Rows, Session, is_true};
use crate::ledger::{Damage, Entry, MOST_ROWS, Numbered, VERSION, lacking};
use crate::{Error, OwnTableDefect};

/// The time of a row, in the same format as in SQLite.
pub(super) const NOW: &str = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')";

/// The maximum number of version rows to read, far more than the heads of any chain.
const MOST_VERSIONS: usize = 10_000;

/// The action as named in error messages.
pub(super) const READING: &str = "reading the version rows and the ledger";
const WRITING: &str = "writing the version rows and the ledger";
const MAKING: &str = "creating the version table and the ledger";

/// The location of Aludel's two tables.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    /// The schema of both tables.
    pub(super) schema: String,
    /// The name of the version table.
    pub(super) version: String,
    /// The name of the ledger.
    pub(super) history: String,
    /// `false` if the search path led to no version table when the operation began.
    pub(super) is_versioned: bool,
}

impl Tables {
    pub(super) fn find(runner: &Runner<'_>, client: &mut Client) -> Result<Self, Error> {
        let version = runner.chain.version_table.to_string();
        let history = history_table(&version);
        let (schema, is_versioned) = if let Some(schema) = &runner.schema {
            (literal(schema), "true".to_owned())
        } else {
            let table = format!("to_regclass({})", literal(&quoted(&version)));
            let schema = format!(
                "coalesce((SELECT n.nspname FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {table}), \
                 current_schema())::text"
            );
            (schema, format!("{table} IS NOT NULL"))
        };
        // Inside a transaction, a statement begins later than the transaction.
        let sql = format!("SELECT {schema}, now() <> statement_timestamp(), {is_versioned}");
        let messages = client.simple_query(&sql).map_err(|source| runner.error(READING, source))?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        if is_true(row, 1) {
            return Err(Error::InTransaction);
        }
        let is_versioned = is_true(row, 2);
        let schema = row.and_then(|row| row.get(0)).map(str::to_owned);
        let schema = schema.ok_or_else(|| Error::NoSchema { table: version.clone() })?;
        Ok(Self { schema, version, history, is_versioned })
    }

    fn qualified(&self, table: &str) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(table))
    }

    /// Returns the version table as SQL.
    pub(super) fn version_sql(&self) -> String {
        self.qualified(&self.version)
    }

    /// Returns the ledger as SQL.
    pub(super) fn history_sql(&self) -> String {
        self.qualified(&self.history)
    }

    /// Returns the statement that creates the version table if it is missing, as Alembic creates
    /// it.
    pub(super) fn create_version(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    version_num VARCHAR(32) NOT NULL,\n    CONSTRAINT {} PRIMARY KEY (version_num)\n)",
            self.version_sql(),
            quoted(&format!("{}_pkc", self.version))
        )
    }

    /// Returns the statements that create the ledger, or add its missing columns.
    pub(super) fn create_history(&self) -> Vec<String> {
        let columns: Vec<String> = HISTORY_COLUMNS
            .iter()
            .map(|(name, declaration)| format!("    {name} {}", declaration.replace("INTEGER", "BIGINT")))
            .collect();
        vec![format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n{}\n)",
            self.history_sql(),
            columns.join(",\n")
        )]
    }

    /// Returns the query for the version rows, with one more row than there may be.
    fn versions(&self) -> String {
        format!("SELECT version_num::text FROM {} LIMIT {}", self.version_sql(), MOST_VERSIONS + 1)
    }

    /// Returns the statement that appends rows to the ledger. The values are SQL, in the order of
    /// [`HISTORY_COLUMNS`] without the time.
    pub(super) fn append(&self, rows: impl IntoIterator<Item = Vec<String>>) -> String {
        let columns: Vec<&str> =
            HISTORY_COLUMNS.iter().map(|(name, _)| *name).filter(|name| *name != APPLIED_AT).collect();
        let rows: Vec<String> =
            rows.into_iter().map(|values| format!("({NOW}, {})", values.join(", "))).collect();
        format!(
            "INSERT INTO {} ({APPLIED_AT}, {}) VALUES {}",
            self.history_sql(),
            columns.join(", "),
            rows.join(", ")
        )
    }
}

impl Session<'_> {
    /// Returns the version rows, sorted, or `None` if there is no version table.
    pub(super) fn read_versions(&self) -> Result<Option<Vec<String>>, Error> {
        let Some(columns) = self.version_columns()? else { return Ok(None) };
        if !columns.iter().any(|column| column == "version_num") {
            return Err(self.defective(OwnTableDefect::NoColumn { column: "version_num" }));
        }
        self.versions(&self.rows(READING, &self.tables.versions())?).map(Some)
    }

    /// Reads the version rows from the rows of [`Tables::versions`].
    fn versions(&self, rows: &Rows) -> Result<Vec<String>, Error> {
        if rows.len() > MOST_VERSIONS {
            return Err(self.defective(OwnTableDefect::TooManyRows { limit: MOST_VERSIONS }));
        }
        let not_text = || self.defective(OwnTableDefect::NotText { found: "NULL" });
        let version = |row: &SimpleQueryRow| row.get(0).map(str::to_owned).ok_or_else(not_text);
        let mut versions = rows.iter().map(version).collect::<Result<Vec<_>, _>>()?;
        versions.sort();
        match versions.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
            Some(revision) => Err(self.defective(OwnTableDefect::Duplicate { revision: revision.clone() })),
            None => Ok(versions),
        }
    }

    /// Returns the error for a defect of the version table.
    pub(super) fn defective(&self, defect: OwnTableDefect) -> Error {
        Error::OwnTable { table: self.tables.version.clone(), defect }
    }

    /// Creates the tables if they are missing, and adds missing columns to the ledger.
    pub(super) fn make_tables(&self) -> Result<(), Error> {
        let mut sql = Vec::new();
        if self.version_columns()?.is_none() {
            sql.push(self.tables.create_version());
        }
        match self.history_columns()? {
            None => sql.extend(self.tables.create_history()),
            Some(known) => {
                let is_missing = |name: &str| !known.iter().any(|column| column == name);
                let missing = HISTORY_COLUMNS.iter().filter(|(name, _)| is_missing(name));
                for (name, declaration) in missing {
                    let declaration = declaration.trim_end_matches(" NOT NULL").replace("INTEGER", "BIGINT");
                    let table = self.tables.history_sql();
                    sql.push(format!("ALTER TABLE {table} ADD COLUMN {name} {declaration}"));
                }
            }
        }
        if sql.is_empty() {
            return Ok(());
        }
        self.execute(MAKING, &sql.join("; ")).map_err(Error::rolled_back)
    }

    /// Creates the version table if it is missing, and returns `true` if it did.
    pub(super) fn make_version_table(&self) -> Result<bool, Error> {
        let is_missing = self.version_columns()?.is_none();
        if is_missing {
            self.execute(MAKING, &self.tables.create_version()).map_err(Error::rolled_back)?;
        }
        Ok(is_missing)
    }

    /// Changes the version rows, reads them back, and appends to the ledger.
    pub(super) fn write(&self, before: &[String], after: &[String], entries: &[Entry]) -> Result<(), Error> {
        let table = self.tables.version_sql();
        let (removed, added): (Vec<&String>, Vec<&String>) =
            (lacking(before, after).collect(), lacking(after, before).collect());
        let mut sql = Vec::new();
        for row in removed {
            sql.push(format!("DELETE FROM {table} WHERE version_num = {}", literal(row)));
        }
        for row in added {
            sql.push(format!("INSERT INTO {table} (version_num) VALUES ({})", literal(row)));
        }
        if !entries.is_empty() {
            sql.push(self.tables.append(entries.iter().map(values)));
        }
        sql.extend([self.tables.version_shape(), self.tables.versions()]);
        let mut results = self.results(WRITING, &sql.join(";\n")).map_err(Error::rolled_back)?;
        let (versions, shape) = (results.pop().unwrap_or_default(), results.pop().unwrap_or_default());
        self.check_version(shape.first()).map_err(Error::rolled_back)?;
        let found = self.versions(&versions).map_err(Error::rolled_back)?;
        if found == after {
            return Ok(());
        }
        let (table, expected) = (self.tables.version.clone(), after.to_vec());
        let found = if found.is_empty() { "no rows".to_owned() } else { format!("`{}`", found.join("`, `")) };
        Err(Error::NotRecorded { table, expected, found })
    }

    /// Deletes every version row, even invalid ones.
    pub(super) fn purge(&self) -> Result<(), Error> {
        self.execute(WRITING, &format!("DELETE FROM {}", self.tables.version_sql()))
            .map_err(Error::rolled_back)
    }

    /// Returns the columns of the ledger, or the damage that prevents reading it. A damaged ledger
    /// does not prevent a report, because it is only evidence.
    fn readable_history(&self) -> Result<Result<Columns, Option<Damage>>, Error> {
        match self.history_columns() {
            Ok(columns) => Ok(columns.ok_or(None)),
            Err(Error::OwnTable { defect, .. }) => Ok(Err(Some(Damage::Unreadable(defect)))),
            Err(error) => Err(error),
        }
    }

    /// Returns the newest row of the ledger, and the damage that prevents reading all rows.
    pub(super) fn newest_row(&self) -> Result<(Option<Numbered>, Option<Damage>), Error> {
        let (rows, damage) = self.read_ledger(1)?;
        let damage = match damage {
            Some(Damage::Older) => {
                let sql =
                    format!("SELECT EXISTS (SELECT FROM {} OFFSET {MOST_ROWS})", self.tables.history_sql());
                let is_cut: bool = self.query_one(READING, &sql, &[])?.get(0);
                is_cut.then_some(Damage::Older)
            }
            damage => damage,
        };
        Ok((rows.into_iter().next(), damage))
    }

    /// Reads up to this number of rows of the ledger, newest first. Also returns the damage that
    /// prevents reading all rows.
    pub(super) fn read_ledger(&self, most: usize) -> Result<(Vec<Numbered>, Option<Damage>), Error> {
        self.read_rows("", most)
    }

    /// Returns the rows that record the start of a script outside a transaction whose end no later
    /// row records, newest first.
    pub(super) fn unfinished(&self) -> Result<Vec<Entry>, Error> {
        let Ok(known) = self.readable_history()? else { return Ok(Vec::new()) };
        if ["id", "revision", "direction"].iter().any(|name| !known.iter().any(|column| column == name)) {
            return Ok(Vec::new());
        }
        let condition = format!(
            "WHERE direction IN ('upgrade-started', 'downgrade-started') \
             AND id IN (SELECT max(id) FROM {} WHERE direction <> 'repair' GROUP BY revision)",
            self.tables.history_sql()
        );
        Ok(self.read_rows(&condition, MOST_ROWS)?.0.into_iter().map(|row| row.entry).collect())
    }

    fn read_rows(&self, condition: &str, most: usize) -> Result<(Vec<Numbered>, Option<Damage>), Error> {
        let known = match self.readable_history()? {
            Ok(known) => known,
            Err(damage) => return Ok((Vec::new(), damage)),
        };
        let is_known = |name: &str| known.iter().any(|column| column == name);
        let column = |(name, declaration): &(&str, &str)| {
            let kind = if declaration.starts_with("INTEGER") { "bigint" } else { "text" };
            if is_known(name) { format!("{name}::{kind}") } else { format!("NULL::{kind}") }
        };
        let columns: Vec<String> = HISTORY_COLUMNS.iter().map(column).collect();
        let id = if is_known("id") { "id::bigint" } else { "0::bigint" };
        let sql = format!(
            "SELECT {}, {id} FROM {} {condition} ORDER BY {id} DESC LIMIT {}",
            columns.join(", "),
            self.tables.history_sql(),
            most + 1
        );
        let mut rows = self.query(READING, &sql, &[])?;
        let is_cut = rows.len() > most;
        rows.truncate(most);
        Ok((rows.iter().map(numbered).collect(), is_cut.then_some(Damage::Older)))
    }

    /// Returns the checksum of each applied script that the ledger records.
    pub(super) fn read_checksums(&self) -> Result<BTreeMap<String, String>, Error> {
        let Ok(known) = self.readable_history()? else { return Ok(BTreeMap::new()) };
        let needed = ["id", "revision", "direction", "checksum"];
        if needed.iter().any(|name| !known.iter().any(|column| column == name)) {
            return Ok(BTreeMap::new());
        }
        let sql = format!(
            "SELECT DISTINCT ON (revision) revision::text, CASE WHEN direction = 'downgrade' THEN NULL ELSE checksum END::text \
             FROM {} WHERE direction NOT IN ('upgrade-started', 'downgrade-started') AND revision IS NOT NULL \
             ORDER BY revision, id DESC",
            self.tables.history_sql()
        );
        let rows = self.query(READING, &sql, &[])?;
        Ok(rows.iter().filter_map(|row| Some((row.get(0), row.get::<_, Option<String>>(1)?))).collect())
    }
}

fn numbered(row: &Row) -> Numbered {
    let text = |column: usize| row.get::<_, Option<String>>(column);
    let number = |column: usize| row.get::<_, Option<i64>>(column).unwrap_or_default();
    let entry = Entry {
        revision: text(0).unwrap_or_default(),
        direction: text(1).unwrap_or_default(),
        revises: text(2).unwrap_or_default(),
        depends_on: text(3).unwrap_or_default(),
        message: text(4).unwrap_or_default(),
        checksum: text(5),
        state: text(6).unwrap_or_default(),
        applied_at: text(7).unwrap_or_default(),
        elapsed: Duration::from_micros(u64::try_from(number(8)).unwrap_or_default()),
        version: text(9).unwrap_or_default(),
        upgrade_sql: text(10),
        downgrade_sql: text(11),
        unproved: number(12) != 0,
        branch_labels: text(13),
        loses: text(14),
        allow: text(15),
    };
    Numbered { id: number(HISTORY_COLUMNS.len()), entry, is_readable: true }
}

/// Returns the values of a row as SQL, in the order of [`HISTORY_COLUMNS`] without the time.
pub(super) fn values(entry: &Entry) -> Vec<String> {
    let optional = |text: &Option<String>| text.as_deref().map_or_else(|| "NULL".to_owned(), literal);
    vec![
        literal(&entry.revision),
        literal(&entry.direction),
        literal(&entry.revises),
        literal(&entry.depends_on),
        literal(&entry.message),
        optional(&entry.checksum),
        literal(&entry.state),
        entry.elapsed.as_micros().to_string(),
        literal(VERSION),
        optional(&entry.upgrade_sql),
        optional(&entry.downgrade_sql),
        i32::from(entry.unproved).to_string(),
        optional(&entry.branch_labels),
        optional(&entry.loses),
        optional(&entry.allow),
    ]
}
