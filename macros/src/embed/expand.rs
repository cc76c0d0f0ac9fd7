//! The expansion for a proved chain: plain literals, so that a start at the head needs no work.

use std::fmt::Display;
use std::path::Path;

use aludel_core::chain::{Assembled, Chain, scripts};
use aludel_core::folder::{File, REPEATABLE};
use aludel_core::script::Dialect;
use aludel_core::{frozen, proved};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

use super::call::Call;
use super::names;

pub(super) fn expand(
    call: &Call,
    folder: &Path,
    (assembled, fingerprints): (&Assembled, &[impl Display]),
    repeatable: &[File],
) -> TokenStream {
    let chain = assembled.chain(&call.version_table()).with_fingerprints(fingerprints);
    let aludel = &call.aludel;
    let revisions = revisions(call, &chain);
    let heads = heads(call, assembled, &chain);
    let scripts = tables(&chain);
    let (ids, state, version_table) = (texts(&chain.heads), &*chain.state, &*chain.version_table);
    let dialect = match chain.dialect {
        Dialect::Sqlite => quote!(Dialect::Sqlite),
        Dialect::Postgresql => quote!(Dialect::Postgresql),
    };
    let (lines, states) = (&*chain.predecessors.lines, texts(&chain.predecessors.states));
    let shown = call.folder.value();
    let below = |path: &'_ str| path.strip_prefix(shown.trim_end_matches('/')).map(str::to_owned);
    let names = assembled.scripts.iter().filter_map(|script| below(&script.source.path));
    let locks = [frozen::FILE, proved::FILE].into_iter().filter(|lock| folder.join(lock).is_file());
    let tracked = names.chain(locks.map(str::to_owned)).filter_map(|name| {
        let file = folder.join(name.trim_start_matches('/'));
        Some(Literal::string(file.to_str()?))
    });
    let count = chain.scripts.len();
    let watched = watched(call, folder, repeatable);
    let doc = format!("The {count} migration scripts in `{}`, proved and embedded.", call.folder.value());
    quote! {
        #[doc = #doc]
        pub static CHAIN: #aludel::Chain<ThisChain> = {
            use #aludel::__private::{Borrowed as b, Chain, Dialect, Predecessors, Scripts, Text};
            #scripts
            static HEADS: &[Text] = &[#ids];
            static STATES: &[Text] = &[#states];
            #aludel::Chain::embedded(
                Chain {
                    scripts: Scripts::embedded(&TEXTS, &NUMBERS),
                    heads: b(HEADS),
                    state: b(#state),
                    version_table: b(#version_table),
                    predecessors: Predecessors { lines: b(#lines), states: b(STATES) },
                    dialect: #dialect,
                },
                #watched,
            )
        };
        const _: &[&[u8]] = &[#(::core::include_bytes!(#tracked)),*];
        /// The chain, as a type parameter of its revisions.
        pub struct ThisChain;
        impl #aludel::chain::Embedded for ThisChain {
            type Heads = Heads;
        }
        #revisions
        #heads
    }
}

/// Generates the scripts as two tables of literals. The compiler would check each field of a
/// struct, but spends almost no time on these tables.
fn tables(chain: &Chain) -> TokenStream {
    let texts: Vec<Literal> = chain.scripts.iter().flat_map(scripts::texts).map(Literal::string).collect();
    let numbers: Vec<Literal> =
        chain.scripts.iter().flat_map(scripts::numbers).map(Literal::usize_unsuffixed).collect();
    let (texts_count, numbers_count) = (texts.len(), numbers.len());
    quote! {
        static TEXTS: [&str; #texts_count] = [#(#texts),*];
        static NUMBERS: [usize; #numbers_count] = [#(#numbers),*];
    }
}

fn texts(texts: &[aludel_core::chain::Text]) -> TokenStream {
    let texts = texts.iter().map(|text| &**text);
    quote!(#(b(#texts)),*)
}

/// Generates the types of the revisions, and an alias for each message that can be a type name.
fn revisions(call: &Call, chain: &Chain) -> TokenStream {
    let types: Vec<String> = chain.scripts.iter().map(|script| names::type_name(&script.id)).collect();
    let aliases = names::aliases(chain.scripts.iter().map(|script| &*script.message), &types);
    let items = chain.scripts.iter().zip(&types).zip(aliases).map(|((script, name), alias)| {
        let doc = format!("{}\n\nRevision `{}`, in `{}`.", script.message, script.id, script.file);
        revision(call, name, &script.id, &script.message, &doc, alias.as_deref())
    });
    quote! {
        /// The revisions of the chain, one type each.
        pub mod revision { #(#items)* }
    }
}

/// Generates the type of one revision.
pub(super) fn revision(
    call: &Call,
    name: &str,
    id: &str,
    message: &str,
    doc: &str,
    alias: Option<&str>,
) -> TokenStream {
    let aludel = aludel_inside(call);
    let name = Ident::new(name, Span::call_site());
    let alias = alias.map(|alias| {
        let (alias, doc) = (Ident::new(alias, Span::call_site()), format!("Revision `{id}`."));
        quote!(#[doc = #doc] pub type #alias = #name;)
    });
    quote! {
        #[doc = #doc]
        pub struct #name;
        impl #aludel::Revision for #name {
            type Chain = super::ThisChain;
            const ID: &'static str = #id;
            const MESSAGE: &'static str = #message;
        }
        #alias
    }
}

/// Returns the path of the `aludel` crate as seen from a nested module.
fn aludel_inside(call: &Call) -> TokenStream {
    let aludel = &call.aludel;
    let first = aludel.segments.first().map(|segment| segment.ident.to_string());
    match first.as_deref() {
        Some("self") => {
            let rest = aludel.segments.iter().skip(1);
            quote!(super #(:: #rest)*)
        }
        Some("super") => quote!(super::#aludel),
        _ => quote!(#aludel),
    }
}

/// Generates `Head`, if there is one head, and `Heads`.
fn heads(call: &Call, assembled: &Assembled, chain: &Chain) -> TokenStream {
    let mut heads = assembled.graph.heads();
    if let (Some(head), None) = (heads.next(), heads.next()) {
        let head = format_ident!("{}", names::type_name(assembled.graph.id(head)));
        return quote! {
            /// The head of the chain.
            pub type Head = revision::#head;
            /// All heads of the chain, which has one.
            pub type Heads = Head;
        };
    }
    let aludel = &call.aludel;
    let ids = chain.heads.iter().map(|id| &**id);
    quote! {
        /// All heads of the chain.
        pub struct AllHeads;
        impl #aludel::chain::Position for AllHeads {
            type Chain = ThisChain;
            const REVISIONS: &'static [&'static str] = &[#(#ids),*];
        }
        /// All heads of the chain.
        pub type Heads = AllHeads;
    }
}

/// Returns the files that a debug build checks for changes when it starts. Without a build script,
/// the compiler does not notice new files.
fn watched(call: &Call, folder: &Path, repeatable: &[File]) -> TokenStream {
    let has_build_script = std::env::var_os("OUT_DIR").is_some();
    let Some(shown) = folder.to_str().filter(|_| !has_build_script) else {
        return quote!(::core::option::Option::None);
    };
    let aludel = &call.aludel;
    let files = repeatable.iter().filter_map(|file| {
        let path = format!("{REPEATABLE}/{}", file.path.rsplit('/').next()?);
        let on_disk = folder.join(&path);
        let on_disk = on_disk.to_str()?;
        Some(quote!((#path, ::core::include_bytes!(#on_disk))))
    });
    quote!({
        #[cfg(debug_assertions)]
        { ::core::option::Option::Some(&#aludel::__private::Watched { folder: #shown, repeatable: &[#(#files),*] }) }
        #[cfg(not(debug_assertions))]
        { ::core::option::Option::None }
    })
}
