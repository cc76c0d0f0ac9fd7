//! Where the folder of a call is.

use std::path::{Path, PathBuf};

use syn::LitStr;

/// Where the folder is.
pub(super) enum Located {
    /// Here; whether it exists is not known yet.
    Folder(PathBuf),
    /// The source file that calls the macro is not known, as in some editors.
    Unknown,
}

/// Rule: `"./x"` is beside the calling source file; `"x"` beside the crate's manifest, else beside the nearest one above it that has
/// `[workspace]`.
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

/// The nearest folder, from here upward, whose manifest has `[workspace]`.
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
