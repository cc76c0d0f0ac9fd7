//! The measured scripts. Each creates one table and one index.

use std::io;
use std::path::Path;

/// Controls whether the proof executes the scripts. Without execution, the measurement covers only
/// the rest of the macro's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// The scripts are executed.
    Proved,
    /// The first script is marked `Unproved`, so no script is executed.
    LeftOut,
}

/// Returns the revision ID of a script.
#[must_use]
pub fn id(number: usize) -> String {
    format!("{number:04}c0ffee")
}

/// Returns the file name of a script.
#[must_use]
pub fn file_name(number: usize) -> String {
    format!("{}_create_t{number}.sql", id(number))
}

/// Writes a folder of scripts.
///
/// # Errors
///
/// Returns an error if the folder cannot be written.
pub fn write(folder: &Path, count: usize, execution: Execution) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    (0..count).try_for_each(|number| std::fs::write(folder.join(file_name(number)), text(number, execution)))
}

fn text(number: usize, execution: Execution) -> String {
    let revises = number.checked_sub(1).map(id).unwrap_or_default();
    let unproved = match execution {
        Execution::LeftOut if number == 0 => "\n-- Unproved: what remains of the macro is measured",
        Execution::LeftOut | Execution::Proved => "",
    };
    format!(
        "-- Create t{number}\n--\n-- Revision ID: {}\n-- Revises: {revises}{unproved}\n\n\
         -- upgrade\n\
         CREATE TABLE t{number} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, v INTEGER);\n\
         CREATE INDEX ix_t{number}_name ON t{number} (name);\n\n\
         -- downgrade\n\
         DROP INDEX ix_t{number}_name;\n\
         DROP TABLE t{number};\n",
        id(number)
    )
}
