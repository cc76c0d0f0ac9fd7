//! Reads a table's keys, constraints and indexes, and the parents of its foreign keys.

use aludel_core::schema::{
    Action, Check, ForeignKey, Ignored, Index, Indexed, KeyColumn, Name, PrimaryKey, Unique,
};

use super::attributes::{Entries, Entry, Value, report, similar};
use super::fault::{Fault, NamingFault, ValueFault, WordFault};
use super::parse::{Model, Named, Part};
use super::{reference, words};

/// Reads the constraints and indexes of a table.
pub(super) fn read(entries: &Entries, named: &[Named], model: &mut Model, faults: &mut Vec<Fault>) {
    if let Some(entry) = entries.entry("primary_key") {
        let inside = Entries::in_list(entry, words::PRIMARY_KEY, faults);
        if let Some(columns) = some_columns(entry, &inside, named, faults) {
            if model.table.definition.primary_key.is_some() {
                report(faults, &entry.tokens, NamingFault::KeyTwice);
            } else {
                let columns = columns.iter().map(key_column).collect();
                let key = PrimaryKey { name: inside.text("name"), columns, ..PrimaryKey::default() };
                model.table.definition.primary_key = Some(key);
            }
        }
        model.marks.insert(Part::PrimaryKey, entry.tokens.clone());
    }
    for entry in entries.all("unique") {
        let inside = Entries::in_list(entry, words::UNIQUE_FIELDS, faults);
        if let Some(columns) = some_columns(entry, &inside, named, faults) {
            add_unique(model, entry, inside.text("name"), &columns);
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
    add_check(model, entry, inside.text("name"), expression.head.clone(), None);
}

fn read_foreign_key(entry: &Entry, named: &[Named], model: &mut Model, faults: &mut Vec<Fault>) {
    let inside = Entries::in_list(entry, words::FOREIGN_KEY, faults);
    let columns = inside.entry("columns").and_then(|list| {
        let fields = Entries::in_list(list, words::FIELDS, faults);
        some_columns(list, &fields, named, faults)
    });
    let key = foreign_key(&inside, faults);
    for (word, example) in [("columns", "columns(…)"), ("references", "references = \"libraries(id)\"")] {
        if !inside.has(word) {
            report(faults, &entry.tokens, WordFault::WithoutValue { example });
        }
    }
    if let (Some(columns), Some(key)) = (columns, key) {
        let columns = columns.iter().map(Name::new).collect();
        add_foreign_key(model, entry, ForeignKey { name: inside.text("name"), columns, ..key });
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
    let mut terms = Vec::new();
    for piece in &pieces {
        if piece.is_sql {
            if !super::types::is_expression(&piece.head) {
                report(faults, &piece.tokens, ValueFault::NotSql { word: "columns".to_owned() });
            }
            terms.push(reference::term(&piece.head));
        } else if let Some(column) = column_of(piece, named, faults) {
            terms.push(reference::of_column(&column));
        }
    }
    let columns = terms.iter().map(|term| match &term.what {
        Indexed::Column(column) => Some(column.as_str()),
        Indexed::Expression(_) => None,
    });
    let made = columns.collect::<Option<Vec<_>>>();
    let made = made.map(|names| format!("ix_{}_{}", model.table.name, names.join("_")));
    match inside.text("name").or(made) {
        _ if faults.len() > before => {}
        _ if terms.is_empty() => {
            report(faults, &list.tokens, WordFault::WithoutValue { example: "columns(…)" });
        }
        None => report(faults, &entry.tokens, NamingFault::IndexWithoutName),
        Some(name) => {
            model.marks.insert(Part::Index(model.table.indexes.len()), entry.tokens.clone());
            let (table, unique) = (Name::new(model.table.name.as_str()), inside.has("unique"));
            let filter = inside.text("where").map(reference::expression);
            model.table.indexes.push((name, Index { table, unique, terms, filter }));
        }
    }
}

/// Reads the constraints that a field declares for its column.
pub(super) fn of_column(entries: &Entries, column: &str, model: &mut Model, faults: &mut Vec<Fault>) {
    if entries.has("primary_key") {
        let key = model.table.definition.primary_key.get_or_insert_default();
        key.columns.push(key_column(column));
        key.autoincrement |= entries.has("autoincrement");
    }
    if let Some(entry) = entries.entry("unique").filter(|_| !entries.has("index")) {
        add_unique(model, entry, None, &[column.to_owned()]);
    }
    if let (Some(entry), Some(text)) = (entries.entry("check"), entries.text("check")) {
        add_check(model, entry, None, text, Some(Name::new(column)));
    }
    if let (Some(entry), Some(key)) = (entries.entry("references"), foreign_key(entries, faults)) {
        add_foreign_key(model, entry, ForeignKey { columns: vec![Name::new(column)], ..key });
    }
}

fn key_column(column: impl AsRef<str>) -> KeyColumn {
    KeyColumn { column: Name::new(column.as_ref()), collation: None, descending: false }
}

fn add_unique(model: &mut Model, entry: &Entry, name: Option<String>, columns: &[String]) {
    let unique = &mut model.table.definition.unique;
    model.marks.insert(Part::Unique(unique.len()), entry.tokens.clone());
    let columns = columns.iter().map(key_column).collect();
    unique.push(Unique { name, columns, ..Unique::default() });
}

fn add_check(model: &mut Model, entry: &Entry, name: Option<String>, text: String, beside: Option<Name>) {
    let checks = &mut model.table.definition.checks;
    model.marks.insert(Part::Check(checks.len()), entry.tokens.clone());
    checks.push(Check { name, expression: reference::expression(text), beside: Ignored(beside) });
}

fn add_foreign_key(model: &mut Model, entry: &Entry, key: ForeignKey) {
    let keys = &mut model.table.definition.foreign_keys;
    model.marks.insert(Part::ForeignKey(keys.len()), entry.tokens.clone());
    keys.push(key);
}

/// Returns a foreign key without its columns: the parent from `references`, and the actions.
/// Returns `None` if the parent is missing or invalid.
fn foreign_key(entries: &Entries, faults: &mut Vec<Fault>) -> Option<ForeignKey> {
    let on_delete = action(entries, "on_delete", faults);
    let on_update = action(entries, "on_update", faults);
    let text = entries.text("references")?;
    let Some((table, columns)) = reference::parent(&text) else {
        let tokens = entries.entry("references").map(|entry| entry.tokens.clone()).unwrap_or_default();
        report(faults, &tokens, ValueFault::NotReferences { text });
        return None;
    };
    Some(ForeignKey {
        name: None,
        columns: Vec::new(),
        parent: Name::new(table),
        parent_columns: columns.into_iter().map(Name::new).collect(),
        on_delete,
        on_update,
        deferred: entries.has("deferrable"),
    })
}

/// Returns an action, or SQLite's default if none is specified.
fn action(entries: &Entries, word: &str, faults: &mut Vec<Fault>) -> Action {
    let Some(found) = entries.text(word) else { return Action::default() };
    let words = found.split_whitespace().collect::<Vec<_>>().join(" ");
    let action = Action::ALL.into_iter().find(|action| action.words().eq_ignore_ascii_case(&words));
    if let (None, Some(entry)) = (action, entries.entry(word)) {
        let similar = similar(&words, &Action::ALL.iter().map(|action| action.words()));
        report(faults, &entry.tokens, ValueFault::UnknownAction { found, similar });
    }
    action.unwrap_or_default()
}

/// Returns the columns in a list, which must contain at least one field. Each field must be a
/// column and appear once. Returns `None` if no column is valid.
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

/// Returns the column of a field, or `None` if there is none, which is reported.
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
