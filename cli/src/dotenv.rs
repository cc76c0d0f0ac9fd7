//! Reads `DATABASE_URL` from a `.env` file next to the settings file. The environment of the
//! process does not change.

use std::path::Path;

use aludel_core::folder::{self, FolderFault};
use aludel_core::problem::Explain as _;
use aludel_core::script::Dialect;

use crate::database::Database;
use crate::error::Failure;

/// The file name.
pub(crate) const FILE: &str = ".env";

/// The variable that sets the database.
const DATABASE_URL: &str = "DATABASE_URL";

/// Returns the database that the `.env` file in a folder sets, or `None` if it sets none.
///
/// A URL for a different database system belongs to another program. It is ignored with a note.
///
/// If other programs may resolve the value to a different path, no file is created.
pub(crate) fn database(
    folder: &Path,
    dialect: Dialect,
    note: &mut Option<String>,
) -> Result<Option<Database>, Failure> {
    let path = folder.join(FILE);
    let shown = path.display();
    let text = match folder::read_text(&path, &shown.to_string()) {
        Ok(text) => text,
        Err(FolderFault::NoFile { .. }) => return Ok(None),
        Err(fault) => {
            *note = Some(format!("{}: it is ignored", fault.words().title));
            return Ok(None);
        }
    };
    let value = match value(&text) {
        Ok(value) => value.filter(|value| !value.is_empty()),
        Err(why) => {
            *note = Some(format!("`{shown}` is ignored: {why}"));
            return Ok(None);
        }
    };
    match value.as_deref().map(|text| Database::parse(text, dialect)) {
        None => Ok(None),
        Some(Ok(database)) => Ok(Some(database.within(folder).not_made_in_doubt())),
        Some(Err(error)) if error.is_of_another_scheme => {
            // The value may contain a password, so only its scheme is shown.
            let scheme = error.text.split(':').next().unwrap_or_default();
            *note = Some(format!(
                "`{DATABASE_URL}` in `{shown}` is ignored: `{scheme}:` is not a URL of {}",
                dialect.database()
            ));
            Ok(None)
        }
        Some(Err(error)) => Err(Failure::wrong(format!("`{DATABASE_URL}` in `{shown}`: {error}"), "")),
    }
}

/// Returns the first value of the variable, parsed as a program that loads the file would.
fn value(text: &str) -> Result<Option<String>, String> {
    for line in dotenvy::from_read_iter(text.as_bytes()) {
        match line {
            Ok((name, value)) if name == DATABASE_URL => return Ok(Some(value)),
            Ok(_) => {}
            Err(dotenvy::Error::LineParse(..)) => return Err("a line is not `NAME=value`".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(None)
}
