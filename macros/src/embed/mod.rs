//! `embed_migrations!`, in stages: the call, the folder, the check, what is wanted at the head, the expansion or the fallback.

mod call;
mod expand;
mod fallback;
#[cfg(feature = "scratch")]
mod image;
mod locate;
mod names;
mod wanted;

use aludel_core::chain::{self, Assembled, Faulty};
use aludel_core::problem::{self, Problem, Style};
use aludel_core::proof::Report;
use aludel_core::{folder, proof};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use call::Call;
use locate::Located;

pub(crate) fn embed_migrations(input: TokenStream) -> TokenStream {
    let call = match syn::parse2::<Call>(input) {
        Ok(call) => call,
        Err(error) => return fallback::with_messages(&Call::broken(), &[], &error.into_compile_error()),
    };
    let located = match locate::locate(&call.folder) {
        Located::Folder(located) => located,
        Located::Unknown => return fallback::with_messages(&call, &[], &TokenStream::new()),
    };
    let folder = folder::read_up_to(call.max_file_size, &located, &call.folder.value());
    let checked = chain::assemble(&folder, call.multiple_heads)
        .and_then(|assembled| check(&call, &assembled).map(|report| (assembled, report)));
    match checked {
        Ok((assembled, report)) => {
            let expansion = expand::expand(&call, &located, &assembled, &report);
            let drift = match wanted::check(&call, report.head.as_ref(), &options(&call)) {
                Ok(()) => wanted::tracked(&call),
                Err(problems) => messages(&problems, call.span_of_wanted()),
            };
            #[cfg(feature = "scratch")]
            let expansion = image::beside(&call, &assembled, &options(&call), &expansion);
            quote!(#drift #expansion)
        }
        Err(Faulty { problems, revisions }) => {
            fallback::with_messages(&call, &revisions, &messages(&problems, call.folder.span()))
        }
    }
}

/// What is checked once every script and the graph are sound.
fn check(call: &Call, assembled: &Assembled) -> Result<Report, Faulty> {
    names::check(assembled)
        .and_then(|()| proof::prove(assembled, &options(call)))
        .map_err(|problems| Faulty { problems, revisions: assembled.revisions() })
}

fn options(call: &Call) -> proof::Options {
    proof::Options { version_table: call.version_table(), ..proof::Options::default() }
}

/// One `compile_error!` a fault, at the path in the call: combined, all but the first would be hidden. Of many faults, the first are shown.
fn messages(problems: &[Problem], span: Span) -> TokenStream {
    let (shown, more) = problem::first_of(problems);
    let messages = shown.iter().map(|problem| problem.render(Style::Plain));
    messages
        .chain(problem::and_more(more, "error"))
        .map(|message| quote_spanned!(span=> ::core::compile_error!(#message);))
        .collect()
}
