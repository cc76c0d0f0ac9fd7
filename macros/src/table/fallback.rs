//! The expansion for a model with errors. It defines the same names, so that code that refers to
//! them causes no further errors.

use aludel_proof::model::Model;
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::expand;

/// Returns the errors, with placeholder implementations of the traits and constants.
pub(super) fn with_messages(input: &DeriveInput, model: &Model, messages: &TokenStream) -> TokenStream {
    let aludel = expand::aludel(model);
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let constants = input.generics.params.is_empty().then(|| expand::constants(input, model));
    quote! {
        #messages
        #[automatically_derived]
        impl #generics #aludel::Table for #ident #arguments #bounds {
            const TABLE: &'static str = "";
            const COLUMNS: &'static [&'static str] = &[];
            const SELECT: &'static str = "";
            const INSERT: &'static str = "";
            fn from_row(_: &#aludel::rusqlite::Row<'_>) -> #aludel::rusqlite::Result<Self> {
                ::core::result::Result::Err(#aludel::rusqlite::Error::InvalidQuery)
            }
            fn params(&self) -> ::std::vec::Vec<&dyn #aludel::rusqlite::types::ToSql> {
                ::std::vec::Vec::new()
            }
        }
        #[automatically_derived]
        impl #generics #aludel::Keyed for #ident #arguments #bounds {
            const KEY: &'static [&'static str] = &[];
            const UPDATE: &'static str = "";
        }
        #constants
    }
}
