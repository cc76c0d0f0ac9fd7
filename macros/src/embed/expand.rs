//! The expansion of a chain that was proved: plain literals, with no work left for the start of the program.

use std::path::Path;

use aludel_core::chain::{Assembled, Chain, Declared, Script, Section, Text};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::call::Call;
use super::names;

pub(super) fn expand(call: &Call, folder: &Path, assembled: &Assembled) -> TokenStream {
    let chain = assembled.chain(&call.version_table());
    let aludel = &call.aludel;
    let revisions = revisions(call, &chain);
    let heads = heads(call, assembled, &chain);
    let scripts = chain.scripts.iter().map(|one| script(aludel, one));
    let (ids, state, version_table) = (texts(&chain.heads), &*chain.state, &*chain.version_table);
    let tracked = assembled.scripts.iter().filter_map(|script| {
        let file = folder.join(script.source.path.rsplit('/').next()?);
        let file = file.to_str()?;
        Some(quote!(
            const _: &[u8] = ::core::include_bytes!(#file);
        ))
    });
    let count = chain.scripts.len();
    let watched = watched(folder);
    let doc = format!("The {count} migration scripts in `{}`, proved and embedded.", call.folder.value());
    quote! {
        #[doc = #doc]
        pub static CHAIN: #aludel::Chain<ThisChain> = {
            use #aludel::__private::{Borrowed as b, Script as S, Section as Q};
            static SCRIPTS: [S; #count] = [#(#scripts),*];
            static HEADS: &[#aludel::__private::Text] = &[#ids];
            #aludel::Chain::embedded(
                #aludel::__private::Chain {
                    scripts: b(&SCRIPTS),
                    heads: b(HEADS),
                    state: b(#state),
                    version_table: b(#version_table),
                },
                #watched,
            )
        };
        /// Stands for this chain in the types of its revisions.
        pub struct ThisChain;
        #revisions
        #heads
        #(#tracked)*
    }
}

/// One script as a literal.
fn script(aludel: &syn::Path, script: &Script) -> TokenStream {
    let Script {
        id,
        message,
        file,
        create_date,
        down,
        depends_on,
        labels,
        upgrade,
        downgrade,
        checksum,
        declared,
    } = script;
    let labels = match (labels.len(), texts(labels)) {
        (0, _) => quote!(&[]),
        (count, texts) => quote!({ static LABELS: [#aludel::__private::Text; #count] = [#texts]; &LABELS }),
    };
    let (upgrade, downgrade) = (section(upgrade), section(downgrade));
    let (down, depends_on) = (down.iter(), depends_on.iter());
    let (function, declared) = match declaration(aludel, declared) {
        None => (quote!(embedded), None),
        Some(declared) => (quote!(declaring), Some(declared)),
    };
    quote! {
        S::#function(
            [#id, #message, #file, #create_date, #checksum],
            (&[#(#down),*], &[#(#depends_on),*], #labels),
            #upgrade,
            #downgrade,
            #declared
        )
    }
}

/// What a script tells the proof: most tell nothing, and cost the compiler nothing.
fn declaration(aludel: &syn::Path, declared: &Declared) -> Option<TokenStream> {
    if *declared == Declared::NOTHING {
        return None;
    }
    let list = |texts_of: &[Text]| {
        let (count, texts) = (texts_of.len(), texts(texts_of));
        quote!({ static TEXTS: [#aludel::__private::Text; #count] = [#texts]; &TEXTS })
    };
    let (loses, allow, sample) = (list(&declared.loses), list(&declared.allow), section(&declared.sample));
    Some(quote!(#aludel::__private::Declared::embedded(#loses, #allow, #sample)))
}

fn section(section: &Section) -> TokenStream {
    let (sql, line) = (&*section.sql, section.line);
    let starts = section.statements.iter().map(|bytes| bytes.start);
    let ends = section.statements.iter().map(|bytes| bytes.end);
    quote!(Q::embedded(#sql, #line, &[#(#starts..#ends),*]))
}

fn texts(texts: &[Text]) -> TokenStream {
    let texts = texts.iter().map(|text| &**text);
    quote!(#(b(#texts)),*)
}

/// The types of the revisions, and an alias for each message that names one.
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

/// The type of one revision.
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

/// The crate's path as it reads one module further in.
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

/// `Head` where there is one, and `Heads`.
fn heads(call: &Call, assembled: &Assembled, chain: &Chain) -> TokenStream {
    let mut heads = assembled.graph.heads();
    if let (Some(head), None) = (heads.next(), heads.next()) {
        let head = format_ident!("{}", names::type_name(assembled.graph.id(head)));
        return quote! {
            /// The head of the chain.
            pub type Head = revision::#head;
            /// All heads of the chain: the one.
            pub type Heads = Head;
        };
    }
    let aludel = &call.aludel;
    let ids = chain.heads.iter().map(|id| &**id);
    quote! {
        /// All heads of the chain.
        pub struct AllHeads;
        impl #aludel::Position for AllHeads {
            type Chain = ThisChain;
            const REVISIONS: &'static [&'static str] = &[#(#ids),*];
        }
        /// All heads of the chain.
        pub type Heads = AllHeads;
    }
}

/// Without a build script nothing tells the compiler of a new file; a debug build then looks for one when it starts.
fn watched(folder: &Path) -> TokenStream {
    let has_build_script = std::env::var_os("OUT_DIR").is_some();
    let Some(folder) = folder.to_str().filter(|_| !has_build_script) else {
        return quote!(::core::option::Option::None);
    };
    quote!({
        #[cfg(debug_assertions)]
        { ::core::option::Option::Some(#folder) }
        #[cfg(not(debug_assertions))]
        { ::core::option::Option::None }
    })
}
