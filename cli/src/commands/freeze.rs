//! `aludel freeze`

mod amend;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use aludel_core::chain::{Assembled, assemble};
use aludel_core::frozen::{self, Entry, Lock};
use aludel_core::graph::{Index, Set};
use aludel_core::proved;
use aludel_core::script::Dialect;
use aludel_proof::proof;
use clap::Args;
use serde::Serialize;

use super::draft;
use crate::error::Failure;
use crate::files;
use crate::folder::{Scripts, within_time_limit};
use crate::settings::Settings;
use crate::ui::{Ui, counted};

/// The hint for a folder that cannot be frozen.
const HINT: &str = "nothing was frozen: fix the scripts first; `aludel verify` shows all errors";

/// Freeze scripts before a release, so that a later edit fails to compile
///
/// Proves the chain, then adds a line for each script to `frozen.lock`, next to the scripts. Existing
/// lines are never changed or removed.
#[derive(Debug, Clone, Args)]
pub(super) struct Freeze {
    /// Freeze only these revisions and their ancestors and dependencies: IDs, unique prefixes,
    /// labels, `head` [default: every script]
    #[arg(value_name = "REVISION")]
    revisions: Vec<String>,

    /// Record that the downgrade of a frozen script was corrected. The proof must show that it has
    /// the same effect as the released one, or that the released one fails
    #[arg(long, value_name = "REVISION", conflicts_with = "revisions", requires = "released")]
    amend: Option<String>,

    /// File that contains the script as it was released, taken from version control
    #[arg(long, value_name = "FILE", requires = "amend")]
    released: Option<PathBuf>,
}

/// The result, as printed in JSON.
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
        if let Some((revision, released)) = self.amend.as_ref().zip(self.released.as_ref()) {
            return amend::run((revision, released), settings, ui);
        }
        let scripts = Scripts::read(settings)?;
        let faults = |problems| Failure::Faults { problems, hint: HINT };
        let assembled = assemble(scripts.folder(), true).map_err(|faulty| faults(faulty.problems))?;
        match assembled.dialect {
            Dialect::Sqlite => {
                within_time_limit(&assembled, settings, proof::prove)
                    .and_then(|proved| proved)
                    .map_err(faults)?;
            }
            Dialect::Postgresql => {
                proved::fingerprints(scripts.folder(), &assembled).map_err(faults)?;
            }
        }
        let added: Vec<Index> =
            self.requested(&assembled)?.iter().filter(|index| !assembled.frozen.contains(*index)).collect();
        let path = settings.migrations.join(frozen::FILE);
        if !added.is_empty() {
            let text = text(&scripts, &path, &assembled, &added);
            files::replace(&path, &text).map_err(|source| Failure::File {
                doing: "writing",
                path: path.clone(),
                source,
            })?;
        }
        print(&assembled, &added, &path, ui);
        Ok(0)
    }

    fn requested(&self, assembled: &Assembled) -> Result<Set, Failure> {
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
    let (lock, _) = Lock::of(scripts.folder().lock.as_ref(), &path.to_string_lossy());
    let entries = added.iter().filter_map(|index| Entry::of(assembled.scripts.get(*index)?));
    lock.with(&entries.collect::<Vec<_>>(), &[])
}

fn print(assembled: &Assembled, added: &[Index], path: &Path, ui: &mut Ui) {
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
        ui.print(format_args!("Freezing {revision} ({file}) ...  done"));
    }
    match froze.len() {
        0 => ui.print(format_args!(
            "nothing to freeze: {frozen} of {} already frozen",
            counted(revisions, "script")
        )),
        froze => ui.print(format_args!("{} frozen in {}", counted(froze, "script"), path.display())),
    }
    if !froze.is_empty() {
        ui.note("Next: commit it with the scripts; from now on, write a new revision for each change");
    }
}

/// Locks the folder, so that no line is lost if two processes freeze it at the same time.
///
/// Returns `None` if the system cannot lock a folder. In that case, processes do not wait for each
/// other.
pub(super) fn alone(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}
