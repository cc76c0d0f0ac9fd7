//! The stages of `embed_migrations!`: the call, the folder, the check, the target schema, and the
//! expansion or the fallback.

mod call;
mod expand;
mod fallback;
#[cfg(feature = "scratch")]
mod image;
mod locate;
mod names;
mod target_schema;

use std::sync::Arc;

use aludel_core::chain::{self, Assembled, Faulty};
use aludel_core::folder::Folder;
use aludel_core::problem::{self, Problem, Style};
use aludel_proof::proof;
use aludel_proof::proof::{Report, Watch};
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
    let folder = call.reading.read(&located, &call.folder.value());
    let repeatable = folder.repeatable.clone();
    match checked(&call, folder) {
        Ok((assembled, report)) => {
            let expansion = expand::expand(&call, &located, (&assembled, &report), &repeatable);
            let drift = match target_schema::check(&call, &repeatable, report.head.as_ref()) {
                Ok(()) => target_schema::tracked(&call, &repeatable, &located),
                Err(problems) => messages(&problems, call.span_of_target()),
            };
            #[cfg(feature = "scratch")]
            let expansion = image::append(&call, &assembled, &call.configuration().options(None), &expansion);
            quote!(#drift #expansion)
        }
        Err(Faulty { problems, revisions }) => {
            fallback::with_messages(&call, &revisions, &messages(&problems, call.folder.span()))
        }
    }
}

/// A chain and the result of its proof.
type Checked = Result<(Assembled, Report), Faulty>;

/// Reads and proves the scripts of a folder, on its own thread and with a time limit.
fn checked(call: &Call, folder: Folder) -> Checked {
    let (multiple_heads, configuration) = (call.multiple_heads, call.configuration());
    let files = folder.files.len();
    let assembled = within_time_limit(files, move |_| chain::assemble(&folder, multiple_heads))??;
    names::check(&assembled).map_err(|problems| Faulty { problems, revisions: assembled.revisions() })?;
    within_time_limit(assembled.scripts.len(), move |watch| {
        match proof::prove(&assembled, &configuration.options(Some(watch))) {
            Ok(report) => Ok((assembled, report)),
            Err(problems) => Err(Faulty { problems, revisions: assembled.revisions() }),
        }
    })?
}

/// Runs work within the time limit for a proof of this many scripts.
fn within_time_limit<T: Send + 'static>(
    scripts: usize,
    work: impl FnOnce(Arc<Watch>) -> T + Send + 'static,
) -> Result<T, Faulty> {
    let seconds = std::env::var(proof::TIME_VARIABLE).ok();
    proof::within_time_limit(scripts, seconds.as_deref(), work)
        .map_err(|problems| Faulty { problems, revisions: Vec::new() })
}

/// Emits one `compile_error!` per error, at the path in the call, because a combined one would hide
/// all but the first. If there are many errors, the first ones are emitted.
fn messages(problems: &[Problem], span: Span) -> TokenStream {
    let (shown, more) = problem::first_of(problems);
    let messages = shown.iter().map(|problem| problem.render(Style::Plain));
    messages
        .chain(problem::and_more(more, "error"))
        .map(|message| quote_spanned!(span=> ::core::compile_error!(#message);))
        .collect()
}
