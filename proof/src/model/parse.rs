//! Builds a struct's model: its columns and constraints, and their places in the source.

use std::collections::BTreeMap;

use aludel_core::schema;
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::{Data, DeriveInput, Fields};

use super::attributes::{Entries, Value, plain, report};
use super::fault::{Fault, StructFault};
use super::value::Table;
use super::{column, constraint, words};

/// The model that a struct defines, as far as it could be read.
#[derive(Debug, Clone)]
pub struct Model {
    /// The table.
    pub table: Table,
    /// The fields of the struct, including those that are not columns.
    pub fields: Vec<Field>,
    /// The path of the `aludel` crate, if it is not `::aludel`.
    pub aludel: Option<TokenStream>,
    /// The columns declared as `not_null`.
    pub(super) not_null: Vec<String>,
    pub(super) marks: Marks,
}

/// A field of the struct.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name.
    pub ident: Ident,
    /// The visibility.
    pub visibility: TokenStream,
    /// The type.
    pub field_type: TokenStream,
    /// The index of its column, or `None` if the field is skipped.
    pub column: Option<usize>,
}

/// The places of a table's parts in the source.
pub(super) type Marks = BTreeMap<Part, TokenStream>;

/// A part of a table that can have an error. Numbers are indexes into the table's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Struct,
    Name,
    RenamedFrom,
    Strict,
    WithoutRowid,
    PrimaryKey,
    Autoincrement,
    Unique(usize),
    Check(usize),
    ForeignKey(usize),
    Index(usize),
    Column(usize),
    Type(usize),
    Default(usize),
    Collation(usize),
    Generated(usize),
    ColumnRenamedFrom(usize),
}

/// A field and its column.
pub(super) struct Named {
    pub(super) field: String,
    pub(super) column: String,
}

impl Model {
    /// Returns the place of a part, or the struct's name if it has none.
    pub(super) fn mark(&self, part: Part) -> TokenStream {
        self.marks.get(&part).or_else(|| self.marks.get(&Part::Struct)).cloned().unwrap_or_default()
    }
}

/// Reads a struct. Reports and omits parts with errors, so that the other parts can still be used.
#[must_use]
pub fn parse(input: &DeriveInput) -> (Model, Vec<Fault>) {
    let mut faults = Vec::new();
    let entries = Entries::of(&input.attrs, words::TABLE, &mut faults);
    let mut model = Model {
        table: Table {
            name: entries.text("name").unwrap_or_else(|| snake_case(&plain(&input.ident))),
            definition: schema::Table {
                strict: entries.has("strict"),
                without_rowid: entries.has("without_rowid"),
                ..schema::Table::default()
            },
            renamed_from: entries.text("renamed_from"),
            ..Table::default()
        },
        fields: Vec::new(),
        aludel: entries.entry("crate").and_then(|entry| match &entry.value {
            Value::Path(path) => Some(path.clone()),
            Value::None | Value::Text(_) | Value::List(_) => None,
        }),
        not_null: Vec::new(),
        marks: BTreeMap::from([(Part::Struct, input.ident.to_token_stream())]),
    };
    for (word, part) in [
        ("name", Part::Name),
        ("strict", Part::Strict),
        ("without_rowid", Part::WithoutRowid),
        ("renamed_from", Part::RenamedFrom),
    ] {
        model.marks.extend(entries.entry(word).map(|entry| (part, entry.tokens.clone())));
    }
    if !input.generics.params.is_empty() {
        report(&mut faults, &input.generics, StructFault::Parameters);
    }
    let named = read_fields(input, &mut model, &mut faults);
    constraint::read(&entries, &named, &mut model, &mut faults);
    column::complete(&mut model);
    (model, faults)
}

/// Reads the columns. Returns them with the names of their fields.
fn read_fields(input: &DeriveInput, model: &mut Model, faults: &mut Vec<Fault>) -> Vec<Named> {
    let fault = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                let named: Vec<Named> = fields
                    .named
                    .iter()
                    .filter_map(|field| Some((field.ident.as_ref()?, field)))
                    .filter_map(|(ident, field)| column::read(ident, field, model, faults))
                    .collect();
                if model.fields.iter().all(|field| field.column.is_none()) {
                    report(faults, &input.ident, StructFault::NoColumns);
                }
                return named;
            }
            Fields::Unnamed(_) | Fields::Unit => StructFault::NoNamedFields,
        },
        Data::Enum(_) => StructFault::NotAStruct { found: "an enum" },
        Data::Union(_) => StructFault::NotAStruct { found: "a union" },
    };
    report(faults, &input.ident, fault);
    Vec::new()
}

/// Converts to snake case: `HTTPServer2` becomes `http_server2`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (position, letter) in letters.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| letters.get(before));
        let ends_word = before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        let begins_word = before.is_some_and(|before| before.is_uppercase())
            && letters.get(position + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (ends_word || begins_word) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
