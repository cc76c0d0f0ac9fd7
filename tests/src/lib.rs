//! What the tests share: folders of scripts that are written while a test runs, and databases made from SQL.

use std::error::Error;
use std::path::{Path, PathBuf};

use aludel::rusqlite::Connection;
use aludel::{Chain, Database};
use aludel_core::chain::{VERSION_TABLE, assemble};
use aludel_core::folder;
use aludel_core::problem::{Problem, Style};

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

    /// The chain of the scripts.
    ///
    /// # Errors
    ///
    /// The faults, as text.
    pub fn chain(&self) -> Result<Chain, String> {
        load(&self.migrations())
    }

    /// The faults of the scripts, as text, one after the other.
    ///
    /// # Errors
    ///
    /// Where there are none.
    pub fn faults(&self) -> Result<String, &'static str> {
        match self.chain() {
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
    let told = |problems: Vec<Problem>| -> String {
        problems.iter().map(|problem| problem.render(Style::Plain) + "\n\n").collect()
    };
    let folder = folder::read(migrations, "migrations");
    let assembled = assemble(&folder, true).map_err(|(problems, _)| told(problems))?;
    aludel_core::proof::prove(&assembled, &aludel_core::proof::Options::default()).map_err(told)?;
    Ok(Chain::loaded(assembled.chain(VERSION_TABLE)))
}

/// Every row of every table of a database, as SQL literals, sorted: `table: value, value`.
///
/// # Errors
///
/// SQLite's own.
pub fn rows(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for table in tables {
        let mut columns =
            connection.prepare("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info(?1)")?;
        let columns: Vec<String> =
            columns.query_map([&table], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let sql = format!("SELECT {} FROM \"{table}\"", columns.join(" || ', ' || "));
        let mut statement = connection.prepare(&sql)?;
        let rows: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    all.sort();
    Ok(all)
}
