//! `aludel freeze`

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use aludel_core::chain::{Assembled, assemble};
use aludel_core::frozen::{self, Entry, Lock};
use aludel_core::graph::{Index, Set};
use aludel_proof::proof;
use clap::Args;
use serde::Serialize;

use super::draft;
use crate::error::Failure;
use crate::folder::Scripts;
use crate::settings::Settings;
use crate::ui::Ui;

/// What is said of a folder that cannot be frozen.
const HINT: &str = "nothing was frozen: mend the scripts first; `aludel verify` shows all faults";

/// Freezes scripts that are about to be released: from then on an edit of one does not compile
///
/// Adds a line for each to `frozen.lock`, beside the scripts; no line that is there is changed or removed. The chain is proved first.
#[derive(Debug, Clone, Args)]
pub(super) struct Freeze {
    /// Only these and all that they need: ids, unique prefixes of them, labels, `head` [default: every script]
    #[arg(value_name = "REVISION")]
    revisions: Vec<String>,
}

/// What was frozen, as JSON shows it.
#[derive(Debug, Serialize)]
struct Outcome<'a> {
    file: String,
    froze: Vec<Script<'a>>,
    frozen: usize,
    revisions: usize,
}

#[derive(Debug, Serialize)]
struct Script<'a> {
    revision: &'a str,
    file: &'a str,
}

impl Freeze {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        let _alone = alone(&settings.migrations);
        let scripts = Scripts::read(settings)?;
        let faults = |problems| Failure::Faults { problems, hint: HINT };
        let assembled = assemble(scripts.folder(), true).map_err(|faulty| faults(faulty.problems))?;
        proof::prove(&assembled, &settings.proof()).map_err(faults)?;
        let added: Vec<Index> =
            self.wanted(&assembled)?.iter().filter(|index| !assembled.frozen.contains(*index)).collect();
        let path = settings.migrations.join(frozen::FILE);
        if !added.is_empty() {
            let text = text(&scripts, &path, &assembled, &added);
            write(&path, &text).map_err(|source| Failure::File {
                doing: "writing",
                path: path.clone(),
                source,
            })?;
        }
        tell(&assembled, &added, &path, ui);
        Ok(0)
    }

    fn wanted(&self, assembled: &Assembled) -> Result<Set, Failure> {
        let graph = &assembled.graph;
        if self.revisions.is_empty() {
            return Ok(graph.indexes().collect());
        }
        let mut named = BTreeSet::new();
        for name in &self.revisions {
            named.extend(draft::find(name, graph)?);
        }
        Ok(graph.ancestors(named))
    }
}

fn text(scripts: &Scripts, path: &Path, assembled: &Assembled, added: &[Index]) -> String {
    let lock = match &scripts.folder().lock {
        Some(file) => frozen::parse(&file.path, &file.bytes).0,
        None => Lock::new(&path.to_string_lossy()),
    };
    let entries = added.iter().filter_map(|index| Entry::of(assembled.scripts.get(*index)?));
    lock.with(&entries.collect::<Vec<_>>())
}

fn tell(assembled: &Assembled, added: &[Index], path: &Path, ui: &mut Ui) {
    let froze = added.iter().filter_map(|index| {
        let file = &assembled.scripts.get(*index)?.source.path;
        Some(Script { revision: assembled.graph.id(*index), file })
    });
    let froze: Vec<Script<'_>> = froze.collect();
    let frozen = assembled.frozen.len() + froze.len();
    let revisions = assembled.scripts.len();
    if ui.is_json() {
        ui.json(&Outcome { file: path.display().to_string(), froze, frozen, revisions });
        return;
    }
    for Script { revision, file } in &froze {
        ui.say(format_args!("Freezing {revision} ({file}) ...  done"));
    }
    match froze.len() {
        0 => ui.say(format_args!("nothing to freeze: {frozen} of {} frozen already", count(revisions))),
        froze => ui.say(format_args!("{} frozen in {}", count(froze), path.display())),
    }
    if !froze.is_empty() {
        ui.note("Next: commit it with the scripts; from now on a change is a new revision");
    }
}

fn count(scripts: usize) -> String {
    if scripts == 1 { "1 script".to_owned() } else { format!("{scripts} scripts") }
}

/// Of two processes that freeze one folder, one waits for the other, so that no line is lost. Where the system cannot lock a folder, none
/// waits.
fn alone(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// Writes the file anew and puts it in the place of the old one, with its permissions, so that at no time half of it stands there.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let new = path.with_file_name(format!(".{}.{}", frozen::FILE, std::process::id()));
    let written = write_new(&new, text, &path).and_then(|()| std::fs::rename(&new, &path));
    if written.is_err() {
        // What failed is told; that its beginning stays behind would only hide it.
        let _ = std::fs::remove_file(&new);
    }
    written
}

fn write_new(new: &Path, text: &str, old: &Path) -> io::Result<()> {
    let mut file = File::create(new)?;
    if let Ok(old) = std::fs::metadata(old) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
