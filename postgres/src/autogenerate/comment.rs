//! Comments on the objects for which statements are generated.

use std::collections::BTreeMap;

use aludel_core::script::postgres::text_literal;

use super::names::{schema_of, sql_name};
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::state::State;

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let was = comments(planner.was);
    for (object, (target, new)) in comments(planner.is) {
        let old = was.get(&object).filter(|_| !planner.is_gone(&object)).and_then(|(_, text)| text.clone());
        let owner = super::names::owner_of(&object).unwrap_or(&object);
        if old != new && planner.is_handled(owner) {
            let text = new.map_or_else(|| "NULL".to_owned(), |text| text_literal(&text));
            let statement = format!("COMMENT ON {target} IS {text}");
            operations.creates.push(Operation::new(object, Rank::Comment, statement));
        }
    }
}

/// Returns the SQL name and the comment of each object.
fn comments(state: &State) -> BTreeMap<String, (String, Option<String>)> {
    let catalog = &state.catalog;
    let mut comments = BTreeMap::new();
    let mut add = |object: String, target: String, text: &'_ Option<String>| -> () {
        drop(comments.insert(object, (target, text.clone())));
    };
    for one in &catalog.enums {
        add(format!("enum {}", one.name), format!("TYPE {}", one.name), &one.comment);
    }
    for one in &catalog.schemas {
        add(format!("schema {}", one.name), format!("SCHEMA {}", one.name), &one.comment);
    }
    for one in &catalog.domains {
        add(format!("domain {}", one.name), format!("DOMAIN {}", one.name), &one.comment);
    }
    for one in &catalog.domain_constraints {
        let target = format!("CONSTRAINT {} ON {}", one.name, one.parent.replacen("domain", "DOMAIN", 1));
        add(super::constraint::object(&one.parent, &one.name), target, &one.comment);
    }
    for one in &catalog.sequences {
        add(format!("sequence {}", one.name), format!("SEQUENCE {}", one.name), &one.comment);
    }
    for one in &catalog.triggers {
        let target = format!("TRIGGER {} ON {}", one.name, sql_name(&one.parent));
        add(format!("{}: trigger {}", one.parent, one.name), target, &one.comment);
    }
    for one in &catalog.policies {
        let target = format!("POLICY {} ON {}", one.name, sql_name(&one.parent));
        add(super::policy::object(one), target, &one.comment);
    }
    for one in &catalog.tables {
        add(format!("table {}", one.name), format!("TABLE {}", one.name), &one.comment);
    }
    for one in &catalog.views {
        add(format!("view {}", one.name), format!("VIEW {}", one.name), &one.comment);
    }
    for one in &catalog.materialized_views {
        let target = format!("MATERIALIZED VIEW {}", one.name);
        add(format!("materialized view {}", one.name), target, &one.comment);
    }
    for one in &catalog.columns {
        let target = format!("COLUMN {}.{}", sql_name(&one.parent), one.name);
        add(format!("{}: column {}", one.parent, one.name), target, &one.comment);
    }
    for one in &catalog.constraints {
        let target = format!("CONSTRAINT {} ON {}", one.name, sql_name(&one.parent));
        add(super::constraint::object(&one.parent, &one.name), target, &one.comment);
    }
    for one in &catalog.indexes {
        let target = format!("INDEX {}.{}", schema_of(sql_name(&one.parent)), one.name);
        add(format!("{}: index {}", one.parent, one.name), target, &one.comment);
    }
    for one in &catalog.functions {
        let is_procedure = one.definition.starts_with("CREATE OR REPLACE PROCEDURE");
        let kind = if is_procedure { "PROCEDURE" } else { "FUNCTION" };
        add(format!("function {}", one.name), format!("{kind} {}", one.name), &one.comment);
    }
    comments
}
