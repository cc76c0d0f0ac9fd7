//! Sequences, except those of identity columns.

use aludel_core::script::postgres::text_literal;

use super::names::{owning_column, short};
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::state::State;
use crate::catalog::Sequence;

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (own(planner.was), own(planner.is));
    for new in &is {
        let object = format!("sequence {}", new.name);
        let old = was.iter().find(|old| old.name == new.name);
        let old = old.filter(|old| !planner.is_gone(&object) && !goes_with_column(planner, old));
        let is_owned_before = match old {
            None => {
                let statement = format!("CREATE {}SEQUENCE {}{}", unlogged(new), new.name, options(new));
                operations.creates.push(Operation::new(&object, Rank::Sequence, statement));
                None
            }
            Some(old) => {
                if options(old) != options(new) {
                    let statement = format!("ALTER SEQUENCE {}{}", new.name, all_options(new));
                    operations.creates.push(Operation::new(&object, Rank::Sequence, statement));
                }
                old.owned_by.as_ref()
            }
        };
        if new.owned_by.as_ref() != is_owned_before {
            let owner = new.owned_by.as_deref().unwrap_or("NONE");
            let statement = format!("ALTER SEQUENCE {} OWNED BY {owner}", new.name);
            let operation = Operation::new(format!("{object}: owner"), Rank::SequenceOwner, statement);
            let column = new.owned_by.as_deref().map(owning_column);
            let needs = column.map(|(table, column)| format!("{table}: column {column}"));
            operations.creates.push(Operation { needs, ..operation });
        }
    }
    for old in was.iter().filter(|old| !goes_with_column(planner, old)) {
        let object = format!("sequence {}", old.name);
        let operation = Operation::new(&object, Rank::Sequence, format!("DROP SEQUENCE {}", old.name));
        if planner.is_gone(&object) {
            operations.drops.push(operation);
        } else if !is.iter().any(|new| new.name == old.name) {
            operations.late_drops.push(operation);
        }
    }
}

/// Returns the sequences that do not belong to identity columns.
fn own(state: &State) -> Vec<&Sequence> {
    let identities = state.identity_sequences();
    let is_identity = |sequence: &Sequence| identities.values().any(|name| *name == sequence.name);
    state.catalog.sequences.iter().filter(|sequence| !is_identity(sequence)).collect()
}

/// Returns `true` if a sequence is dropped with the column that owns it.
fn goes_with_column(planner: &Planner<'_>, sequence: &Sequence) -> bool {
    sequence.owned_by.as_deref().is_some_and(|owned_by| {
        let (table, column) = owning_column(owned_by);
        planner.is_gone(&format!("{table}: column {column}")) || planner.is.column(&table, column).is_none()
    })
}

fn unlogged(sequence: &Sequence) -> &'static str {
    if sequence.unlogged { "UNLOGGED " } else { "" }
}

/// Returns the options that differ from the default.
pub(super) fn options(sequence: &Sequence) -> String {
    let maximum = match sequence.data_type.as_str() {
        "smallint" => "32767",
        "integer" => "2147483647",
        _ => "9223372036854775807",
    };
    let mut options = String::new();
    let mut add = |is_default: bool, option: String| {
        if !is_default {
            options.push(' ');
            options.push_str(&option);
        }
    };
    add(sequence.data_type == "bigint", format!("AS {}", sequence.data_type));
    add(sequence.increment == "1", format!("INCREMENT BY {}", sequence.increment));
    add(sequence.minimum == "1", format!("MINVALUE {}", sequence.minimum));
    add(sequence.maximum == maximum, format!("MAXVALUE {}", sequence.maximum));
    add(sequence.start == "1", format!("START WITH {}", sequence.start));
    add(sequence.cache == "1", format!("CACHE {}", sequence.cache));
    add(!sequence.cycle, "CYCLE".to_owned());
    options
}

/// Returns all options, for a sequence whose current options are unknown.
fn all_options(sequence: &Sequence) -> String {
    let Sequence { data_type, increment, minimum, maximum, start, cache, cycle, .. } = sequence;
    let cycle = if *cycle { "CYCLE" } else { "NO CYCLE" };
    format!(
        " AS {data_type} INCREMENT BY {increment} MINVALUE {minimum} MAXVALUE {maximum} START WITH {start} CACHE {cache} {cycle}"
    )
}

/// Returns the identity clause of a column.
pub(super) fn identity(state: &State, object: &str, kind: &str) -> String {
    let kind = kind.to_uppercase();
    let names = state.identity_sequences();
    let name = names.get(object);
    let sequence = state.catalog.sequences.iter().find(|sequence| Some(&sequence.name) == name);
    let mut clauses = String::new();
    if let (Some(sequence), Some((table, column))) = (sequence, object.split_once(": column ")) {
        if sequence.name != format!("{}_{column}_seq", super::names::sql_name(table)) {
            clauses = format!(" SEQUENCE NAME {}", sequence.name);
        }
        let options = options(sequence);
        clauses.push_str(options.strip_prefix(&format!(" AS {}", sequence.data_type)).unwrap_or(&options));
    }
    let clauses = if clauses.is_empty() { clauses } else { format!(" ({})", clauses.trim_start()) };
    format!("GENERATED {kind} AS IDENTITY{clauses}")
}

/// Returns the review question about a counter that restarts.
pub(super) fn counter_review(sequence: &str) -> String {
    format!(
        "the counter `{}` starts over: set it above the values of the rows, with `setval({}, …)`",
        short(sequence),
        text_literal(sequence)
    )
}
