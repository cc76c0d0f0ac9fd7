//! Finds views and triggers that refer to missing objects. SQLite accepts them, but their next use
//! fails.
//!
//! They are found by preparing the view, or a statement that fires the trigger
//! (<https://sqlite.org/lang_createtrigger.html>).

use aludel_core::guarded::rolled_back;
use aludel_core::schema::{Changes, Kind, Object, Schema};
use aludel_core::script::sqlite::{quoted, words_of};
use rusqlite::{Connection, Result};

/// A view or trigger that refers to a missing object, with SQLite's error.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::proof) struct Broken {
    pub(in crate::proof) object: String,
    pub(in crate::proof) message: String,
}

/// Checks every view and trigger that the changes may have broken. These are new and changed ones,
/// and those whose text mentions an object that was changed or dropped.
pub(super) fn check(connection: &Connection, schema: &Schema, changes: &Changes) -> Vec<Broken> {
    let were_there = changes.objects.iter().filter(|(_, change)| change.was.is_some());
    let broken_with: Vec<String> = were_there.map(|((_, name), _)| name.as_str().to_lowercase()).collect();
    let names_broken = |object: &Object| {
        let sql = object.sql().to_lowercase();
        broken_with.iter().any(|name| name.contains('"') || sql.contains(name))
    };
    let may_break = |object: &Object| {
        changes.objects.contains_key(&object.key()) || (!broken_with.is_empty() && names_broken(object))
    };
    let views_and_triggers = schema.of_kind(Kind::View).chain(schema.of_kind(Kind::Trigger));
    views_and_triggers
        .filter(|_| !changes.is_empty())
        .filter(|object| may_break(object))
        .filter_map(|object| {
            let name = object.name();
            let error = match object.kind() {
                Kind::View => {
                    connection.prepare(&format!("SELECT * FROM main.{} LIMIT 0", quoted(name))).err()
                }
                Kind::Trigger | Kind::Table | Kind::Index => {
                    fires(connection, name, object.table().as_str(), schema).err()
                }
            }?;
            Some(Broken { object: format!("{} `{name}`", object.kind().word()), message: words_of(&error).0 })
        })
        .collect()
}

/// Prepares the statements that fire a trigger.
///
/// SQLite also compiles the other triggers on the table, which are checked separately. After an
/// error, this trigger is therefore checked again with the others dropped.
fn fires(connection: &Connection, trigger: &str, table: &str, schema: &Schema) -> Result<()> {
    let others: Vec<&str> = schema
        .of_kind(Kind::Trigger)
        .filter(|object| object.name() != trigger && object.table().is(table))
        .map(|object| object.name())
        .collect();
    let first = prepare_changes(connection, table);
    if first.is_ok() || others.is_empty() {
        return first;
    }
    let drop = |other: &str| connection.execute_batch(&format!("DROP TRIGGER main.{}", quoted(other)));
    rolled_back(connection, || {
        let are_dropped = others.into_iter().all(|other| drop(other).is_ok());
        if are_dropped { prepare_changes(connection, table) } else { first }
    })?
}

/// Prepares an insert, an update and a delete. Ignores errors about a table or view that cannot be
/// modified at all, because they do not concern triggers.
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
