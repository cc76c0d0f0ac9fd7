//! The schema of a scratch database as SQL, written by `pg_dump`.

use std::process::{Command, Stdio};

use aludel_core::script::postgres;

use super::{Database, ScratchError};

/// The contents of a dump.
#[derive(Clone, Copy)]
pub(crate) enum Contents {
    /// The schema.
    Schema,
    /// The schema, and the rows as `INSERT` statements.
    Rows,
}

impl Database<'_> {
    /// Returns the contents as SQL, without owners and without the comments of `pg_dump`.
    pub(crate) fn dump(&self, contents: Contents) -> Result<String, ScratchError> {
        let contents = match contents {
            Contents::Schema => "--schema-only",
            Contents::Rows => "--inserts",
        };
        let program = dumping_program();
        let output = Command::new(&program)
            .args([contents, "--no-owner", "--dbname", &self.url()])
            .stdin(Stdio::null())
            .output()
            .map_err(|source| ScratchError::Run { program: program.clone(), source })?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(ScratchError::Failed { program, output });
        }
        Ok(statements(&String::from_utf8_lossy(&output.stdout)))
    }
}

/// Returns the path of `pg_dump` in the folder of the server's programs, or else its name, for the
/// search path.
fn dumping_program() -> std::path::PathBuf {
    #[cfg(unix)]
    let folder = super::programs::find();
    #[cfg(not(unix))]
    let folder: Option<std::path::PathBuf> = None;
    let beside = folder.map(|folder| folder.join("pg_dump")).filter(|program| program.is_file());
    beside.unwrap_or_else(|| "pg_dump".into())
}

/// Returns the statements of a dump, without comments, session settings and `psql` commands.
fn statements(dump: &str) -> String {
    let is_command = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    let dump = dump.lines().filter(is_command).collect::<Vec<_>>().join("\n");
    let is_setting = |statement: &&str| {
        statement.starts_with("SET ") || statement.starts_with("SELECT pg_catalog.set_config(")
    };
    let statements = postgres::statements(&dump);
    let statements = statements.into_iter().filter_map(|bytes| dump.get(bytes));
    let mut text = statements.filter(|one| !is_setting(one)).collect::<Vec<_>>().join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
