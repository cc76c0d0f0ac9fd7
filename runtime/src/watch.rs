//! Detects scripts, and files that define views and triggers, that changed after a debug build.

use std::collections::BTreeSet;
use std::path::Path;

use aludel_core::chain::Chain;
use aludel_core::folder;

use crate::chain::Watched;

/// Prints a warning for each file that was added or changed after the build. Without a build
/// script, cargo does not notice new files.
#[expect(clippy::print_stderr, reason = "a debug build warns its developer, and has no other channel")]
pub(crate) fn warn_of_changed_files(chain: &Chain, watched: Option<&'static Watched>) {
    let Some(watched) = watched else { return };
    for warning in added_scripts(chain, watched).chain(changed_files(watched)) {
        eprintln!("warning: {warning}");
    }
}

fn added_scripts(chain: &Chain, Watched { folder, .. }: &'static Watched) -> impl Iterator<Item = String> {
    let files = chain.scripts.iter().filter_map(|script| script.file.rsplit('/').next());
    let known: BTreeSet<&str> = files.collect();
    let mut names = folder::script_names(Path::new(folder)).unwrap_or_default();
    names.retain(|name| !known.contains(name.rsplit('/').next().unwrap_or_default()));
    names.into_iter().map(move |name| added(folder, &name, "is not included"))
}

/// Returns the warnings for the files that define views and triggers.
fn changed_files(Watched { folder, repeatable }: &'static Watched) -> impl Iterator<Item = String> {
    folder::repeatable_files(Path::new(folder)).into_iter().filter_map(move |file| {
        let path = file.path;
        match repeatable.iter().find(|(known, _)| *known == path) {
            None => Some(added(folder, &path, "was not compared with the scripts")),
            Some((_, bytes)) if *bytes == file.bytes => None,
            Some(_) => Some(format!(
                "`{folder}/{path}` was changed after this program was built, and was not compared with the scripts\n\
                 help: build the program again"
            )),
        }
    })
}

fn added(folder: &str, path: &str, consequence: &str) -> String {
    format!(
        "`{folder}/{path}` was added after this program was built, and {consequence}\n\
         help: touch the source file that calls `embed_migrations!` and build again; a build script with \
         `println!(\"cargo::rerun-if-changed={folder}\")` avoids this"
    )
}
