//! The image of the head, from which tests start (the `scratch` feature).

use aludel_core::chain::Assembled;
use aludel_proof::proof::{self, Options};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::call::Call;
use super::messages::messages;

/// Adds the image to the expansion.
///
/// If a script does not run here, there is no image, and the compiler reports this where the image
/// is used.
pub(super) fn append(
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

/// Implements `Image` with these bytes.
pub(super) fn of(call: &Call, image: &[u8]) -> TokenStream {
    let (aludel, image) = (&call.aludel, Literal::byte_string(image));
    quote! {
        impl #aludel::chain::Image for ThisChain {
            const IMAGE: &'static [u8] = #image;
        }
    }
}
