//! What the tests share: folders of scripts that are written while a test runs, and databases made from SQL.

pub mod statements;

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use aludel::rusqlite::Connection;
use aludel::{Chain, Database};
use aludel_core::chain::{VERSION_TABLE, assemble};
use aludel_core::folder;
use aludel_core::problem::{Problem, Style};
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema, tell};
use aludel_proof::proof::{self, Options};

/// What a test gives back.
pub type TestResult = Result<(), Box<dyn Error>>;

/// A temporary folder with a folder of scripts and a place for a database.
#[derive(Debug)]
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// An empty one.
    ///
    /// # Errors
    ///
    /// Where no temporary folder can be made.
    pub fn new() -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("migrations"))?;
        Ok(Self { folder })
    }

    /// The temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of scripts.
    pub fn migrations(&self) -> PathBuf {
        self.folder.path().join("migrations")
    }

    /// A path in the temporary folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the script of a revision, named `<id>_script.sql`.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub fn write(&self, id: &str, revises: &str, upgrade: &str, downgrade: &str) -> std::io::Result<()> {
        self.write_file(&format!("{id}_script.sql"), script(id, revises, upgrade, downgrade).as_bytes())
    }

    /// Writes a file into the folder of scripts.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        std::fs::write(self.migrations().join(name), bytes)
    }

    /// The database `test.db` in the temporary folder.
    ///
    /// # Errors
    ///
    /// Where the path is not UTF-8.
    pub fn database(&self) -> Result<Database, Box<dyn Error>> {
        Ok(Database::parse(self.path("test.db").to_str().ok_or("the temporary folder is not UTF-8")?)?)
    }

    /// A connection to the database `test.db`, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// Where it cannot be opened.
    pub fn open(&self) -> Result<Connection, Box<dyn Error>> {
        Ok(self.database()?.open()?)
    }

    /// The chain of the scripts, proved without rows: what a run does with rows that no proof has seen is for the test.
    ///
    /// # Errors
    ///
    /// The faults, as text.
    pub fn chain(&self) -> Result<Chain, String> {
        proved(&self.migrations(), &Options { with_rows: false, ..Options::default() })
    }

    /// The faults of the scripts, as text, one after the other.
    ///
    /// # Errors
    ///
    /// Where there are none.
    pub fn faults(&self) -> Result<String, &'static str> {
        match load(&self.migrations()) {
            Ok(_) => Err("the scripts have no fault"),
            Err(faults) => Ok(faults),
        }
    }
}

/// The text of a script.
pub fn script(id: &str, revises: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "-- Script {id}\n--\n-- Revision ID: {id}\n-- Revises: {revises}\n\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
    )
}

/// Loads a folder of scripts as `embed_migrations!` does, proof included; several heads are taken.
///
/// # Errors
///
/// The faults, as text.
pub fn load(migrations: &Path) -> Result<Chain, String> {
    proved(migrations, &Options::default())
}

fn proved(migrations: &Path, options: &Options) -> Result<Chain, String> {
    let told = |problems: Vec<Problem>| -> String {
        problems.iter().map(|problem| problem.render(Style::Plain) + "\n\n").collect()
    };
    let folder = folder::read(migrations, "migrations");
    let assembled = assemble(&folder, true).map_err(|faulty| told(faulty.problems))?;
    let report = proof::prove(&assembled, options).map_err(told)?;
    Ok(Chain::loaded(assembled.chain(VERSION_TABLE).with_fingerprints(&report.fingerprints)))
}

/// What went wrong.
///
/// # Errors
///
/// Where nothing did.
pub fn failure<T, E>(result: Result<T, E>) -> Result<E, &'static str> {
    match result {
        Ok(_) => Err("it did not fail"),
        Err(error) => Ok(error),
    }
}

/// Tables and their columns.
pub type Columns = BTreeMap<String, Vec<String>>;

/// The tables of a database, but for SQLite's own, and the columns of each.
///
/// # Errors
///
/// SQLite's own.
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

/// Every row of every table of a database, as SQL literals, sorted: `table: value, value`.
///
/// # Errors
///
/// SQLite's own.
pub fn rows(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    rows_of(connection, &columns(connection)?)
}

/// The same of some tables and columns.
///
/// # Errors
///
/// SQLite's own.
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

/// The schema of a database, but for the version table, the ledger and what refinery keeps.
///
/// # Errors
///
/// SQLite's own.
pub fn schema(connection: &Connection) -> aludel::rusqlite::Result<Schema> {
    let mut reader = Reader::ignoring(["alembic_version", "aludel_history", "refinery_schema_history"]);
    reader.read(connection, &Touched::Everything)?;
    Ok(reader.schema().clone())
}

/// In what a schema differs from the expected one, in words.
pub fn differences(expected: &Schema, found: &Schema) -> Vec<String> {
    tell(&Changes::between(expected, found))
}

/// The schema as SQLite keeps it, and every row.
///
/// # Errors
///
/// SQLite's own.
pub fn dump(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    let mut statement = connection
        .prepare("SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")?;
    let mut all: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    all.extend(rows(connection)?);
    Ok(all)
}

/// The files of a folder by name, with their bytes.
///
/// # Errors
///
/// Where one cannot be read.
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

/// A binary of another package, in the folder that this test was built into; built first, since Cargo only builds a package's own
/// binaries for its tests.
///
/// # Panics
///
/// Where it does not build: without it there is nothing to test.
#[expect(clippy::expect_used, reason = "without the binary there is nothing to test")]
pub fn binary(package: &str, name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let folder = test.parent().and_then(Path::parent).expect("a test lies in `<profile>/deps`");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "-p", package, "--bin", name]);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    if let Some(target) = folder.parent() {
        build.arg("--target-dir").arg(target);
    }
    let ended = build.status().expect("Cargo runs");
    assert!(ended.success(), "`{name}` does not build");
    folder.join(name)
}
