//! Row security policies, which are dropped and created again if they differ.

use super::names::sql_name;
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use crate::catalog::Policy;

/// Returns the unique name of a policy in the schema.
pub(super) fn object(policy: &Policy) -> String {
    format!("{}: policy {}", policy.parent, policy.name)
}

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (&planner.was.catalog.policies, &planner.is.catalog.policies);
    let handled = |policy: &&Policy| planner.is_handled(&policy.parent);
    for new in is.iter().filter(handled) {
        let exists = was.iter().any(|old| old.parent == new.parent && old.name == new.name);
        if !exists || planner.is_gone(&object(new)) {
            operations.creates.push(Operation::new(object(new), Rank::Policy, definition(new)));
        }
    }
    for old in was.iter().filter(handled) {
        if planner.affected.gone.contains(&object(old)) && !planner.goes_with_owner(&old.parent) {
            let drop = format!("DROP POLICY {} ON {}", old.name, sql_name(&old.parent));
            operations.drops.push(Operation::new(object(old), Rank::Policy, drop));
        }
    }
}

/// Returns the statement that creates a policy.
pub(super) fn definition(policy: &Policy) -> String {
    let Policy { parent, name, command, permissive, roles, using, check, .. } = policy;
    let command = match command.as_str() {
        "r" => "SELECT",
        "a" => "INSERT",
        "w" => "UPDATE",
        "d" => "DELETE",
        _ => "ALL",
    };
    let kind = if *permissive { "" } else { " AS RESTRICTIVE" };
    let using = using.as_ref().map(|condition| format!(" USING ({condition})")).unwrap_or_default();
    let check = check.as_ref().map(|condition| format!(" WITH CHECK ({condition})")).unwrap_or_default();
    format!("CREATE POLICY {name} ON {}{kind} FOR {command} TO {roles}{using}{check}", sql_name(parent))
}
