//! Triggers of tables and views.

use super::names::sql_name;
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use crate::catalog::Trigger;

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (&planner.was.catalog.triggers, &planner.is.catalog.triggers);
    let object = |trigger: &Trigger| format!("{}: trigger {}", trigger.parent, trigger.name);
    let handled = |trigger: &&Trigger| planner.is_handled(&trigger.parent);
    for new in is.iter().filter(handled) {
        let exists = was.iter().any(|old| old.parent == new.parent && old.name == new.name);
        if !exists || planner.is_gone(&object(new)) {
            operations.creates.push(Operation::new(object(new), Rank::Trigger, &new.definition));
        }
    }
    for old in was.iter().filter(handled) {
        if planner.affected.gone.contains(&object(old)) && !planner.goes_with_owner(&old.parent) {
            let drop = format!("DROP TRIGGER {} ON {}", old.name, sql_name(&old.parent));
            operations.drops.push(Operation::new(object(old), Rank::Trigger, drop));
        }
    }
}
