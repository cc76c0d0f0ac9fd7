//! Functions and procedures.

use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use crate::catalog::{Catalog, Function};

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (&planner.was.catalog.functions, &planner.is.catalog.functions);
    let object = |function: &Function| format!("function {}", function.name);
    for new in is {
        let old = was.iter().find(|old| old.name == new.name).filter(|_| !planner.is_gone(&object(new)));
        if old.is_none_or(|old| old.definition != new.definition) {
            let definition = new.definition.trim_end();
            let definition = match old {
                None => definition.replacen("CREATE OR REPLACE ", "CREATE ", 1),
                Some(_) => definition.to_owned(),
            };
            operations.creates.push(Operation::new(object(new), Rank::Function, definition));
        }
    }
    for old in was {
        let kind =
            if old.definition.starts_with("CREATE OR REPLACE PROCEDURE") { "PROCEDURE" } else { "FUNCTION" };
        let drop = Operation::new(object(old), Rank::Function, format!("DROP {kind} {}", old.name));
        if planner.is_gone(&object(old)) {
            operations.drops.push(drop);
        } else if !is.iter().any(|new| new.name == old.name) {
            operations.late_drops.push(drop);
        }
    }
}

/// Returns the functions that must be dropped before they are created again, because their
/// arguments or results differ.
pub(super) fn recreated(was: &Catalog, is: &Catalog) -> Vec<String> {
    let bare = |function: &Function| function.name.split('(').next().unwrap_or_default().to_owned();
    let is_recreated = |old: &&Function| match is.functions.iter().find(|new| new.name == old.name) {
        Some(new) => signature(old) != signature(new),
        None => is.functions.iter().any(|new| bare(new) == bare(old)),
    };
    was.functions.iter().filter(is_recreated).map(|old| format!("function {}", old.name)).collect()
}

/// Returns the part of the definition before the language: the kind, the arguments and the result.
fn signature(function: &Function) -> &str {
    function.definition.split("\n LANGUAGE ").next().unwrap_or_default()
}
