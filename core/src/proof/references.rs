//! Views and triggers that refer to nothing: SQLite takes them, and fails at their next use.
//!
//! Preparing a view, and a statement that fires a trigger, finds them (<https://sqlite.org/lang_createtrigger.html>).

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, Result};

use crate::schema::{Kind, Objects, Schema};
use crate::script::sqlite::words_of;

/// A view or trigger that refers to nothing, and SQLite's words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) object: String,
    pub(super) message: String,
}

/// Checks every view and trigger that a change from one schema to another can have broken: the new ones always, the others only where
/// something was changed or removed.
pub(super) fn check(connection: &Connection, before: &Schema, after: &Schema) -> Vec<Broken> {
    if Arc::ptr_eq(&before.objects, &after.objects) {
        return Vec::new();
    }
    let keeps_all = before.objects.iter().all(|(key, object)| after.objects.get(key) == Some(object));
    let suspects = after.objects.iter().filter(|((kind, _), _)| matches!(kind, Kind::View | Kind::Trigger));
    suspects
        .filter(|(key, object)| !keeps_all || before.objects.get(*key) != Some(*object))
        .filter_map(|((kind, name), object)| {
            let error = match kind {
                Kind::View => {
                    connection.prepare(&format!("SELECT * FROM main.{} LIMIT 0", quoted(name))).err()
                }
                _ => fires(connection, name, &object.table, &after.objects).err(),
            }?;
            Some(Broken { object: format!("{} `{name}`", kind.word()), message: words_of(&error).0 })
        })
        .collect()
}

/// Prepares the statements that fire a trigger. The other triggers of the table are compiled as well; whichever refers to nothing is
/// found when its turn comes, so an error of theirs is not this one's: the words of SQLite are looked at with this trigger alone.
fn fires(connection: &Connection, trigger: &str, table: &str, objects: &Objects) -> Result<()> {
    let others: Vec<&String> = objects
        .iter()
        .filter(|((kind, name), object)| {
            *kind == Kind::Trigger && name != trigger && object.table.eq_ignore_ascii_case(table)
        })
        .map(|((_, name), _)| name)
        .collect();
    let first = prepare_changes(connection, table);
    if first.is_ok() || others.is_empty() {
        return first;
    }
    connection.execute_batch("SAVEPOINT alone")?;
    let dropped: BTreeSet<bool> = others
        .into_iter()
        .map(|other| connection.execute_batch(&format!("DROP TRIGGER main.{}", quoted(other))).is_ok())
        .collect();
    let alone = if dropped.contains(&false) { first } else { prepare_changes(connection, table) };
    connection.execute_batch("ROLLBACK TO alone; RELEASE alone")?;
    alone
}

/// Prepares an insertion, an update and a deletion; a change that the table or view does not take at all says nothing of triggers.
fn prepare_changes(connection: &Connection, table: &str) -> Result<()> {
    let mut columns =
        connection.prepare("SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0")?;
    let assignments: Vec<String> = columns
        .query_map([table], |row| row.get::<_, String>(0))?
        .map(|name| name.map(|name| format!("{0} = {0}", quoted(&name))))
        .collect::<Result<_>>()?;
    let table = quoted(table);
    let statements = [
        format!("INSERT INTO main.{table} DEFAULT VALUES"),
        format!("DELETE FROM main.{table}"),
        format!("UPDATE main.{table} SET {}", assignments.join(", ")),
    ];
    for statement in statements {
        match connection.prepare(&statement) {
            Err(error) if !words_of(&error).0.starts_with("cannot modify") => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
