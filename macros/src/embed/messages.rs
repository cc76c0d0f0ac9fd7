//! Errors as compiler messages.

use aludel_core::problem::{self, Problem, Style};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// Emits one `compile_error!` per error at the path in the call, because the compiler would show
/// only the first of several combined errors. If there are many errors, emits only the first ones.
pub(super) fn messages(problems: &[Problem], span: Span) -> TokenStream {
    let (shown, more) = problem::first_of(problems);
    let messages = shown.iter().map(|problem| problem.render(Style::Plain));
    messages
        .chain(problem::and_more(more, "error"))
        .map(|message| quote_spanned!(span=> ::core::compile_error!(#message);))
        .collect()
}
