//! Reads the keys, constraints and indexes of a table, and the parents of foreign keys.

use super::attributes::{Entries, Entry, Value, report, similar};
use super::fault::{Fault, NamingFault, ValueFault, WordFault};
use super::parse::{Model, Named, Part};
use super::value::{Action, Check, ForeignKey, Index, PrimaryKey, References, Unique};
use super::{reference, sql, words};

/// Reads the constraints and indexes of a table.
pub(super) fn read(entries: &Entries, named: &[Named], model: &mut Model, faults: &mut Vec<Fault>) {
    if let Some(entry) = entries.entry("primary_key") {
        let inside = Entries::in_list(entry, words::PRIMARY_KEY, faults);
        if let Some(columns) = some_columns(entry, &inside, named, faults) {
            if model.table.columns.iter().any(|column| column.primary_key) {
                report(faults, &entry.tokens, NamingFault::KeyTwice);
            } else {
                model.table.primary_key = Some(PrimaryKey { name: inside.text("name"), columns });
            }
        }
        model.marks.insert(Part::PrimaryKey, entry.tokens.clone());
    }
    for entry in entries.all("unique") {
        let inside = Entries::in_list(entry, words::UNIQUE_FIELDS, faults);
        if let Some(columns) = some_columns(entry, &inside, named, faults) {
            model.marks.insert(Part::Unique(model.table.unique.len()), entry.tokens.clone());
            model.table.unique.push(Unique { name: inside.text("name"), columns });
        }
    }
    for entry in entries.all("check") {
        read_check(entry, model, faults);
    }
    for entry in entries.all("foreign_key") {
        read_foreign_key(entry, named, model, faults);
    }
    for entry in entries.all("index") {
        read_index(entry, named, model, faults);
    }
}

fn read_check(entry: &Entry, model: &mut Model, faults: &mut Vec<Fault>) {
    let reported = faults.len();
    let inside = Entries::in_list(entry, words::CHECK, faults);
    let [expression] = inside.bare.as_slice() else {
        if faults.len() == reported {
            report(faults, &entry.tokens, WordFault::WithoutValue { example: "check(\"width > 0\")" });
        }
        return;
    };
    if !super::types::is_expression(&expression.head) {
        report(faults, &expression.tokens, ValueFault::NotSql { word: "check".to_owned() });
        return;
    }
    model.marks.insert(Part::Check(model.table.checks.len()), entry.tokens.clone());
    model.table.checks.push(Check { name: inside.text("name"), expression: expression.head.clone() });
}

fn read_foreign_key(entry: &Entry, named: &[Named], model: &mut Model, faults: &mut Vec<Fault>) {
    let inside = Entries::in_list(entry, words::FOREIGN_KEY, faults);
    let columns = inside.entry("columns").and_then(|list| {
        let fields = Entries::in_list(list, words::FIELDS, faults);
        some_columns(list, &fields, named, faults)
    });
    let references = references(&inside, faults);
    for (word, example) in [("columns", "columns(…)"), ("references", "references = \"libraries(id)\"")] {
        if !inside.has(word) {
            report(faults, &entry.tokens, WordFault::WithoutValue { example });
        }
    }
    if let (Some(columns), Some(references)) = (columns, references) {
        model.marks.insert(Part::ForeignKey(model.table.foreign_keys.len()), entry.tokens.clone());
        model.table.foreign_keys.push(ForeignKey { name: inside.text("name"), columns, references });
    }
}

fn read_index(entry: &Entry, named: &[Named], model: &mut Model, faults: &mut Vec<Fault>) {
    let inside = Entries::in_list(entry, words::INDEX, faults);
    let Some(list) = inside.entry("columns") else {
        report(faults, &entry.tokens, WordFault::WithoutValue { example: "index(columns(…))" });
        return;
    };
    let pieces = Entries::in_list(list, words::INDEXED, faults).bare;
    let before = faults.len();
    let mut columns = Vec::new();
    let mut parts_of_name = Vec::new();
    for piece in &pieces {
        if piece.is_sql {
            if !super::types::is_expression(&piece.head) {
                report(faults, &piece.tokens, ValueFault::NotSql { word: "columns".to_owned() });
            }
            columns.push(piece.head.clone());
            parts_of_name.push(reference::column(&piece.head));
        } else if let Some(column) = column_of(piece, named, faults) {
            columns.push(sql::name(&column));
            parts_of_name.push(Some(column));
        }
    }
    let made = parts_of_name.into_iter().collect::<Option<Vec<_>>>();
    let made = made.map(|names| format!("ix_{}_{}", model.table.name, names.join("_")));
    match inside.text("name").or(made) {
        _ if faults.len() > before => {}
        _ if columns.is_empty() => {
            report(faults, &list.tokens, WordFault::WithoutValue { example: "columns(…)" });
        }
        None => report(faults, &entry.tokens, NamingFault::IndexWithoutName),
        Some(name) => {
            model.marks.insert(Part::Index(model.table.indexes.len()), entry.tokens.clone());
            let (condition, unique) = (inside.text("where"), inside.has("unique"));
            model.table.indexes.push(Index { name, columns, condition, unique });
        }
    }
}

/// Returns the parent that `references` names, and the actions.
pub(super) fn references(entries: &Entries, faults: &mut Vec<Fault>) -> Option<References> {
    let on_delete = action(entries, "on_delete", faults);
    let on_update = action(entries, "on_update", faults);
    let text = entries.text("references")?;
    let Some((table, columns)) = reference::parent(&text) else {
        let tokens = entries.entry("references").map(|entry| entry.tokens.clone()).unwrap_or_default();
        report(faults, &tokens, ValueFault::NotReferences { text });
        return None;
    };
    Some(References { table, columns, on_delete, on_update, deferrable: entries.has("deferrable") })
}

fn action(entries: &Entries, word: &str, faults: &mut Vec<Fault>) -> Option<Action> {
    let found = entries.text(word)?;
    let words = found.split_whitespace().collect::<Vec<_>>().join(" ");
    let action = Action::ALL.into_iter().find(|action| action.word().eq_ignore_ascii_case(&words));
    if let (None, Some(entry)) = (action, entries.entry(word)) {
        let similar = similar(&words, &Action::ALL.iter().map(|action| action.word()));
        report(faults, &entry.tokens, ValueFault::UnknownAction { found, similar });
    }
    action
}

/// Rule: a list names at least one field, each once, and each a column.
fn some_columns(
    entry: &Entry,
    inside: &Entries,
    named: &[Named],
    faults: &mut Vec<Fault>,
) -> Option<Vec<String>> {
    if let Value::List(tokens) = &entry.value
        && tokens.is_empty()
    {
        report(faults, &entry.tokens, WordFault::WithoutValue { example: "the names of fields" });
        return None;
    }
    let mut columns: Vec<String> = Vec::new();
    for field in &inside.bare {
        match column_of(field, named, faults) {
            Some(column) if columns.contains(&column) => {
                report(faults, &field.tokens, NamingFault::FieldTwice { name: field.head.clone() });
            }
            Some(column) => columns.push(column),
            None => {}
        }
    }
    (!columns.is_empty()).then_some(columns)
}

/// Returns the column of a field.
fn column_of(field: &Entry, named: &[Named], faults: &mut Vec<Fault>) -> Option<String> {
    if let Some(named) = named.iter().find(|named| named.field == field.head) {
        return Some(named.column.clone());
    }
    let known = named.iter().map(|named| named.field.as_str());
    let same_column = named.iter().find(|named| named.column == field.head);
    let similar = same_column
        .map(|named| named.field.as_str())
        .or_else(|| similar(&field.head, &known))
        .map(str::to_owned);
    let known = known.map(str::to_owned).collect();
    report(faults, &field.tokens, NamingFault::UnknownField { name: field.head.clone(), similar, known });
    None
}
