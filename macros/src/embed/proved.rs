//! Embeds scripts that `aludel prove` proved on a server. The compiler checks that the proofs cover
//! these scripts.

use std::path::Path;

use aludel_core::chain::{self, Faulty};
use aludel_core::folder::Folder;
use aludel_core::proved;
use proc_macro2::TokenStream;

use super::call::Call;
use super::{expand, names};

/// Checks the proofs in a folder, and embeds the folder.
pub(super) fn embed(call: &Call, located: &Path, folder: &Folder) -> Result<TokenStream, Faulty> {
    let assembled = chain::assemble(folder, call.multiple_heads)?;
    let faulty = |problems| Faulty { problems, revisions: assembled.revisions() };
    names::check(&assembled).map_err(faulty)?;
    let fingerprints = proved::fingerprints(folder, &assembled).map_err(faulty)?;
    Ok(expand::expand(call, located, (&assembled, &fingerprints), &folder.repeatable))
}
