//! Reads a field as a column.

use aludel_core::schema::{Column, Generated, Index, Name, NotNull};
use proc_macro2::Ident;
use quote::ToTokens as _;

use super::attributes::{Entries, Entry, plain, report};
use super::fault::{Fault, ValueFault, WordFault};
use super::parse::{Field, Model, Named, Part};
use super::types::{self, Seen};
use super::{constraint, reference, words};

/// Reads a field. Returns the names of the field and its column, or `None` if the field is not a
/// column.
pub(super) fn read(
    ident: &Ident,
    field: &syn::Field,
    model: &mut Model,
    faults: &mut Vec<Fault>,
) -> Option<Named> {
    let entries = Entries::of(&field.attrs, words::COLUMN, faults);
    let place = model.table.definition.columns.len();
    let is_column = !entries.has("skip");
    model.fields.push(Field {
        ident: ident.clone(),
        visibility: field.vis.to_token_stream(),
        field_type: field.ty.to_token_stream(),
        column: is_column.then_some(place),
    });
    check_words(&entries, faults);
    if !is_column {
        return None;
    }
    let named = Named { field: plain(ident), column: entries.text("name").unwrap_or_else(|| plain(ident)) };
    let seen = types::see(&field.ty);
    let column = Column {
        name: named.column.clone(),
        declared_type: declared_type(&entries, &seen, field, model.table.definition.strict, faults),
        not_null: (entries.has("not_null") || (!seen.nullable && !entries.has("nullable")))
            .then(NotNull::default),
        default: entries.text("default").map(reference::expression),
        collation: entries.text("collate").map(Name::new),
        generated: entries
            .text("generated")
            .map(|text| Generated { expression: reference::expression(text), stored: entries.has("stored") }),
    };
    model.table.renamed_columns.extend(entries.text("renamed_from").map(|before| (place, before)));
    model.table.definition.columns.push(column);
    model.not_null.extend(entries.has("not_null").then(|| named.column.clone()));
    mark(model, place, ident, field, &entries);
    constraint::of_column(&entries, &named.column, model, faults);
    if let Some(entry) = entries.entry("index") {
        index(model, &named.column, entry, entries.has("unique"));
    }
    Some(named)
}

/// Checks that each argument appears together with the arguments that it needs, and without any
/// that contradict it.
fn check_words(entries: &Entries, faults: &mut Vec<Fault>) {
    let mut both = |word: &'static str, other: &'static str| {
        if let (Some(entry), true) = (entries.entry(word), entries.has(other)) {
            report(faults, &entry.tokens, WordFault::Excludes { word, other });
        }
    };
    if entries.has("skip") {
        for word in words::COLUMN.words.iter().filter(|word| word.name != "skip") {
            both(word.name, "skip");
        }
        return;
    }
    both("nullable", "not_null");
    both("default", "generated");
    for (word, needs) in [
        ("autoincrement", "primary_key"),
        ("stored", "generated"),
        ("on_delete", "references"),
        ("on_update", "references"),
        ("deferrable", "references"),
    ] {
        if let (Some(entry), false) = (entries.entry(word), entries.has(needs)) {
            report(faults, &entry.tokens, WordFault::Needs { word, needs });
        }
    }
}

/// Returns the type of a column, from its field or from `sql_type`. Reports a field that borrows.
/// Returns `None` if there is no type.
fn declared_type(
    entries: &Entries,
    seen: &Seen,
    field: &syn::Field,
    strict: bool,
    faults: &mut Vec<Fault>,
) -> Option<Name> {
    if seen.borrowed {
        report(faults, &field.ty, ValueFault::BorrowedType { found: types::shown(&field.ty) });
    }
    match (entries.text("sql_type"), seen.known) {
        (Some(text), _) => {
            if let (Some(entry), false) = (entries.entry("sql_type"), types::is_type(&text)) {
                report(faults, &entry.tokens, ValueFault::NotAType { text: text.clone() });
            }
            Some(types::normalised(&text))
        }
        (None, Some(known)) => Some(Name::new(known.declared(strict))),
        (None, None) => {
            if !seen.borrowed && !entries.has("sql_type") {
                report(faults, &field.ty, ValueFault::UnknownType { found: types::shown(&field.ty) });
            }
            None
        }
    }
}

fn mark(model: &mut Model, place: usize, ident: &Ident, field: &syn::Field, entries: &Entries) {
    model.marks.insert(Part::Column(place), ident.to_token_stream());
    model.marks.insert(Part::Type(place), field.ty.to_token_stream());
    for (word, part) in [
        ("name", Part::Column(place)),
        ("sql_type", Part::Type(place)),
        ("default", Part::Default(place)),
        ("collate", Part::Collation(place)),
        ("generated", Part::Generated(place)),
        ("autoincrement", Part::Autoincrement),
        ("renamed_from", Part::ColumnRenamedFrom(place)),
    ] {
        model.marks.extend(entries.entry(word).map(|entry| (part, entry.tokens.clone())));
    }
}

/// Adds an index on one column, named as Alembic and `SQLAlchemy` would name it.
fn index(model: &mut Model, column: &str, entry: &Entry, unique: bool) {
    let name = format!("ix_{}_{column}", model.table.name);
    model.marks.insert(Part::Index(model.table.indexes.len()), entry.tokens.clone());
    let terms = vec![reference::of_column(column)];
    let table = Name::new(model.table.name.as_str());
    model.table.indexes.push((name, Index { table, unique, terms, filter: None }));
}

/// Completes the table after all columns are read. An `INTEGER PRIMARY KEY` is an alias of the
/// rowid (<https://sqlite.org/lang_createtable.html#rowid>), which is never NULL. It is declared
/// `NOT NULL` only if its field has the `not_null` argument.
pub(super) fn complete(model: &mut Model) {
    let table = &mut model.table.definition;
    let Some(alias) = table.rowid_alias().map(|column| column.name.clone()) else { return };
    for column in table.columns.iter_mut().filter(|column| column.name == alias) {
        column.not_null = None;
    }
    let is_asked_for = model.not_null.contains(&alias);
    table.primary_key.iter_mut().for_each(|key| key.not_null.0 = is_asked_for);
}
