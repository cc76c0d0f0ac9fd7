//! Embeds SQLite scripts, which the compiler proves by running them.

use std::path::Path;
use std::sync::Arc;

use aludel_core::chain::{self, Assembled, Faulty};
use aludel_core::folder::Folder;
use aludel_proof::proof::{self, Report, Watch};
use proc_macro2::TokenStream;
use quote::quote;

use super::call::Call;
#[cfg(feature = "scratch")]
use super::image;
use super::messages::messages;
use super::{expand, names, target_schema};

/// Proves a folder, compares its head with the target schema, and embeds the folder.
pub(super) fn embed(call: &Call, located: &Path, folder: &Folder) -> Result<TokenStream, Faulty> {
    let repeatable = &folder.repeatable;
    let (assembled, report) = checked(call, folder.clone())?;
    let expansion = expand::expand(call, located, (&assembled, &report.fingerprints), repeatable);
    let drift = match target_schema::check(call, repeatable, report.head.as_ref()) {
        Ok(()) => target_schema::tracked(call, repeatable, located),
        Err(problems) => messages(&problems, call.span_of_target()),
    };
    #[cfg(feature = "scratch")]
    let expansion = image::append(call, &assembled, &call.configuration().options(None), &expansion);
    Ok(quote!(#drift #expansion))
}

/// A chain and the result of its proof.
type Checked = Result<(Assembled, Report), Faulty>;

/// Reads and proves the scripts in a folder, on a separate thread and with a time limit.
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
pub(super) fn within_time_limit<T: Send + 'static>(
    scripts: usize,
    work: impl FnOnce(Arc<Watch>) -> T + Send + 'static,
) -> Result<T, Faulty> {
    let seconds = std::env::var(proof::TIME_VARIABLE).ok();
    proof::within_time_limit(scripts, seconds.as_deref(), work)
        .map_err(|problems| Faulty { problems, revisions: Vec::new() })
}
