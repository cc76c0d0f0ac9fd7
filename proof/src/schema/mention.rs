//! Finds names in SQL text, and sorts objects by their dependencies.

use std::collections::BTreeSet;

use aludel_core::schema::{Kind, Name, Object, Schema};
use aludel_core::script::sqlite::tokens;

/// Returns `true` if SQL text contains one of these names, in any role.
pub(crate) fn mentions(sql: &str, names: &BTreeSet<Name>) -> bool {
    tokens(sql).iter().any(|token| names.contains(&Name::new(token.name())))
}

/// Returns the views and triggers that use one of the tables, directly or through a view.
pub(crate) fn dependents<'s>(schema: &'s Schema, tables: &BTreeSet<Name>) -> Vec<&'s Object> {
    let mut names = tables.clone();
    let mut found: Vec<&Object> = Vec::new();
    if names.is_empty() {
        return found;
    }
    loop {
        let views = schema.of_kind(Kind::View).map(AsRef::as_ref);
        let more: Vec<&Object> = views
            .filter(|view: &&Object| !names.contains(&Name::new(view.name())) && mentions(view.sql(), &names))
            .collect();
        if more.is_empty() {
            break;
        }
        names.extend(more.iter().map(|view| Name::new(view.name())));
        found.extend(more);
    }
    let triggers = schema.of_kind(Kind::Trigger).map(AsRef::as_ref);
    found.extend(triggers.filter(|trigger: &&Object| mentions(trigger.sql(), &names)));
    found
}

/// Sorts objects so that each follows those that it mentions. A cycle is broken at its first
/// object.
pub(crate) fn in_order<T>(objects: Vec<(&Object, T)>) -> Vec<(&Object, T)> {
    let mut rest = objects;
    let mut ordered = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let names: Vec<Name> = rest.iter().map(|(object, _)| Name::new(object.name())).collect();
        let is_free = |place: usize, object: &Object| {
            let others = names.iter().enumerate().filter(|(other, _)| *other != place);
            !mentions(object.sql(), &others.map(|(_, name)| name.clone()).collect())
        };
        let free = rest.iter().enumerate().position(|(place, (object, _))| is_free(place, object));
        ordered.push(rest.remove(free.unwrap_or(0)));
    }
    ordered
}
