//! Detects scripts that were added after a debug build.

use std::collections::BTreeSet;
use std::path::Path;

use aludel_core::folder;

use super::Runner;

impl Runner<'_> {
    /// Prints a warning for each script that is missing from the build. Without a build script,
    /// cargo does not notice new files.
    #[expect(clippy::print_stderr, reason = "a debug build warns its developer, and has no other channel")]
    pub(super) fn warn_of_added_scripts(&self) {
        let Some(folder) = self.watched else { return };
        let files = self.chain.scripts.iter().filter_map(|script| script.file.rsplit('/').next());
        let known: BTreeSet<&str> = files.collect();
        let names = folder::script_names(Path::new(folder)).unwrap_or_default();
        let file_name = |name: &'_ String| name.rsplit('/').next().unwrap_or_default().to_owned();
        for name in names.iter().filter(|name| !known.contains(&*file_name(name))) {
            eprintln!(
                "warning: `{folder}/{name}` was added after this program was built, and is not included\n\
                 help: touch the source file that calls `embed_migrations!` and build again; a build script with \
                 `println!(\"cargo::rerun-if-changed={folder}\")` avoids this"
            );
        }
    }
}
