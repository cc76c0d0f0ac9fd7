//! `aludel edit`

use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use serde::Serialize;

use crate::error::Failure;
use crate::folder::Scripts;
use crate::folder::chain;
use crate::range::{CURRENT, named};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// The editors to look for, in order, if `VISUAL` and `EDITOR` are unset.
#[cfg(not(windows))]
const USUAL_EDITORS: [&str; 5] = ["sensible-editor", "editor", "nano", "vim", "code"];
#[cfg(windows)]
const USUAL_EDITORS: [&str; 1] = ["notepad.exe"];

/// Open the script of a revision in an editor
#[derive(Debug, Clone, Args)]
pub(super) struct Edit {
    /// Revision to edit: an ID or unique prefix, a label, `head`, `heads`, `current`
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    revision: String,
}

/// The opened files, as printed in JSON.
#[derive(Debug, Serialize)]
struct Opened {
    files: Vec<String>,
}

impl Edit {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        let assembled = Scripts::read(settings)?.outline()?;
        let chain = chain(&assembled, settings);
        let workspace = Workspace::new(chain.migrator(), settings.database.clone(), settings.lock_timeout);
        let graph = &assembled.graph;
        let current = if self.revision == CURRENT { workspace.rows()? } else { Vec::new() };
        let current: Vec<_> = current.iter().filter_map(|row| graph.find(row)).collect();
        let found = named(&self.revision, graph, &current).map_err(Failure::aludel)?;
        if found.is_empty() {
            let message = format!("`{}` matches no revision, so there is no script to edit", self.revision);
            return Err(Failure::wrong(message, "`history` lists all revisions"));
        }
        for frozen in found.iter().filter(|index| assembled.frozen.contains(**index)) {
            ui.note(format_args!(
                "warning: revision `{}` is frozen: changing its SQL or parents makes the program fail to compile; write a new revision instead",
                graph.id(*frozen)
            ));
        }
        let files: Vec<PathBuf> =
            found.iter().map(|index| PathBuf::from(&*chain.untyped().script(*index).file)).collect();
        open(&files)?;
        if ui.is_json() {
            ui.json(&Opened { files: files.iter().map(|file| file.display().to_string()).collect() });
        }
        Ok(0)
    }
}

/// Opens files in the editor named by `VISUAL` or `EDITOR`, or in one that is installed.
///
/// The value of a variable may contain arguments, and is split as a shell would split it.
pub(super) fn open(files: &[PathBuf]) -> Result<(), Failure> {
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.trim().is_empty())
        .or_else(installed)
        .unwrap_or_else(|| "vi".to_owned());
    let failed = |why: String| Failure::Editor { editor: editor.clone(), why };
    // On Windows, a backslash separates folders. Doubling it keeps it from being read as an escape.
    let quoted = if cfg!(windows) { editor.replace('\\', r"\\") } else { editor.clone() };
    let words = shell_words::split(&quoted).map_err(|_| failed("has an unclosed quote".to_owned()))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(failed("has no program name".to_owned()));
    };
    let ended = Command::new(program)
        .args(arguments)
        .args(files)
        .status()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    if ended.success() { Ok(()) } else { Err(failed(format!("failed: {ended}"))) }
}

fn installed() -> Option<String> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let is_there = |editor: &&str| folders.iter().any(|folder| folder.join(editor).is_file());
    USUAL_EDITORS.into_iter().find(is_there).map(str::to_owned)
}
