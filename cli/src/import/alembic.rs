//! Alembic: the user's installed `alembic` writes the SQL of each revision, in both directions
//! (<https://alembic.sqlalchemy.org/en/latest/offline.html>).

use std::path::Path;
use std::process::Command;

use super::files;
use super::{Original, Originals};

/// The name of the program.
const ALEMBIC: &str = "alembic";

/// Reads the revisions of the project whose `alembic.ini` is in a folder.
pub(super) fn read(folder: &Path) -> Originals {
    let mut read = Originals::default();
    let history = match run(folder, &["history", "--verbose"]) {
        Ok(history) => history,
        Err(why) => {
            read.reject(files::shown(folder), why);
            return read;
        }
    };
    let mut revisions = revisions(&history);
    revisions.reverse();
    for revision in revisions {
        let file = as_in(folder, &revision.file);
        let revision = Original { file: file.clone(), ..revision };
        let parents = revision.revises.clone().unwrap_or_default();
        if parents.len() > 1 {
            read.migrations.push(Original { downgrade: Some(String::new()), ..revision });
            continue;
        }
        let parent = parents.first().map_or("base", String::as_str);
        let upgrade = run(folder, &["upgrade", &format!("{parent}:{}", revision.id), "--sql"]);
        let downgrade = run(folder, &["downgrade", &format!("{}:{parent}", revision.id), "--sql"]);
        match upgrade {
            Ok(upgrade) => read.migrations.push(Original { upgrade, downgrade: downgrade.ok(), ..revision }),
            Err(why) => read.reject(file, why),
        }
    }
    read
}

/// Returns a path as the user would write it, because Alembic prints absolute paths.
fn as_in(folder: &Path, path: &str) -> String {
    let below = folder.canonicalize().ok();
    let below = below.as_deref().and_then(|absolute| Path::new(path).strip_prefix(absolute).ok());
    below.map_or_else(|| path.to_owned(), |below| files::shown(&folder.join(below)))
}

/// Runs Alembic, and returns its output. If it fails, returns the reason that it printed on stdout,
/// or the last line of stderr.
fn run(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(ALEMBIC).args(arguments).current_dir(folder).output();
    let output =
        output.map_err(|error| format!("cannot run `{ALEMBIC}`: {error}; activate its environment"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"));
    }
    let printed = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let [mut on_stdout, on_stderr] = printed.each_ref().map(|text| text.lines());
    let refused = on_stdout.find_map(|line| line.strip_prefix("FAILED: "));
    let last = on_stderr.rev().find(|line| !line.trim().is_empty());
    let why = refused.or(last).map_or_else(|| output.status.to_string(), |line| line.trim().to_owned());
    Err(format!("`{ALEMBIC} {}` failed: {why}", arguments.join(" ")))
}

/// Parses the output of `history --verbose`, newest first.
fn revisions(history: &str) -> Vec<Original> {
    let mut revisions: Vec<Original> = Vec::new();
    for line in history.lines() {
        if let Some(id) = line.strip_prefix("Rev: ") {
            let id = id.split_whitespace().next().unwrap_or_default().to_owned();
            revisions.push(Original { id, revises: Some(Vec::new()), ..Original::default() });
            continue;
        }
        let Some(revision) = revisions.last_mut() else { continue };
        let list = |ids: &str| -> Vec<String> {
            ids.split(',')
                .map(str::trim)
                .filter(|id| !id.is_empty() && *id != "<base>")
                .map(str::to_owned)
                .collect()
        };
        match line.split_once(": ") {
            Some(("Parent" | "Merges", ids)) => revision.revises = Some(list(ids)),
            Some(("Also depends on", ids)) => revision.depends_on = list(ids),
            Some(("Path", path)) => path.clone_into(&mut revision.file),
            _ if revision.message.is_empty() && line.starts_with("    ") => {
                line.trim().clone_into(&mut revision.message);
            }
            _ => {}
        }
    }
    revisions
}
