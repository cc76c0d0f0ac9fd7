//! The expansion for a chain with errors. It defines the same names, so that code that refers to
//! them causes no further errors.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::call::Call;
use super::{expand, names};

/// Returns the errors, and an empty chain with a type for every revision whose ID could be read.
pub(super) fn with_messages(
    call: &Call,
    revisions: &[(String, String)],
    messages: &TokenStream,
) -> TokenStream {
    let aludel = &call.aludel;
    let distinct: BTreeMap<String, &str> =
        revisions.iter().map(|(id, message)| (names::type_name(id), message.as_str())).collect();
    let types: Vec<String> = distinct.keys().cloned().collect();
    let aliases = names::aliases(distinct.values().copied(), &types);
    let items = types
        .iter()
        .zip(aliases)
        .map(|(name, alias)| expand::revision(call, name, "", "", "", alias.as_deref()));
    let head = types.last().map_or_else(
        || quote!(no_revision::NoHead),
        |name| {
            let name = format_ident!("{name}");
            quote!(revision::#name)
        },
    );
    #[cfg(feature = "scratch")]
    let image = super::image::of(call, &[]);
    #[cfg(not(feature = "scratch"))]
    let image = TokenStream::new();
    let none = expand::revision(call, "NoHead", "", "", "", None);
    quote! {
        #messages
        #[doc(hidden)]
        pub static CHAIN: #aludel::Chain<ThisChain> = #aludel::Chain::EMPTY;
        #[doc(hidden)]
        pub struct ThisChain;
        impl #aludel::chain::Embedded for ThisChain {
            type Heads = Heads;
        }
        #[doc(hidden)]
        pub mod revision { #(#items)* }
        #[doc(hidden)]
        pub mod no_revision { #none }
        #[doc(hidden)]
        pub type Head = #head;
        #[doc(hidden)]
        pub type Heads = Head;
        #image
    }
}
