//! Tables.

use super::names::{short, sql_name};
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::{column, constraint};
use crate::catalog::Table;

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (&planner.was.catalog.tables, &planner.is.catalog.tables);
    let handled = |table: &&Table| planner.is_handled(&format!("table {}", table.name));
    for new in is.iter().filter(handled) {
        let object = format!("table {}", new.name);
        match was.iter().find(|old| old.name == new.name) {
            None => operations.creates.push(Operation::new(object, Rank::Table, create(planner, new))),
            Some(old) => alter(old, new, operations),
        }
        if was.iter().all(|old| old.name != new.name) {
            row_security(new, None, operations);
        }
    }
    for old in was.iter().filter(handled) {
        let object = format!("table {}", old.name);
        if planner.is_gone(&object) {
            let drop = Operation::new(object, Rank::Table, format!("DROP TABLE {}", old.name));
            operations.drops.push(match likely_rename(planner, old) {
                Some(new) => drop.asking(rename_review(&old.name, &new.name)),
                None => drop,
            });
        }
    }
}

fn rename_review(old: &str, new: &str) -> String {
    format!(
        "`{}` is dropped, and `{}` is created with the same columns: if it is the same table, replace both statements with `ALTER TABLE … RENAME TO`",
        short(old),
        short(new)
    )
}

/// Returns a new table that has the same columns, or `None` if there is none.
fn likely_rename<'a>(planner: &Planner<'a>, old: &Table) -> Option<&'a Table> {
    let columns = |state: &super::state::State, table: &Table| -> Vec<(String, String)> {
        let columns = state.columns(&format!("table {}", table.name));
        columns.iter().map(|column| (column.name.clone(), column.data_type.clone())).collect()
    };
    let had = columns(planner.was, old);
    let is_new = |table: &&Table| planner.was.table(&format!("table {}", table.name)).is_none();
    planner.is.catalog.tables.iter().filter(is_new).find(|new| columns(planner.is, new) == had)
}

/// Returns the statement that creates a table with its columns and constraints, except foreign
/// keys.
fn create(planner: &Planner<'_>, table: &Table) -> String {
    let owner = format!("table {}", table.name);
    let columns = planner.is.columns(&owner);
    let mut parts: Vec<String> =
        columns.iter().map(|one| column::definition(planner.is, one, column::NotNull::Included)).collect();
    parts.extend(constraint::of_new(planner.is, &owner));
    let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
    let partitions =
        table.partition_key.as_ref().map(|key| format!(" PARTITION BY {key}")).unwrap_or_default();
    let options = table.options.as_ref().map(|options| format!(" WITH ({options})")).unwrap_or_default();
    format!(
        "CREATE {unlogged}TABLE {} (\n    {}\n){partitions}{options}",
        sql_name(&owner),
        parts.join(",\n    ")
    )
}

fn alter(old: &Table, new: &Table, operations: &mut Operations) {
    if old.unlogged != new.unlogged {
        let logged = if new.unlogged { "UNLOGGED" } else { "LOGGED" };
        operations.creates.push(altered(new, &format!("SET {logged}")));
    }
    if old.options != new.options {
        let names = |options: &Option<String>| -> Vec<String> {
            let options = options.as_deref().unwrap_or_default().split(", ");
            options.filter_map(|option| option.split_once('=')).map(|(name, _)| name.to_owned()).collect()
        };
        let kept = names(&new.options);
        let removed: Vec<String> =
            names(&old.options).into_iter().filter(|name| !kept.contains(name)).collect();
        if !removed.is_empty() {
            operations.creates.push(altered(new, &format!("RESET ({})", removed.join(", "))));
        }
        if let Some(options) = &new.options {
            operations.creates.push(altered(new, &format!("SET ({options})")));
        }
    }
    row_security(new, Some(old), operations);
}

fn row_security(new: &Table, old: Option<&Table>, operations: &mut Operations) {
    if new.row_security != old.is_some_and(|old| old.row_security) {
        let verb = if new.row_security { "ENABLE" } else { "DISABLE" };
        operations.creates.push(altered(new, &format!("{verb} ROW LEVEL SECURITY")));
    }
    if new.forced_row_security != old.is_some_and(|old| old.forced_row_security) {
        let verb = if new.forced_row_security { "FORCE" } else { "NO FORCE" };
        operations.creates.push(altered(new, &format!("{verb} ROW LEVEL SECURITY")));
    }
}

fn altered(table: &Table, action: &str) -> Operation {
    let statement = format!("ALTER TABLE {} {action}", table.name);
    Operation::new(format!("table {}", table.name), Rank::Table, statement)
}
