//! The stages of `embed_migrations!`: the call, the folder, the check, the target schema, and the
//! expansion or the fallback.

mod call;
mod expand;
mod fallback;
#[cfg(feature = "scratch")]
mod image;
mod locate;
mod messages;
mod names;
#[cfg(feature = "postgres")]
mod proved;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod target_schema;

use std::path::Path;

use aludel_core::chain::Faulty;
use aludel_core::folder::Folder;
#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
use aludel_core::folder::FolderFault;
#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
use aludel_core::problem::Problem;
use aludel_core::script::Dialect;
use proc_macro2::TokenStream;

use call::Call;
use locate::Located;
use messages::messages;

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
    embed(&call, &located, &folder).unwrap_or_else(|Faulty { problems, revisions }| {
        fallback::with_messages(&call, &revisions, &messages(&problems, call.folder.span()))
    })
}

/// Checks and embeds a folder. The parser has already rejected a call whose dialect this build
/// lacks.
fn embed(call: &Call, located: &Path, folder: &Folder) -> Result<TokenStream, Faulty> {
    match call.reading.dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => sqlite::embed(call, located, folder),
        #[cfg(feature = "postgres")]
        Dialect::Postgresql => proved::embed(call, located, folder),
        #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
        dialect => {
            let problem = Problem::overall(&FolderFault::UnavailableDialect { dialect });
            Err(Faulty { problems: vec![problem], revisions: Vec::new() })
        }
    }
}
