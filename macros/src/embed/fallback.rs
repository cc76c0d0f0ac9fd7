//! What stands in for a chain that has faults: the same names, so that the rest of the program is not blamed for them.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::call::Call;
use super::{expand, names};

/// The messages, and beside them an empty chain with a type for every id that could be read.
pub(super) fn with_messages(call: &Call, ids: &[String], messages: &TokenStream) -> TokenStream {
    let aludel = &call.aludel;
    let ids: BTreeSet<&String> = ids.iter().collect();
    let types: Vec<String> = ids.iter().map(|id| names::type_name(id)).collect();
    let distinct: BTreeSet<&String> = types.iter().collect();
    let items = distinct.iter().map(|name| expand::revision(call, name, "", "", "", None));
    let head = distinct.last().map_or_else(
        || quote!(revision::NoRevision),
        |name| {
            let name = format_ident!("{name}");
            quote!(revision::#name)
        },
    );
    let none = expand::revision(call, "NoRevision", "", "", "", None);
    quote! {
        #messages
        #[doc(hidden)]
        pub static CHAIN: #aludel::Chain<ThisChain> = #aludel::Chain::EMPTY;
        #[doc(hidden)]
        pub struct ThisChain;
        #[doc(hidden)]
        pub mod revision { #(#items)* #none }
        #[doc(hidden)]
        pub type Head = #head;
        #[doc(hidden)]
        pub type Heads = Head;
    }
}
