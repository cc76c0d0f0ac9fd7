//! A run as a script for the program `sqlite3`: its text does what the executor would do, in one transaction.
//!
//! The text is made of the statements that the executor itself runs; only what the executor asks of a database is here in SQL of its own.
//! Each question is a row in a temporary table whose constraint carries the answer for a person: SQLite tells the name of a constraint that
//! fails, and `.bail on` ends the program there. What is left open when the program ends is rolled back.

mod shell;

use std::fmt;
use std::time::Duration;

use aludel_core::chain::create_version_table;
use aludel_core::script::sqlite::quoted;

use crate::{Entry, ledger, version_table};

/// Violations for each pair of child and parent. A table whose check itself fails ends the script.
const VIOLATIONS: &str = "SELECT found.\"table\", found.\"parent\", count(*) AS \"rows\"\n    \
     FROM main.sqlite_schema AS child, pragma_foreign_key_check(child.name, 'main') AS found\n    \
     WHERE child.type = 'table' GROUP BY 1, 2";

/// What a script does.
pub(crate) struct Offline<'a> {
    /// What it is, in one line.
    pub(crate) title: String,
    pub(crate) version_table: &'a str,
    pub(crate) history: String,
    /// The statements that make the ledger whole.
    pub(crate) ledger: Vec<String>,
    /// The tables beside which a database without a version table is taken for a fresh one; nothing where any table may be there.
    pub(crate) fresh_beside: Option<&'a [String]>,
    /// The version rows before, sorted.
    pub(crate) from: Vec<String>,
    pub(crate) removed: Vec<String>,
    pub(crate) added: Vec<String>,
    /// The scripts that run.
    pub(crate) scripts: Vec<Part<'a>>,
    pub(crate) entries: Vec<Entry>,
    /// Whether the tables are made where nothing else is to do: a stamp of base says by them that the database is at base.
    pub(crate) makes_tables: bool,
    pub(crate) lock_timeout: Duration,
}

/// One script of a run.
pub(crate) struct Part<'a> {
    /// What it does, in one line.
    pub(crate) title: String,
    pub(crate) statements: Vec<&'a str>,
}

impl fmt::Display for Offline<'_> {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(text, "-- {}", self.title)?;
        if self.entries.is_empty() && !self.makes_tables {
            return writeln!(text, "-- Nothing to do.");
        }
        writeln!(text, "-- For the program sqlite3: all of it is done, or nothing.")?;
        writeln!(text, ".bail on\n.timeout {}", self.lock_timeout.as_millis())?;
        writeln!(text, "PRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;")?;
        self.begin(text)?;
        for script in &self.scripts {
            writeln!(text, "\n-- {}", script.title)?;
            for statement in &script.statements {
                writeln!(text, "{}", shell::statement(statement))?;
            }
        }
        self.end(text)
    }
}

impl Offline<'_> {
    /// Refuses every database but one that is where the script begins.
    fn begin(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(text, "\n-- Goes no further unless the database is where this script begins.")?;
        writeln!(
            text,
            "CREATE TEMP TABLE aludel_guard (\n    \
             versioned INTEGER CONSTRAINT \"the database has tables but no revision\" CHECK (versioned),\n    \
             place INTEGER CONSTRAINT {} CHECK (place),\n    \
             ledger INTEGER CONSTRAINT \"the ledger is older: make the script where the database is, without a range\" CHECK (ledger),\n    \
             foreign_keys INTEGER CONSTRAINT \"rows would refer to nothing\" CHECK (foreign_keys)\n);",
            quoted(&format!("the database is not at {}", place(&self.from)))
        )?;
        if let Some(tables) = self.fresh_beside {
            writeln!(
                text,
                "INSERT INTO temp.aludel_guard (versioned)\nSELECT {};",
                self.is_versioned(tables)
            )?;
        }
        writeln!(text, "{};", create_version_table(self.version_table))?;
        writeln!(text, "INSERT INTO temp.aludel_guard (place)\nSELECT {};", self.is_at_start())?;
        for statement in &self.ledger {
            writeln!(text, "{statement};")?;
        }
        writeln!(
            text,
            "INSERT INTO temp.aludel_guard (ledger)\nSELECT {};",
            ledger::is_whole(&self.history)
        )?;
        if self.scripts.is_empty() {
            return Ok(());
        }
        writeln!(text, "CREATE TEMP TABLE aludel_violations AS\n    {VIOLATIONS};")
    }

    /// Refuses new violations of foreign keys, and records where the database is now.
    fn end(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scripts.is_empty() {
            writeln!(text, "\n-- No foreign key may be violated more often than before.")?;
            writeln!(
                text,
                "INSERT INTO temp.aludel_guard (foreign_keys)\nSELECT 0 FROM ({VIOLATIONS}) AS now\n\
                 LEFT JOIN temp.aludel_violations AS before USING (\"table\", \"parent\")\n\
                 WHERE now.\"rows\" > coalesce(before.\"rows\", 0);\nDROP TABLE temp.aludel_violations;"
            )?;
        }
        writeln!(text, "\n-- Where the database is now, and how it came there.")?;
        for row in &self.removed {
            writeln!(text, "{};", version_table::delete(self.version_table, &shell::text(row)))?;
        }
        for row in &self.added {
            writeln!(text, "{};", version_table::insert(self.version_table, &shell::text(row)))?;
        }
        for entry in &self.entries {
            let values: Vec<String> = ledger::values(entry).iter().map(shell::literal).collect();
            writeln!(text, "{};", ledger::insert(&self.history, &values))?;
        }
        writeln!(text, "DROP TABLE temp.aludel_guard;\nCOMMIT;")
    }

    /// Rule: a database without a version table has no table but SQLite's own, the ledger and those that are ignored.
    fn is_versioned(&self, ignored: &[String]) -> String {
        let names = |tables: &[&str]| -> String {
            tables.iter().map(|name| shell::text(&name.to_lowercase())).collect::<Vec<_>>().join(", ")
        };
        let mut others = vec![self.history.as_str()];
        others.extend(ignored.iter().map(String::as_str));
        format!(
            "EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = {})\n    \
             OR NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table'\n        \
             AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND lower(name) NOT IN ({}))",
            names(&[self.version_table]),
            names(&others)
        )
    }

    fn is_at_start(&self) -> String {
        let expected = match self.from.as_slice() {
            [] => "NULL".to_owned(),
            rows => shell::text(&rows.join(",")),
        };
        format!(
            "(SELECT group_concat(version_num) FROM (SELECT version_num FROM main.\"{}\" ORDER BY version_num)) IS {expected}",
            self.version_table
        )
    }
}

/// Version rows in words.
pub(crate) fn place(rows: &[String]) -> String {
    match rows {
        [] => "base".to_owned(),
        rows => rows.join(", "),
    }
}
