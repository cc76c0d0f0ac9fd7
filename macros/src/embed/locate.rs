//! Locates the folder that a call names.

use std::path::{Path, PathBuf};

use syn::LitStr;

/// The location of a folder.
pub(super) enum Located {
    /// A path that may not exist.
    Folder(PathBuf),
    /// Unknown, because the calling source file is not known, as in some editors.
    Unknown,
}

/// Locates a folder. `"./x"` is relative to the source file of the call. `"x"` is relative to the
/// crate's manifest, or else to the nearest manifest above it that has `[workspace]`.
pub(super) fn locate(folder: &LitStr) -> Located {
    let path = folder.value();
    if path.starts_with("./") {
        let Some(source) = folder.span().unwrap().local_file() else { return Located::Unknown };
        return Located::Folder(absolute(&source.parent().unwrap_or(Path::new("")).join(path)));
    }
    let Some(manifest) = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        return Located::Unknown;
    };
    let own = manifest.join(&path);
    let shared = workspace_of(&manifest).map(|workspace| workspace.join(&path));
    Located::Folder(match shared {
        Some(shared) if !own.exists() && shared.exists() => shared,
        _ => own,
    })
}

/// Returns the nearest parent folder whose manifest has `[workspace]`, or `None` if there is none.
fn workspace_of(manifest: &Path) -> Option<PathBuf> {
    manifest.ancestors().find(|folder| has_workspace(folder)).map(Path::to_owned)
}

fn has_workspace(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|manifest| {
        manifest.lines().any(|line| {
            let line = line.trim();
            line.starts_with("[workspace]") || line.starts_with("[workspace.")
        })
    })
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
