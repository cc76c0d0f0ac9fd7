//! Enums.

use aludel_core::script::postgres::{quoted, text_literal};

use super::names::{schema_of, short};
use super::operation::{Operation, Operations, Rank};
use super::planner::{NewValues, Planner};
use crate::catalog::Enum;
use crate::names::{bare, split};

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (&planner.was.catalog.enums, &planner.is.catalog.enums);
    for new in is {
        let object = format!("enum {}", new.name);
        match was.iter().find(|old| old.name == new.name) {
            None => operations.creates.push(Operation::new(object, Rank::Enum, create(new))),
            Some(old) if old.labels == new.labels => {}
            Some(old) if planner.affected.rebuilt.contains(&object) => rebuild(old, new, operations),
            Some(old) => operations.creates.push(add_values(old, new)),
        }
    }
    for old in was.iter().filter(|old| !is.iter().any(|new| new.name == old.name)) {
        let object = format!("enum {}", old.name);
        operations.late_drops.push(Operation::new(object, Rank::Enum, format!("DROP TYPE {}", old.name)));
    }
}

fn create(new: &Enum) -> String {
    format!("CREATE TYPE {} AS ENUM ({})", new.name, new.labels)
}

/// Returns `true` if the enum must be replaced with a new type, because adding values is not
/// enough.
pub(super) fn is_rebuilt(old: &Enum, new: &Enum, new_values: NewValues) -> bool {
    let (was, is) = (labels(&old.labels), labels(&new.labels));
    let kept: Vec<&String> = is.iter().filter(|label| was.contains(label)).collect();
    was != is && (kept.len() < was.len() || !kept.into_iter().eq(&was) || new_values == NewValues::Rebuilt)
}

/// Adds each new value at its position.
fn add_values(old: &Enum, new: &Enum) -> Operation {
    let (mut was, is) = (labels(&old.labels), labels(&new.labels));
    let mut statements = Vec::new();
    let mut new_values = Vec::new();
    for (place, label) in is.iter().enumerate() {
        if was.get(place) == Some(label) {
            continue;
        }
        let position = match (place.checked_sub(1).and_then(|before| is.get(before)), was.get(place)) {
            (_, None) => String::new(),
            (Some(before), Some(_)) => format!(" AFTER {}", text_literal(before)),
            (None, Some(after)) => format!(" BEFORE {}", text_literal(after)),
        };
        statements.push(format!("ALTER TYPE {} ADD VALUE {}{position}", new.name, text_literal(label)));
        new_values.push(text_literal(label));
        was.insert(place, label.clone());
    }
    let mut operation = Operation::new(format!("enum {}", new.name), Rank::Enum, "");
    operation.statements = statements;
    operation.new_values = new_values;
    operation
}

/// Replaces the type. The columns are converted after the new type is created and before the old
/// type is dropped.
fn rebuild(old: &Enum, new: &Enum, operations: &mut Operations) {
    let object = format!("enum {}", new.name);
    let former = former_name(&old.name);
    let rename = format!("ALTER TYPE {} RENAME TO {}", old.name, split(&former).1);
    let operation = Operation::new(&object, Rank::Enum, rename).then(create(new));
    let is = labels(&new.labels);
    let removed: Vec<String> = labels(&old.labels)
        .iter()
        .filter(|label| !is.contains(label))
        .map(|label| text_literal(label))
        .collect();
    operations.creates.push(if removed.is_empty() {
        operation
    } else {
        operation.asking(format!(
            "`{}` no longer has {}: which values should rows that have them get? Update these rows first",
            short(&new.name),
            removed.join(", ")
        ))
    });
    operations.late_drops.push(Operation::new(object, Rank::Enum, format!("DROP TYPE {former}")));
}

/// Returns the temporary name that the replaced type has until its columns are converted.
fn former_name(name: &str) -> String {
    format!("{}.{}", schema_of(name), quoted(&format!("{}_former", bare(name))))
}

/// Parses labels in the format of the catalog: `'a', 'b'`.
fn labels(text: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut label: Option<String> = None;
    let mut has_escapes = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (&mut label, letter) {
            (None, '\'') => label = Some(String::new()),
            (None, other) => has_escapes = other == 'E',
            (Some(value), '\'') if letters.peek() == Some(&'\'') => {
                letters.next();
                value.push('\'');
            }
            (Some(_), '\'') => labels.extend(label.take()),
            (Some(value), '\\') if has_escapes => value.extend(letters.next()),
            (Some(value), other) => value.push(other),
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::labels;

    #[test]
    fn labels_are_parsed_with_quotes_and_backslashes() {
        assert_eq!(labels(r"'a', 'it''s', E'back\\slash', 'x, y'"), ["a", "it's", r"back\slash", "x, y"]);
    }
}
