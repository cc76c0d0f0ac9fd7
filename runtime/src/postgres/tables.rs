//! The version table and the ledger in a PostgreSQL database. Only this module writes them.
//!
//! Both tables are in one schema. If the version table exists, this is the schema in which the
//! search path finds it, as in Alembic. Otherwise, it is the configured schema, or the first one in
//! the search path.

use std::collections::BTreeMap;
use std::time::Duration;

use aludel_core::chain::{APPLIED_AT, HISTORY_COLUMNS, history_table};
use aludel_core::script::postgres::{quoted, text_literal as literal};
use postgres::{Client, Row, SimpleQueryMessage};

use super::runner::Runner;
use super::session::Session;
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

/// Aludel's two tables: their location, and the parts of them that exist.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    /// The schema of both tables.
    pub(super) schema: String,
    /// The name of the version table.
    pub(super) version: String,
    /// The name of the ledger.
    pub(super) history: String,
}

impl Tables {
    pub(super) fn find(runner: &Runner<'_>, client: &mut Client) -> Result<Self, Error> {
        let version = runner.chain.version_table.to_string();
        let history = history_table(&version);
        let schema = match &runner.schema {
            Some(schema) => literal(schema),
            None => format!(
                "coalesce((SELECT n.nspname FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = to_regclass({})), current_schema())::text",
                literal(&quoted(&version))
            ),
        };
        // Inside a transaction, a statement begins later than the transaction.
        let sql = format!("SELECT {schema}, (now() <> statement_timestamp())::text");
        let messages = client.simple_query(&sql).map_err(|source| runner.error(READING, source))?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        if row.and_then(|row| row.get(1)) == Some("true") {
            return Err(Error::InTransaction);
        }
        let schema = row.and_then(|row| row.get(0)).map(str::to_owned);
        let schema = schema.ok_or_else(|| Error::NoSchema { table: version.clone() })?;
        Ok(Self { schema, version, history })
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

    /// Returns the statement that appends a row to the ledger. The values are SQL, in the order of
    /// [`HISTORY_COLUMNS`] without the time.
    pub(super) fn append(&self, values: &[String]) -> String {
        let columns: Vec<&str> =
            HISTORY_COLUMNS.iter().map(|(name, _)| *name).filter(|name| *name != APPLIED_AT).collect();
        format!(
            "INSERT INTO {} ({APPLIED_AT}, {}) VALUES ({NOW}, {})",
            self.history_sql(),
            columns.join(", "),
            values.join(", ")
        )
    }
}

/// The names of the columns of one of Aludel's tables.
type Columns = Vec<String>;

impl Session<'_> {
    /// Returns the columns of a table that can be read and written, or `None` if it does not exist.
    fn columns(&self, table: &str) -> Result<Option<Columns>, Error> {
        let sql = "SELECT c.relkind::text, \
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a \
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
             coalesce((SELECT t.tgname::text FROM pg_catalog.pg_trigger t \
                       WHERE t.tgrelid = c.oid AND NOT t.tgisinternal LIMIT 1), \
                      (SELECT r.rulename::text FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid LIMIT 1)), \
             c.relrowsecurity AND row_security_active(c.oid) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind NOT IN ('i', 'I')";
        let rows = self.query(READING, sql, &[&self.tables.schema, table])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let kind: String = row.get(0);
        let trigger: Option<String> = row.get(2);
        let hides_rows: bool = row.get(3);
        let defect = match (kind.as_str(), trigger) {
            ("r" | "p", None) if hides_rows => OwnTableDefect::RowSecurity,
            ("r" | "p", None) => return Ok(Some(row.get(1))),
            ("r" | "p", Some(trigger)) => OwnTableDefect::Trigger { trigger },
            ("v", _) => OwnTableDefect::NotATable { kind: "a view" },
            ("m", _) => OwnTableDefect::NotATable { kind: "a materialized view" },
            ("S", _) => OwnTableDefect::NotATable { kind: "a sequence" },
            ("f", _) => OwnTableDefect::NotATable { kind: "a foreign table" },
            _ => OwnTableDefect::NotATable { kind: "another kind of object" },
        };
        Err(Error::OwnTable { table: table.to_owned(), defect })
    }

    /// Returns the version rows, sorted, or `None` if there is no version table.
    pub(super) fn read_versions(&self) -> Result<Option<Vec<String>>, Error> {
        let table = &self.tables.version;
        let defective = |defect| Error::OwnTable { table: table.clone(), defect };
        let Some(columns) = self.columns(table)? else { return Ok(None) };
        if !columns.iter().any(|column| column == "version_num") {
            return Err(defective(OwnTableDefect::NoColumn { column: "version_num" }));
        }
        let sql = format!(
            "SELECT version_num::text FROM {} LIMIT {}",
            self.tables.version_sql(),
            MOST_VERSIONS + 1
        );
        let rows = self.query(READING, &sql, &[])?;
        if rows.len() > MOST_VERSIONS {
            return Err(defective(OwnTableDefect::TooManyRows { limit: MOST_VERSIONS }));
        }
        let mut versions = Vec::with_capacity(rows.len());
        for row in rows {
            let version: Option<String> = row.get(0);
            versions.push(version.ok_or_else(|| defective(OwnTableDefect::NotText { found: "NULL" }))?);
        }
        versions.sort();
        match versions.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
            Some(revision) => Err(defective(OwnTableDefect::Duplicate { revision: revision.clone() })),
            None => Ok(Some(versions)),
        }
    }

    /// Creates the tables if they are missing, and adds missing columns to the ledger.
    pub(super) fn make_tables(&self) -> Result<(), Error> {
        let making = |error: Error| error.rolled_back();
        if self.columns(&self.tables.version)?.is_none() {
            self.execute(MAKING, &self.tables.create_version()).map_err(making)?;
        }
        match self.columns(&self.tables.history)? {
            None => {
                let create = self.tables.create_history();
                create.iter().try_for_each(|sql| self.execute(MAKING, sql)).map_err(making)
            }
            Some(known) => {
                let is_missing = |name: &str| !known.iter().any(|column| column == name);
                let missing = HISTORY_COLUMNS.iter().filter(|(name, _)| is_missing(name));
                for (name, declaration) in missing {
                    let declaration = declaration.trim_end_matches(" NOT NULL").replace("INTEGER", "BIGINT");
                    let sql =
                        format!("ALTER TABLE {} ADD COLUMN {name} {declaration}", self.tables.history_sql());
                    self.execute(MAKING, &sql).map_err(making)?;
                }
                Ok(())
            }
        }
    }

    /// Creates the version table if it is missing, and returns `true` if it did.
    pub(super) fn make_version_table(&self) -> Result<bool, Error> {
        let is_missing = self.columns(&self.tables.version)?.is_none();
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
        sql.extend(entries.iter().map(|entry| self.tables.append(&values(entry))));
        self.execute(WRITING, &sql.join(";\n")).map_err(Error::rolled_back)?;
        let found = self.read_versions().map_err(Error::rolled_back)?.unwrap_or_default();
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
    fn history_columns(&self) -> Result<Result<Columns, Option<Damage>>, Error> {
        match self.columns(&self.tables.history) {
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
        let known = match self.history_columns()? {
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
            "SELECT {}, {id} FROM {} ORDER BY {id} DESC LIMIT {}",
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
        let Ok(known) = self.history_columns()? else { return Ok(BTreeMap::new()) };
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
