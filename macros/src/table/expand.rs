//! The expansion of a valid model.

use std::collections::BTreeSet;

use aludel_core::schema::Column;
use aludel_core::script::sqlite::quoted;
use aludel_proof::model::{Field, Model};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{DeriveInput, Ident};

/// The names of the traits' own constants, which column constants must not use.
const TAKEN: [&str; 6] = ["COLUMNS", "INSERT", "KEY", "SELECT", "TABLE", "UPDATE"];

pub(super) fn expand(input: &DeriveInput, model: &Model) -> TokenStream {
    let aludel = aludel(model);
    let ident = &input.ident;
    let names = Names::of(model);
    let reads = model.fields.iter().map(|field| read(&aludel, field, model));
    let writes = written(model).map(|(field, _)| &field.ident);
    let constants = constants(input, model);
    let keyed = keyed(&aludel, ident, model);
    let table = &model.table.name;
    let columns = model.table.definition.columns.iter().map(|column| &column.name);
    let Names { select, insert } = names;
    quote! {
        #[automatically_derived]
        impl #aludel::Table for #ident {
            const TABLE: &'static str = #table;
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];
            const SELECT: &'static str = #select;
            const INSERT: &'static str = #insert;
            fn from_row(row: &#aludel::rusqlite::Row<'_>) -> #aludel::rusqlite::Result<Self> {
                ::core::result::Result::Ok(Self { #(#reads),* })
            }
            fn params(&self) -> ::std::vec::Vec<&dyn #aludel::rusqlite::types::ToSql> {
                ::std::vec![#(&self.#writes),*]
            }
        }
        #keyed
        #constants
    }
}

/// Returns the path of the `aludel` crate.
pub(super) fn aludel(model: &Model) -> TokenStream {
    model.aludel.clone().unwrap_or_else(|| quote!(::aludel))
}

/// Generates a constant for each column, with the visibility of its field.
pub(super) fn constants(input: &DeriveInput, model: &Model) -> TokenStream {
    let ident = &input.ident;
    let mut taken = BTreeSet::from(TAKEN.map(str::to_owned));
    let constants = model.fields.iter().filter_map(|field| {
        let column = model.table.definition.columns.get(field.column?)?;
        let mut constant = field.ident.unraw().to_string().to_uppercase();
        while !taken.insert(constant.clone()) {
            constant.push('_');
        }
        // No Rust keyword is in uppercase.
        let constant = format_ident!("{constant}");
        let (visibility, name) = (&field.visibility, &column.name);
        let doc = format!("The column `{name}`.");
        Some(quote!(#[doc = #doc] #visibility const #constant: &'static str = #name;))
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code, unreachable_pub)]
        impl #ident { #(#constants)* }
    }
}

/// The parts of a table's SQL.
struct Names {
    select: String,
    insert: String,
}

impl Names {
    fn of(model: &Model) -> Self {
        let list = |names: Vec<String>| names.join(", ");
        let columns = list(written(model).map(|(_, column)| quoted(&column.name)).collect());
        let values = list((1..=written(model).count()).map(|number| format!("?{number}")).collect());
        let table = quoted(&model.table.name);
        let insert = if columns.is_empty() {
            format!("INSERT INTO {table} DEFAULT VALUES")
        } else {
            format!("INSERT INTO {table} ({columns}) VALUES ({values})")
        };
        Self {
            select: list(model.table.definition.columns.iter().map(|column| quoted(&column.name)).collect()),
            insert,
        }
    }
}

/// Implements `Keyed`, or returns `None` if there is no primary key or no other column.
fn keyed(aludel: &TokenStream, ident: &Ident, model: &Model) -> Option<TokenStream> {
    let key = model.table.key();
    let (of_key, others): (Vec<_>, Vec<_>) = written(model)
        .enumerate()
        .map(|(place, (_, column))| {
            (column.name.as_str(), format!("{} = ?{}", quoted(&column.name), place + 1))
        })
        .partition(|(name, _)| key.contains(name));
    if of_key.len() != key.len() || key.is_empty() || others.is_empty() {
        return None;
    }
    let joined = |pairs: Vec<(&str, String)>, between: &str| {
        pairs.into_iter().map(|(_, equals)| equals).collect::<Vec<_>>().join(between)
    };
    let table = quoted(&model.table.name);
    let update = format!("UPDATE {table} SET {} WHERE {}", joined(others, ", "), joined(of_key, " AND "));
    Some(quote! {
        #[automatically_derived]
        impl #aludel::Keyed for #ident {
            const KEY: &'static [&'static str] = &[#(#key),*];
            const UPDATE: &'static str = #update;
        }
    })
}

/// Returns the fields that a program writes, which are the columns that are not generated.
fn written(model: &Model) -> impl Iterator<Item = (&Field, &Column)> {
    model
        .fields
        .iter()
        .filter_map(|field| Some((field, model.table.definition.columns.get(field.column?)?)))
        .filter(|(_, column)| column.generated.is_none())
}

/// Generates one field of `from_row`. Type errors point to the field's type.
fn read(aludel: &TokenStream, field: &Field, model: &Model) -> TokenStream {
    let ident = &field.ident;
    let span = field.field_type.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
    let span = span.resolved_at(Span::call_site());
    let column = field.column.and_then(|place| Some((place, model.table.definition.columns.get(place)?)));
    if let Some((place, Column { name, .. })) = column {
        quote_spanned!(span=> #ident: #aludel::__private::column(row, #place, #name)?)
    } else {
        quote_spanned!(span=> #ident: ::core::default::Default::default())
    }
}
