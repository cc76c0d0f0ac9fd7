//! Shared parts of the tests: folders of scripts written at run time, databases created from SQL,
//! and a Markdown reader.

pub mod build;
pub mod markdown;
pub mod statements;

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use aludel::rusqlite::Connection;
use aludel::{Chain, Database};
use aludel_core::chain::{VERSION_TABLE, assemble};
use aludel_core::folder;
use aludel_core::problem::{Problem, Style};
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema, describe};
use aludel_proof::proof::{self, Options};

/// The result of a test.
pub type TestResult = Result<(), Box<dyn Error>>;

/// A temporary folder with a folder of scripts and a path for a database.
#[derive(Debug)]
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// Creates an empty folder of scripts in a new temporary folder.
    ///
    /// # Errors
    ///
    /// Returns an error if no temporary folder can be created.
    pub fn new() -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("migrations"))?;
        Ok(Self { folder })
    }

    /// Returns the temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of scripts.
    pub fn migrations(&self) -> PathBuf {
        self.folder.path().join("migrations")
    }

    /// Returns a path in the temporary folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the script of a revision, named `<id>_script.sql`.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written.
    pub fn write(&self, id: &str, revises: &str, upgrade: &str, downgrade: &str) -> std::io::Result<()> {
        self.write_file(&format!("{id}_script.sql"), script(id, revises, upgrade, downgrade).as_bytes())
    }

    /// Writes a file into the folder of scripts.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        std::fs::write(self.migrations().join(name), bytes)
    }

    /// Returns the `test.db` database in the temporary folder.
    ///
    /// # Errors
    ///
    /// Returns an error if the path is not UTF-8.
    pub fn database(&self) -> Result<Database, Box<dyn Error>> {
        Ok(Database::parse(self.path("test.db").to_str().ok_or("the temporary folder is not UTF-8")?)?)
    }

    /// Opens the `test.db` database, and creates it if it is missing.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be opened.
    pub fn open(&self) -> Result<Connection, Box<dyn Error>> {
        Ok(self.database()?.open()?)
    }

    /// Returns the chain of the scripts, proved without rows. Tests can then run it on rows that
    /// the proof has not seen.
    ///
    /// # Errors
    ///
    /// Returns the errors in the scripts, as text.
    pub fn chain(&self) -> Result<Chain, String> {
        proved(&self.migrations(), &Options { with_rows: false, ..Options::default() })
    }

    /// Returns the errors in the scripts, concatenated as text.
    ///
    /// # Errors
    ///
    /// Returns an error if there are none.
    pub fn faults(&self) -> Result<String, &'static str> {
        match load(&self.migrations()) {
            Ok(_) => Err("the scripts have no fault"),
            Err(faults) => Ok(faults),
        }
    }
}

/// Returns the text of a script.
pub fn script(id: &str, revises: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "-- Script {id}\n--\n-- Revision ID: {id}\n-- Revises: {revises}\n\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
    )
}

/// Loads a folder of scripts as `embed_migrations!` does, including the proof. Several heads are
/// allowed.
///
/// # Errors
///
/// Returns the errors in the scripts, as text.
pub fn load(migrations: &Path) -> Result<Chain, String> {
    proved(migrations, &Options::default())
}

fn proved(migrations: &Path, options: &Options) -> Result<Chain, String> {
    let printed = |problems: Vec<Problem>| -> String {
        problems.iter().map(|problem| problem.render(Style::Plain) + "\n\n").collect()
    };
    let folder = folder::read(migrations, "migrations");
    let assembled = assemble(&folder, true).map_err(|faulty| printed(faulty.problems))?;
    let report = proof::prove(&assembled, options).map_err(printed)?;
    Ok(Chain::loaded(assembled.chain(VERSION_TABLE).with_fingerprints(&report.fingerprints)))
}

/// Returns the error of a result.
///
/// # Errors
///
/// Returns an error if the result is `Ok`.
pub fn failure<T, E>(result: Result<T, E>) -> Result<E, &'static str> {
    match result {
        Ok(_) => Err("it did not fail"),
        Err(error) => Ok(error),
    }
}

/// Tables and their columns.
pub type Columns = BTreeMap<String, Vec<String>>;

/// Returns the tables of a database with their columns, except SQLite's own.
///
/// # Errors
///
/// Returns SQLite's error.
pub fn columns(connection: &Connection) -> aludel::rusqlite::Result<Columns> {
    let mut statement = connection.prepare(
        "SELECT m.name, c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid",
    )?;
    let mut rows = statement.query([])?;
    let mut columns = Columns::new();
    while let Some(row) = rows.next()? {
        columns.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(columns)
}

/// Returns every row of every table of a database, sorted, in the form `table: value, value` with
/// SQL literals.
///
/// # Errors
///
/// Returns SQLite's error.
pub fn rows(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    rows_of(connection, &columns(connection)?)
}

/// Returns the rows of some tables and columns in the same form.
///
/// # Errors
///
/// Returns SQLite's error.
pub fn rows_of(connection: &Connection, columns: &Columns) -> aludel::rusqlite::Result<Vec<String>> {
    let mut all = Vec::new();
    for (table, columns) in columns {
        let columns: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let sql = format!("SELECT {} FROM \"{table}\"", columns.join(" || ', ' || "));
        let mut statement = connection.prepare(&sql)?;
        let rows: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    all.sort();
    Ok(all)
}

/// Returns the schema of a database, except the version table, the ledger and refinery's table.
///
/// # Errors
///
/// Returns SQLite's error.
pub fn schema(connection: &Connection) -> aludel::rusqlite::Result<Schema> {
    let mut reader = Reader::ignoring(["alembic_version", "aludel_history", "refinery_schema_history"]);
    reader.read(connection, &Touched::Everything)?;
    Ok(reader.schema().clone())
}

/// Describes the differences between a schema and the expected one.
pub fn differences(expected: &Schema, found: &Schema) -> Vec<String> {
    describe(&Changes::between(expected, found))
}

/// Returns the schema of a database, as SQLite stores it, and every row.
///
/// # Errors
///
/// Returns SQLite's error.
pub fn dump(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    let mut statement = connection
        .prepare("SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")?;
    let mut all: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    all.extend(rows(connection)?);
    Ok(all)
}

/// Returns the files of a folder by name, with their contents.
///
/// # Errors
///
/// Returns an error if a file cannot be read.
pub fn files(folder: &Path) -> std::io::Result<BTreeMap<OsString, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.insert(entry.file_name(), std::fs::read(entry.path())?);
        }
    }
    Ok(files)
}
