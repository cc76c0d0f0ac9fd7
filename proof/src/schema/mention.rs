//! Which texts name something, and the order that follows from it.

use std::collections::BTreeSet;

use aludel_core::schema::{Kind, Name, Object, Schema};
use aludel_core::script::sqlite::{Kind as Lexical, lex, unquoted};

/// Whether a text of SQL names one of these. What is named in it for another reason counts as well.
pub(crate) fn mentions(sql: &str, names: &BTreeSet<Name>) -> bool {
    lex(sql).into_iter().any(|lexeme| {
        let Lexical::Token(_) = lexeme.kind else { return false };
        sql.get(lexeme.span).is_some_and(|word| names.contains(&Name::new(unquoted(word))))
    })
}

/// The views and triggers that name one of these tables, or a view that does.
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

/// Objects, each after those that it names where no circle is in the way.
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
