//! Writes a run as a script for the `sqlite3` program, with the effect and the transactions of the
//! executor.
//!
//! The script consists of the statements that the executor itself runs. Only the executor's queries
//! are replaced with SQL here. Each becomes an insert into a temporary table whose constraint name
//! is the error message. If the constraint fails, SQLite reports its name, `.bail on` ends the
//! program, and the open transaction is rolled back.

mod shell;

use std::fmt;
use std::time::Duration;

use aludel_core::chain::create_version_table;
use aludel_core::script::sqlite::{quoted, text_literal};

use crate::ledger::Entry;
use crate::sqlite::{ledger, version_table};

/// Counts violations for each pair of child and parent tables. If the check of a table fails, the
/// script ends.
const VIOLATIONS: &str = "SELECT found.\"table\", found.\"parent\", count(*) AS \"rows\"\n    \
     FROM main.sqlite_schema AS child, pragma_foreign_key_check(child.name, 'main') AS found\n    \
     WHERE child.type = 'table' GROUP BY 1, 2";

/// The contents of a script.
pub(crate) struct Offline<'a> {
    /// The one-line description.
    pub(crate) title: String,
    pub(crate) version_table: &'a str,
    pub(crate) history: String,
    /// The statements that create or complete the ledger.
    pub(crate) ledger: Vec<String>,
    /// The tables that may exist in a fresh database without a version table. `None` allows any
    /// table.
    pub(crate) fresh_beside: Option<&'a [String]>,
    pub(crate) parts: Vec<Part<'a>>,
    pub(crate) lock_timeout: Duration,
}

/// A part of a run.
pub(crate) enum Part<'a> {
    Transaction(Transaction<'a>),
    /// A migration script outside a transaction.
    Outside(Script<'a>),
}

/// A part of a run in one transaction.
#[derive(Default)]
pub(crate) struct Transaction<'a> {
    /// The version rows before, sorted.
    pub(crate) from: Vec<String>,
    pub(crate) removed: Vec<String>,
    pub(crate) added: Vec<String>,
    /// The migration scripts to run.
    pub(crate) scripts: Vec<Script<'a>>,
    pub(crate) entries: Vec<Entry>,
}

/// A migration script of a run.
pub(crate) struct Script<'a> {
    /// The one-line description.
    pub(crate) title: String,
    pub(crate) statements: Vec<&'a str>,
}

impl fmt::Display for Script<'_> {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(text, "\n-- {}", self.title)?;
        self.statements.iter().try_for_each(|statement| writeln!(text, "{}", shell::statement(statement)))
    }
}

impl fmt::Display for Offline<'_> {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(text, "-- {}", self.title)?;
        if self.parts.is_empty() {
            return writeln!(text, "-- Nothing to do.");
        }
        match self.parts.len() {
            1 => writeln!(text, "-- For the sqlite3 program. Either all of it is applied, or none of it.")?,
            _ => writeln!(
                text,
                "-- For the sqlite3 program. A script outside a transaction splits the run:\n\
                 -- each transaction is applied completely, or not at all."
            )?,
        }
        writeln!(text, ".bail on\n.timeout {}", self.lock_timeout.as_millis())?;
        writeln!(text, "PRAGMA foreign_keys = OFF;")?;
        for (number, part) in self.parts.iter().enumerate() {
            match part {
                Part::Outside(script) => write!(text, "{script}")?,
                Part::Transaction(transaction) => {
                    let is_first = number == 0;
                    writeln!(text, "{}BEGIN IMMEDIATE;", if is_first { "" } else { "\n" })?;
                    self.begin(transaction, is_first, text)?;
                    transaction.scripts.iter().try_for_each(|script| write!(text, "{script}"))?;
                    self.end(transaction, text)?;
                }
            }
        }
        Ok(())
    }
}

impl Offline<'_> {
    /// Writes the statements that stop the script unless the database is at its start.
    fn begin(
        &self,
        transaction: &Transaction<'_>,
        is_first: bool,
        text: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let part = if self.parts.len() == 1 { "script" } else { "transaction" };
        writeln!(text, "\n-- Stop unless the database is at the revision where this {part} begins.")?;
        writeln!(
            text,
            "CREATE TEMP TABLE aludel_guard (\n    \
             versioned INTEGER CONSTRAINT \"the database has tables but no revision\" CHECK (versioned),\n    \
             place INTEGER CONSTRAINT {} CHECK (place),\n    \
             ledger INTEGER CONSTRAINT \"the ledger is older: generate the script from the database, without a range\" CHECK (ledger),\n    \
             foreign_keys INTEGER CONSTRAINT \"foreign key violation\" CHECK (foreign_keys)\n);",
            quoted(&format!("the database is not at {}", place(&transaction.from)))
        )?;
        if let Some(tables) = self.fresh_beside.filter(|_| is_first) {
            writeln!(
                text,
                "INSERT INTO temp.aludel_guard (versioned)\nSELECT {};",
                self.is_versioned(tables)
            )?;
        }
        writeln!(text, "{};", create_version_table(self.version_table))?;
        writeln!(text, "INSERT INTO temp.aludel_guard (place)\nSELECT {};", self.is_at(&transaction.from))?;
        for statement in self.ledger.iter().filter(|_| is_first) {
            writeln!(text, "{statement};")?;
        }
        writeln!(
            text,
            "INSERT INTO temp.aludel_guard (ledger)\nSELECT {};",
            ledger::is_whole(&self.history)
        )?;
        if transaction.scripts.is_empty() {
            return Ok(());
        }
        writeln!(text, "CREATE TEMP TABLE aludel_violations AS\n    {VIOLATIONS};")
    }

    /// Writes the statements that reject new foreign key violations and record the new position.
    fn end(&self, transaction: &Transaction<'_>, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !transaction.scripts.is_empty() {
            writeln!(text, "\n-- Reject new foreign key violations.")?;
            writeln!(
                text,
                "INSERT INTO temp.aludel_guard (foreign_keys)\nSELECT 0 FROM ({VIOLATIONS}) AS now\n\
                 LEFT JOIN temp.aludel_violations AS before USING (\"table\", \"parent\")\n\
                 WHERE now.\"rows\" > coalesce(before.\"rows\", 0);\nDROP TABLE temp.aludel_violations;"
            )?;
        }
        writeln!(text, "\n-- Record the new revisions and the history.")?;
        for row in &transaction.removed {
            writeln!(text, "{};", version_table::delete(self.version_table, &text_literal(row)))?;
        }
        for row in &transaction.added {
            writeln!(text, "{};", version_table::insert(self.version_table, &text_literal(row)))?;
        }
        for entry in &transaction.entries {
            let values: Vec<String> = ledger::values(entry).iter().map(shell::literal).collect();
            writeln!(text, "{};", ledger::insert(&self.history, &values))?;
        }
        writeln!(text, "DROP TABLE temp.aludel_guard;\nCOMMIT;")
    }

    /// Returns the SQL condition for a database that has a version table or is fresh. A fresh
    /// database has only SQLite's own tables, the ledger, and ignored tables.
    fn is_versioned(&self, ignored: &[String]) -> String {
        let names = |tables: &[&str]| -> String {
            tables.iter().map(|name| text_literal(&name.to_lowercase())).collect::<Vec<_>>().join(", ")
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

    fn is_at(&self, from: &[String]) -> String {
        let expected = match from {
            [] => "NULL".to_owned(),
            rows => text_literal(&rows.join(",")),
        };
        format!(
            "(SELECT group_concat(version_num) FROM (SELECT version_num FROM main.\"{}\" ORDER BY version_num)) IS {expected}",
            self.version_table
        )
    }
}

/// Describes version rows.
pub(crate) fn place(rows: &[String]) -> String {
    match rows {
        [] => "base".to_owned(),
        rows => rows.join(", "),
    }
}
