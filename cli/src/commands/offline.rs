//! `--sql`: finds the revision at which a generated script begins.

use aludel::Error;

use crate::database::{Migrator, ScriptStart};
use crate::error::Failure;
use crate::workspace::Workspace;

/// The place of a database that does not exist yet.
const BASE: &str = "base";

/// Generates a script that begins at the start of a range.
///
/// Without a range, the script begins at the database's revision, or at base if no database is
/// configured.
pub(super) fn script<C>(
    workspace: &Workspace<'_, C>,
    text: &str,
    may_begin_at_base: bool,
    render: impl Fn(&Migrator<'_, C>, ScriptStart<'_>, &str) -> Result<String, Error>,
) -> Result<String, Failure> {
    match text.split_once(':') {
        Some((start, end)) if start.is_empty() || end.is_empty() || end.contains(':') => Err(Failure::wrong(
            format!("invalid range `{text}` for a script: expected `start:end`"),
            "for example `base:head` or `ab12:head`; without a range the script begins at the database's revision",
        )),
        Some((start, end)) => {
            render(&workspace.migrator(), ScriptStart::Place(start), end).map_err(Failure::aludel)
        }
        None if workspace.database().is_ok() => {
            workspace.ask(|migrator, connection| render(migrator, ScriptStart::Database(connection), text))
        }
        None if may_begin_at_base => {
            render(&workspace.migrator(), ScriptStart::Place(BASE), text).map_err(Failure::aludel)
        }
        None => Err(Failure::wrong(
            "cannot determine the revision at which the script begins",
            format!("configure a database, or pass a range such as `head:{text}`"),
        )),
    }
}

/// Returns an error if a target is a range. Only a generated script can have a range, because a run
/// always begins at the database's revision.
pub(super) fn refuse_range(text: &str) -> Result<(), Failure> {
    let Some((_, end)) = text.rsplit_once(':') else { return Ok(()) };
    let hint = match end {
        "" => "pass the target revision; only `--sql` accepts a range".to_owned(),
        end => format!("pass only the target revision, such as `{end}`; only `--sql` accepts a range"),
    };
    Err(Failure::wrong(
        format!("`{text}` is a range, but a run always begins at the database's revision"),
        hint,
    ))
}
