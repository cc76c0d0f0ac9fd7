//! What becomes of rows that refer to rows which are left out.

use aludel_core::schema::{Definition, Event, ForeignKey, Kind, Name, Schema, Table, identifier};

use crate::autogenerate::step::Step;

/// Takes references back that lead nowhere once rows of a table were left out: NULL, where the column takes it. Where it does not, the proof
/// finds them.
pub(in crate::autogenerate) fn let_go(step: &mut Step, parent: &str, [before, after]: [&Schema; 2]) {
    for (child, table) in after.tables() {
        for key in table.foreign_keys.iter().filter(|key| key.parent.is(parent)) {
            let was_there = before.table(child).is_some_and(|was| was.foreign_keys.contains(key));
            let nullable = key.columns.iter().find(|column| may_be_null(table, column));
            let (Some(column), Some(of)) = (nullable, after.table(parent)) else { continue };
            if !was_there || fires_on_update(child, [before, after]) {
                continue;
            }
            let set = identifier(column.as_str());
            step.statements.push(format!(
                "UPDATE {} SET {set} = NULL\nWHERE {};",
                identifier(child),
                leads_nowhere(key, child, of)
            ));
            step.reviews.push(format!(
                "`{child}.{column}` gets NULL if it referred to a row of `{parent}` that is left out: is that right for your data?"
            ));
        }
    }
}

fn may_be_null(table: &Table, column: &Name) -> bool {
    !table.is_in_primary_key(column.as_str())
        && table.column(column.as_str()).is_some_and(|column| column.not_null.is_none())
}

fn leads_nowhere(key: &ForeignKey, child: &str, parent: &Table) -> String {
    let alias = if child.eq_ignore_ascii_case("parent") { "other" } else { "parent" };
    let own = |column: &Name| format!("{}.{}", identifier(child), identifier(column.as_str()));
    let filled = key.columns.iter().map(|column| format!("{} IS NOT NULL", identifier(column.as_str())));
    let pairs = key.columns.iter().zip(key.parent_key(parent));
    let same = pairs.map(|(column, of)| format!("{alias}.{} = {}", identifier(of.as_str()), own(column)));
    let (filled, same): (Vec<String>, Vec<String>) = (filled.collect(), same.collect());
    format!(
        "{} AND NOT EXISTS (SELECT 1 FROM {} AS {alias} WHERE {})",
        filled.join(" AND "),
        identifier(key.parent.as_str()),
        same.join(" AND ")
    )
}

/// Whether a change of rows fires a trigger.
pub(in crate::autogenerate) fn fires_on_update(table: &str, schemas: [&Schema; 2]) -> bool {
    schemas.iter().any(|schema| {
        let mut triggers = schema.of_kind(Kind::Trigger).filter(|trigger| trigger.table().is(table));
        triggers.any(|trigger| match trigger.definition() {
            Definition::Trigger(trigger) => matches!(trigger.event, Event::Update(_)),
            _ => true,
        })
    })
}
