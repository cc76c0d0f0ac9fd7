//! The rows of the version table and the ledger on a scratch database, as a real run leaves them.
//!
//! Only a script whose header has `Allow: reads-version-table` can see these rows. They are written
//! only if the chain contains such a script.

use aludel_core::chain::{append_to_history, state};
use aludel_core::problem::Spanned;
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::{Connection, Result, params};

/// The time recorded for every step, because the proof reads no clock.
const TIME: &str = "2000-01-01 00:00:00.000";

/// Records that a section of a script ran.
pub(super) fn record(
    connection: &Connection,
    [version_table, history_table]: &[String; 2],
    script: &ParsedScript,
    kind: SectionKind,
) -> Result<()> {
    let id = script.header.id.as_ref().map_or("", |id| id.value.as_str());
    let parents = || script.header.revises.iter().map(|parent| parent.value.as_str());
    let (versions, history) = (quoted(version_table), quoted(history_table));
    let (taken, direction) = match kind {
        SectionKind::Upgrade => (parents().collect(), "upgrade"),
        SectionKind::Downgrade => (vec![id], "downgrade"),
        SectionKind::Sample => return Ok(()),
    };
    for row in taken {
        connection.execute(&format!("DELETE FROM main.{versions} WHERE version_num = ?1"), [row])?;
    }
    append(connection, history_table, script, (id, direction))?;
    let add = format!("INSERT OR IGNORE INTO main.{versions} VALUES (?1)");
    if kind == SectionKind::Upgrade {
        connection.execute(&add, [id])?;
        return Ok(());
    }
    for parent in parents() {
        // A parent gets no row if another applied revision implies it.
        let is_implied = format!(
            "SELECT EXISTS (SELECT 1 FROM main.{history} AS last WHERE {IS_APPLIED} AND ',' || revises || ',' LIKE '%,' || ?1 || ',%')",
            IS_APPLIED = is_applied(&history)
        );
        if !connection.query_row(&is_implied, [parent], |row| row.get::<_, bool>(0))? {
            connection.execute(&add, [parent])?;
        }
    }
    Ok(())
}

/// Appends a row to the ledger.
fn append(
    connection: &Connection,
    history_table: &str,
    script: &ParsedScript,
    (id, direction): (&str, &str),
) -> Result<()> {
    let list = |names: &[Spanned<String>]| {
        names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(",")
    };
    let values = ["?1", "?2", "?3", "?4", "?5", "?6", "''", "0", "?7", "?8", "?9", "0", "?10", "?11", "?12"];
    connection.execute(
        &append_to_history(history_table, &format!("'{TIME}'"), &values.map(str::to_owned)),
        params![
            id,
            direction,
            list(&script.header.revises),
            list(&script.header.depends_on),
            script.header.message,
            script.checksum(),
            env!("CARGO_PKG_VERSION"),
            script.text(SectionKind::Upgrade),
            script.text(SectionKind::Downgrade),
            list(&script.header.branch_labels),
            list(&script.header.loses),
            list(&script.header.allow),
        ],
    )?;
    let (history, added) = (quoted(history_table), connection.last_insert_rowid());
    let mut applied = connection.prepare(&format!(
        "SELECT revision, checksum FROM main.{history} AS last WHERE {}",
        is_applied(&history)
    ))?;
    let applied: Vec<(String, String)> =
        applied.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
    let applied = applied.iter().map(|(revision, checksum)| (revision.as_str(), checksum.as_str()));
    connection.execute(
        &format!("UPDATE main.{history} SET state = ?1 WHERE id = ?2"),
        params![state(applied), added],
    )?;
    Ok(())
}

/// Returns the condition that selects, for each applied revision, its last row in the ledger.
fn is_applied(history: &str) -> String {
    format!(
        "direction = 'upgrade' AND id = (SELECT max(id) FROM main.{history} WHERE revision = last.revision)"
    )
}
