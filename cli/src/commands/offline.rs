//! `--sql`: where a script for the program `sqlite3` begins.

use aludel::{Error, Migrator, Start};

use crate::error::Failure;
use crate::place::Place;

/// Makes a script that begins where a range says, or else where the database is; at base where none is named.
pub(super) fn script<C>(
    place: &Place<'_, C>,
    text: &str,
    may_begin_at_base: bool,
    render: impl Fn(&Migrator<'_, C>, Start<'_>, &str) -> Result<String, Error>,
) -> Result<String, Failure> {
    match text.split_once(':') {
        Some((start, end)) if start.is_empty() || end.is_empty() || end.contains(':') => Err(Failure::wrong(
            format!("`{text}` is no range of a script: expected `start:end`"),
            "such as `base:head`, or `ab12:head`; without a range the script begins where the database is",
        )),
        Some((start, end)) => {
            render(&place.migrator(), Start::Place(start), end).map_err(|error| place.told(error))
        }
        None if place.database().is_ok() => {
            place.ask(|migrator, connection| render(migrator, Start::Database(connection), text))
        }
        None if may_begin_at_base => {
            render(&place.migrator(), Start::Database(None), text).map_err(|error| place.told(error))
        }
        None => Err(Failure::wrong(
            "it is not known where the script begins",
            format!("name the database, or a range such as `head:{text}`"),
        )),
    }
}

/// Rule: only a script has a range; a run begins where the database is.
pub(super) fn refuse_range(text: &str) -> Result<(), Failure> {
    let Some((_, end)) = text.rsplit_once(':') else { return Ok(()) };
    let hint = match end {
        "" => "name the revision to go to; only `--sql` takes a range".to_owned(),
        end => format!("name the revision to go to, such as `{end}`; only `--sql` takes a range"),
    };
    Err(Failure::wrong(format!("`{text}` is a range, and a run begins where the database is"), hint))
}
