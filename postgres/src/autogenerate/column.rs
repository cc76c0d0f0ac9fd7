//! Columns of tables.

use super::cast::Cast;
use super::names::{short, sql_name};
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::sequence;
use super::state::State;
use crate::catalog::Column;

/// The position of `NOT NULL`: in the column definition, or in a separate statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotNull {
    Included,
    /// In a separate statement.
    Separate,
}

/// Returns the unique name of a column in the schema.
pub(super) fn object(column: &Column) -> String {
    format!("{}: column {}", column.parent, column.name)
}

/// Returns the column with this unique name, or `None` if there is none.
pub(super) fn find<'a>(state: &'a State, object: &str) -> Option<&'a Column> {
    let (owner, name) = object.split_once(": column ")?;
    state.column(owner, name)
}

/// Returns `true` if a column must be dropped and added again because it becomes a generated column
/// or its expression changes.
pub(super) fn is_recreated(old: &Column, new: &Column) -> bool {
    old.generated != new.generated && new.generated.is_some()
}

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let handled = |column: &&Column| {
        column.parent.starts_with("table ")
            && !column.inherited
            && planner.is_handled(&column.parent)
            && planner.is_existing(&column.parent)
    };
    for new in planner.is.catalog.columns.iter().filter(handled) {
        let object = object(new);
        let old = planner.was.column(&new.parent, &new.name).filter(|_| !planner.is_gone(&object));
        match old {
            None => operations.creates.push(add(planner, new)),
            Some(old) => {
                alter(planner, old, new, operations);
                default(planner, old, new, operations);
            }
        }
    }
    let dropped = planner.was.catalog.columns.iter().filter(handled);
    for old in dropped.filter(|old| planner.is.table(&old.parent).is_some()) {
        drop(planner, old, operations);
    }
}

/// Returns the definition of a column in `CREATE TABLE` or `ADD COLUMN`.
pub(super) fn definition(state: &State, column: &Column, not_null: NotNull) -> String {
    let mut definition = format!("{} {}", column.name, column.data_type);
    let mut add = |clause: Option<String>| {
        if let Some(clause) = clause {
            definition.push(' ');
            definition.push_str(&clause);
        }
    };
    add(column.collation.as_ref().map(|collation| format!("COLLATE {collation}")));
    add(generated(column));
    add(column.default.as_ref().map(|default| format!("DEFAULT {default}")));
    add(column.identity.as_ref().map(|kind| sequence::identity(state, &object(column), kind)));
    let is_included = not_null == NotNull::Included || column.identity.is_some();
    add((column.not_null && is_included).then(|| "NOT NULL".to_owned()));
    definition
}

fn generated(column: &Column) -> Option<String> {
    let (kind, expression) = column.generated.as_ref()?.split_once(' ')?;
    let kind = if kind == "v" { "VIRTUAL" } else { "STORED" };
    Some(format!("GENERATED ALWAYS AS ({expression}) {kind}"))
}

fn add(planner: &Planner<'_>, new: &Column) -> Operation {
    let table = sql_name(&new.parent);
    let has_value = new.default.is_some() || new.generated.is_some() || new.identity.is_some();
    if !new.not_null || has_value {
        let definition = definition(planner.is, new, NotNull::Included);
        let statement = format!("ALTER TABLE {table} ADD COLUMN {definition}");
        return Operation::new(object(new), Rank::Column, statement);
    }
    let definition = definition(planner.is, new, NotNull::Separate);
    let statement = format!("ALTER TABLE {table} ADD COLUMN {definition}");
    Operation::new(object(new), Rank::Column, statement)
        .asking(format!(
            "`{}.{}` is NOT NULL without a default: which value do existing rows get? Write an UPDATE between the two statements",
            short(table),
            new.name
        ))
        .then(format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", new.name))
}

fn drop(planner: &Planner<'_>, old: &Column, operations: &mut Operations) {
    let object = object(old);
    let is_gone = planner.is_gone(&object);
    if !is_gone && planner.is.column(&old.parent, &old.name).is_some() {
        return;
    }
    let table = sql_name(&old.parent);
    let statement = format!("ALTER TABLE {table} DROP COLUMN {}", old.name);
    let mut operation = Operation::new(&object, Rank::Column, statement);
    let is_new = |column: &&Column| {
        column.parent == old.parent && planner.was.column(&old.parent, &column.name).is_none()
    };
    let columns = planner.is.catalog.columns.iter().filter(is_new);
    for new in columns.filter(|new| new.data_type == old.data_type) {
        operation = operation.asking(format!(
            "`{table}.{}` is dropped, and `{}` is added with the same type: if it is the same column, replace both statements with `ALTER TABLE … RENAME COLUMN {} TO {}`",
            old.name, new.name, old.name, new.name,
            table = short(table),
        ));
    }
    if let Some(new) = planner.is.column(&old.parent, &old.name).filter(|new| new.generated.is_none()) {
        operation = operation.asking(format!(
            "`{}.{}` cannot be converted from {} to {}, so it is dropped and added again: may its values be lost?",
            short(table),
            old.name,
            old.data_type,
            new.data_type
        ));
    }
    if is_gone {
        operations.drops.push(operation);
    } else {
        if planner.affected.gone.contains(&format!("{object}: default")) {
            operations.drops.push(drop_default(old));
        }
        operations.late_drops.push(operation);
    }
}

fn drop_default(old: &Column) -> Operation {
    let statement = format!("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", sql_name(&old.parent), old.name);
    Operation::new(format!("{}: default", object(old)), Rank::Default, statement)
}

/// Changes the type, `NOT NULL` and the identity of a column.
fn alter(planner: &Planner<'_>, old: &Column, new: &Column, operations: &mut Operations) {
    let object = object(new);
    let table = sql_name(&new.parent);
    let action = |action: &str| format!("ALTER TABLE {table} ALTER COLUMN {} {action}", new.name);
    let shown = format!("{}.{}", short(table), new.name);
    let mut push = |operation: Operation| operations.creates.push(operation);
    if old.generated.is_some() && new.generated.is_none() {
        push(Operation::new(&object, Rank::Column, action("DROP EXPRESSION")));
    }
    if planner.affected.retyped.contains(&object) {
        push(retype(planner, old, new));
    }
    if old.not_null && !new.not_null {
        push(Operation::new(&object, Rank::Column, action("DROP NOT NULL")));
    } else if !old.not_null && new.not_null {
        push(Operation::new(&object, Rank::Column, action("SET NOT NULL")).asking(format!(
            "`{shown}` becomes NOT NULL: which value do rows without one get? Write an UPDATE before the statement"
        )));
    }
    match (&old.identity, &new.identity) {
        (None, Some(kind)) => {
            let clause = sequence::identity(planner.is, &object, kind);
            let names = planner.is.identity_sequences();
            let name = names.get(&object).cloned().unwrap_or_default();
            push(
                Operation::new(&object, Rank::Default, action(&format!("ADD {clause}")))
                    .asking(sequence::counter_review(&name)),
            );
        }
        (Some(was), Some(is)) if was != is => {
            push(Operation::new(
                &object,
                Rank::Column,
                action(&format!("SET GENERATED {}", is.to_uppercase())),
            ));
        }
        _ => {}
    }
    if old.identity.is_some() && new.identity.is_none() {
        operations.drops.push(Operation::new(object, Rank::Default, action("DROP IDENTITY")));
    }
}

fn retype(planner: &Planner<'_>, old: &Column, new: &Column) -> Operation {
    let table = sql_name(&new.parent);
    let (from, to) = (&old.data_type, &new.data_type);
    let collation = new.collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default();
    let using = if from == to && old.collation == new.collation {
        // The enum is rebuilt.
        let text = if to.ends_with("[]") { "text[]" } else { "text" };
        format!(" USING {}::{text}::{to}", new.name)
    } else if planner.casts.of(from, to) == Cast::Explicit {
        format!(" USING {}::{to}", new.name)
    } else {
        String::new()
    };
    let statement = format!("ALTER TABLE {table} ALTER COLUMN {} TYPE {to}{collation}{using}", new.name);
    let operation = Operation::new(object(new), Rank::Column, statement);
    if from == to {
        return operation;
    }
    operation.asking(format!(
        "the type of `{}.{}` changes from {from} to {to}: can each value be converted, and may the table be locked while its rows are rewritten?",
        short(table),
        new.name
    ))
}

fn default(planner: &Planner<'_>, old: &Column, new: &Column, operations: &mut Operations) {
    let object = format!("{}: default", object(new));
    let is_gone = planner.affected.gone.contains(&object);
    let action =
        |action: &str| format!("ALTER TABLE {} ALTER COLUMN {} {action}", sql_name(&new.parent), new.name);
    let had = old.default.as_ref().filter(|_| !is_gone);
    if is_gone {
        operations.drops.push(drop_default(old));
    }
    match &new.default {
        Some(default) if had != Some(default) => {
            operations.creates.push(Operation::new(
                object,
                Rank::Default,
                action(&format!("SET DEFAULT {default}")),
            ));
        }
        None if had.is_some() => {
            operations.creates.push(Operation::new(object, Rank::Default, action("DROP DEFAULT")));
        }
        _ => {}
    }
}
