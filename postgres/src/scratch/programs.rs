//! Finds PostgreSQL's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the folder that contains `initdb` and `postgres` in the newest installed version, or
/// `None` if there is none.
pub(super) fn find() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> =
        folders().filter(|folder| is_complete(folder)).map(versioned).collect();
    found.sort();
    found.pop().map(|(_, folder)| folder)
}

fn folders() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let packaged = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];
    let packaged = packaged.into_iter().flat_map(std::fs::read_dir).flatten().flatten();
    in_path.into_iter().chain(packaged.map(|entry| entry.path().join("bin"))).chain(configured())
}

/// Returns the folder that `pg_config` names, or `None` if there is none.
fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn versioned(folder: PathBuf) -> (u32, PathBuf) {
    let output = Command::new(folder.join("postgres")).arg("--version").output();
    let words = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let number = words.split(|letter: char| !letter.is_ascii_digit()).find(|number| !number.is_empty());
    (number.and_then(|number| number.parse().ok()).unwrap_or(0), folder)
}
