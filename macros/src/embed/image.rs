//! The image of the head, for tests that begin from it (feature `scratch`).

use aludel_core::chain::Assembled;
use aludel_proof::proof::{self, Options};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::call::Call;
use super::messages;

/// The expansion, and beside it the image. Where a script is not executed here there is none: the compiler says so to whoever asks for it.
pub(super) fn beside(
    call: &Call,
    assembled: &Assembled,
    options: &Options,
    expansion: &TokenStream,
) -> TokenStream {
    let image = match proof::image(assembled, options) {
        Ok(Some(image)) => of(call, &image),
        Ok(None) => TokenStream::new(),
        Err(problems) => messages(&problems, call.folder.span()),
    };
    quote!(#expansion #image)
}

/// What holds an image.
pub(super) fn of(call: &Call, image: &[u8]) -> TokenStream {
    let (aludel, image) = (&call.aludel, Literal::byte_string(image));
    quote! {
        impl #aludel::Image for ThisChain {
            type Heads = Heads;
            const IMAGE: &'static [u8] = #image;
        }
    }
}
