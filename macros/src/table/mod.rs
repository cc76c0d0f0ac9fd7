//! The stages of `#[derive(Table)]`. `aludel-proof` parses and checks the struct, as it does for
//! whole source files. Then the macro emits either the expansion, or the errors and the fallback.

mod expand;
mod fallback;

use aludel_proof::model::{self, Fault};
use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let (model, mut faults) = model::parse(&input);
    if faults.is_empty() {
        faults = model::check_one(&model);
    }
    if faults.is_empty() {
        expand::expand(&input, &model)
    } else {
        fallback::with_messages(&input, &model, &messages(&faults))
    }
}

/// Emits one `compile_error!` per error at its position, because the compiler would show only the
/// first of several combined errors.
fn messages(faults: &[Fault]) -> TokenStream {
    faults
        .iter()
        .map(|fault| syn::Error::new_spanned(&fault.tokens, fault.message()).into_compile_error())
        .collect()
}
