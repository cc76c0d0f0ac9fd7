//! A debug build looks for scripts that were added after it was made.

use std::collections::BTreeSet;
use std::path::Path;

use aludel_core::folder;

use super::Runner;

impl Runner<'_> {
    /// A debug build without a build script does not see a new file; then it says so when it starts.
    #[expect(
        clippy::print_stderr,
        reason = "a developer's own debug build tells its developer; nothing else can carry it"
    )]
    pub(super) fn warn_of_added_scripts(&self) {
        let Some(folder) = self.watched else { return };
        let files = self.chain.scripts.iter().filter_map(|script| script.file.rsplit('/').next());
        let known: BTreeSet<&str> = files.collect();
        let names = folder::script_names(Path::new(folder)).unwrap_or_default();
        for name in names.iter().filter(|name| !known.contains(name.as_str())) {
            eprintln!(
                "warning: `{folder}/{name}` was added after this program was built, and is not in it\n\
                 help: touch the source file that calls `embed_migrations!` and build again; a build script with \
                 `println!(\"cargo::rerun-if-changed={folder}\")` makes that unnecessary"
            );
        }
    }
}
