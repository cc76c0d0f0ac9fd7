//! Constraints of tables.

use super::names::{short, sql_name};
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::state::State;
use crate::catalog::Constraint;

/// The suffix in the definition of a constraint that was not checked on existing rows.
const NOT_VALID: &str = " NOT VALID";

/// Returns the unique name of a constraint in the schema.
pub(super) fn object(constraint: &Constraint) -> String {
    format!("{}: constraint {}", constraint.parent, constraint.name)
}

/// Returns `true` if statements are generated for a constraint. Since PostgreSQL 18, `NOT NULL` is
/// a constraint too, but it is generated with its column.
pub(super) fn is_handled(constraint: &Constraint) -> bool {
    !constraint.inherited && !constraint.definition.starts_with("NOT NULL")
}

/// Returns the definition of a constraint without its validity, which `ALTER TABLE` changes.
pub(super) fn definition(constraint: &Constraint) -> &str {
    constraint.definition.strip_suffix(NOT_VALID).unwrap_or(&constraint.definition)
}

fn is_foreign_key(constraint: &Constraint) -> bool {
    constraint.definition.starts_with("FOREIGN KEY")
}

/// Returns the constraints that the statement for a new table contains.
pub(super) fn of_new_table(state: &State, owner: &str) -> Vec<String> {
    let mut own: Vec<&Constraint> = state
        .catalog
        .constraints
        .iter()
        .filter(|one| one.parent == owner && is_handled(one) && !is_foreign_key(one) && is_valid(one))
        .collect();
    own.sort_by_key(|one| (!one.definition.starts_with("PRIMARY KEY"), one.name.clone()));
    own.iter().map(|one| format!("CONSTRAINT {} {}", one.name, one.definition)).collect()
}

fn is_valid(constraint: &Constraint) -> bool {
    !constraint.definition.ends_with(NOT_VALID)
}

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let handled = |one: &&Constraint| is_handled(one) && planner.is_handled(&one.parent);
    let (was, is) = (&planner.was.catalog.constraints, &planner.is.catalog.constraints);
    for new in is.iter().filter(handled) {
        let object = object(new);
        let is_new_table = !planner.is_existing_table(&new.parent);
        let old = was.iter().find(|old| old.parent == new.parent && old.name == new.name);
        match old.filter(|_| !planner.is_gone(&object)) {
            Some(old) if !is_valid(old) && is_valid(new) => operations
                .creates
                .push(Operation::new(&object, rank(new), validate(new)).asking(refusal(new))),
            // A valid constraint cannot be made invalid again.
            Some(old) if is_valid(old) && !is_valid(new) => {
                operations.drops.push(drop(new));
                operations.creates.push(Operation::new(object, rank(new), add(new, &new.definition)));
            }
            Some(_) => {}
            None if is_new_table && !is_foreign_key(new) && is_valid(new) => {}
            None if is_new_table || !is_valid(new) => {
                operations.creates.push(Operation::new(object, rank(new), add(new, &new.definition)));
            }
            None => operations.creates.push(add_to_existing(planner, new)),
        }
    }
    for old in was.iter().filter(handled) {
        let is_gone = planner.affected.gone.contains(&object(old));
        let goes_with_owner = planner.goes_with_owner(&old.parent);
        if (is_gone && !goes_with_owner) || (goes_with_owner && is_in_cycle(planner, old)) {
            operations.drops.push(drop(old));
        }
    }
}

fn rank(constraint: &Constraint) -> Rank {
    match constraint.definition.split(' ').next() {
        Some("FOREIGN") => Rank::ForeignKey,
        Some("CHECK") => Rank::Check,
        _ => Rank::Key,
    }
}

fn add(new: &Constraint, definition: &str) -> String {
    format!("ALTER TABLE {} ADD CONSTRAINT {} {definition}", sql_name(&new.parent), new.name)
}

fn validate(new: &Constraint) -> String {
    format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", sql_name(&new.parent), new.name)
}

fn drop(old: &Constraint) -> Operation {
    let statement = format!("ALTER TABLE {} DROP CONSTRAINT {}", sql_name(&old.parent), old.name);
    Operation::new(object(old), rank(old), statement)
}

/// Adds a constraint to a table with rows. Checks and foreign keys are validated in a separate
/// statement, which takes a weaker lock.
fn add_to_existing(planner: &Planner<'_>, new: &Constraint) -> Operation {
    let table = planner.is.table(&new.parent);
    let is_partitioned = table.is_some_and(|table| table.partition_key.is_some());
    let validates_later = match rank(new) {
        Rank::ForeignKey => !is_partitioned,
        rank => rank == Rank::Check,
    };
    let operation = if validates_later {
        let statement = add(new, &format!("{}{NOT_VALID}", new.definition));
        Operation::new(object(new), rank(new), statement).then(validate(new))
    } else {
        Operation::new(object(new), rank(new), add(new, &new.definition))
    };
    operation.asking(refusal(new))
}

fn refusal(new: &Constraint) -> String {
    format!(
        "`{}` of `{}` refuses rows that violate it: {}. Correct or delete such rows first",
        new.name,
        short(sql_name(&new.parent)),
        definition(new)
    )
}

/// Returns `true` if a foreign key of a dropped table is part of a cycle. In that case, no table of
/// the cycle can be dropped first.
fn is_in_cycle(planner: &Planner<'_>, constraint: &Constraint) -> bool {
    let referenced = |object: &str| -> Vec<String> {
        let needed = planner.was.dependencies.of(object);
        let owners = needed.filter_map(super::names::owner_of);
        owners.filter(|owner| owner.starts_with("table ")).map(str::to_owned).collect()
    };
    let constraints = &planner.was.catalog.constraints;
    let keys = |table: &str| -> Vec<String> {
        let keys = constraints.iter().filter(|one| one.parent == table && is_foreign_key(one));
        keys.flat_map(|one| referenced(&object(one))).filter(|other| other != table).collect()
    };
    if !is_foreign_key(constraint) {
        return false;
    }
    let mut reached: Vec<String> =
        referenced(&object(constraint)).into_iter().filter(|other| *other != constraint.parent).collect();
    let mut next = 0;
    while let Some(table) = reached.get(next).cloned() {
        if table == constraint.parent {
            return true;
        }
        let new: Vec<String> = keys(&table).into_iter().filter(|other| !reached.contains(other)).collect();
        reached.extend(new);
        next += 1;
    }
    false
}
