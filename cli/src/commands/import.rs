//! `aludel import`

use std::path::{Path, PathBuf};

use aludel_core::folder;
use aludel_core::script::Dialect;
use clap::Args;
use serde::Serialize;

use crate::error::Failure;
use crate::files;
use crate::import::{self, Imported, Originals, Rejected, Reverted, Tool};
use crate::settings::{self, FILE, Flags, Settings};
use crate::ui::{Ui, counted};

/// The setting that allows irreversible scripts in an old history.
const SETTING: &str = "irreversible_until";

/// Convert another tool's migrations into a chain of scripts
///
/// The scripts are proved before they are written. A downgrade that is missing or fails is derived
/// from the schemas before and after. A script that cannot be reverted is marked `Irreversible`.
/// The original files are not changed.
#[derive(Debug, Clone, Args)]
pub(super) struct Import {
    /// Tool that the migrations belong to
    #[arg(value_enum)]
    tool: Tool,

    /// Folder of the tool's migrations
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,

    /// Show the result without writing it
    #[arg(long)]
    dry_run: bool,
}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer {
    imported: Vec<Script>,
    left_out: Vec<String>,
    irreversible_until: Option<String>,
}

#[derive(Debug, Serialize)]
struct Script {
    revision: String,
    file: String,
    original: String,
    downgrade: &'static str,
    reason: Option<String>,
    loses: Vec<String>,
    allow: Vec<&'static str>,
    removed: Vec<String>,
}

impl Import {
    pub(super) fn run(&self, settings: &Settings, flags: &Flags, ui: &mut Ui) -> Result<u8, Failure> {
        refuse_scripts(settings)?;
        let Originals { migrations, left_out, rejected } = import::read(self.tool, &self.folder);
        if !rejected.is_empty() {
            return Err(reject(&rejected));
        }
        let hint = "nothing was written: the excerpts show the scripts as they would be written; correct the original files, or replace them with one script that creates their schema";
        let imported = import::convert(self.tool, migrations, settings)
            .map_err(|problems| Failure::Faults { problems, hint })?;
        let until = imported.iter().rev().find(|script| matches!(script.reverted, Reverted::Never(_)));
        let until = until.map(|script| script.original.id.clone());
        if !self.dry_run {
            write(&imported, settings)?;
            if let Some(until) = &until {
                let path =
                    flags.config.clone().or_else(settings::find).unwrap_or_else(|| PathBuf::from(FILE));
                set(&path, until)?;
            }
        }
        self.print(settings.reading.dialect, &imported, (left_out, until), ui);
        Ok(0)
    }

    fn print(
        &self,
        dialect: Dialect,
        imported: &[Imported],
        (left_out, until): (Vec<String>, Option<String>),
        ui: &mut Ui,
    ) {
        if ui.is_json() {
            let imported = imported.iter().map(Script::of).collect();
            ui.json(&Answer { imported, left_out, irreversible_until: until });
            return;
        }
        let rows = imported.iter().map(|script| {
            let Script { revision, original, .. } = Script::of(script);
            [revision, original, remarks(script)]
        });
        ui.print_table(["REVISION", "IMPORTED FROM", "DOWNGRADE"], rows);
        for script in imported.iter().filter(|script| !script.removed.is_empty()) {
            ui.note(format_args!(
                "note: {}: a run does this itself, so it was removed: {}",
                script.original.file,
                script.removed.join("; ")
            ));
        }
        for file in left_out {
            ui.note(format_args!("note: skipped, because it is not a migration: {file}"));
        }
        if let Some(until) = until {
            let of_macro = match dialect {
                Dialect::Sqlite => "; add it to the call to `embed_migrations!` too",
                Dialect::Postgresql => "",
            };
            ui.note(format_args!(
                "note: `{SETTING} = \"{until}\"` marks the old history in `{FILE}`{of_macro}"
            ));
        }
        let scripts = counted(imported.len(), "script");
        let done =
            if self.dry_run { "would be imported; nothing was written" } else { "imported and verified" };
        ui.print(format_args!("{scripts} {done}"));
        if !self.dry_run {
            let prove = if dialect == Dialect::Postgresql { "run `aludel prove`, " } else { "" };
            ui.note(format_args!(
                "Next: read the derived downgrades, {prove}run `aludel freeze`, and record the revision of each database with `aludel adopt`"
            ));
        }
    }
}

impl Script {
    fn of(script: &Imported) -> Self {
        let (downgrade, reason) = match &script.reverted {
            Reverted::Original(_) => ("original", None),
            Reverted::Derived(_) => {
                ("derived", script.left_out.as_ref().map(|left_out| left_out.why.clone()))
            }
            Reverted::Never(reason) => ("irreversible", Some(reason.clone())),
        };
        Self {
            revision: script.original.id.clone(),
            file: script.file_name(),
            original: script.original.file.clone(),
            downgrade,
            reason,
            loses: script.loses.clone(),
            allow: script.allowed.iter().copied().collect(),
            removed: script.removed.clone(),
        }
    }
}

/// Describes how a script is reverted, and what its header declares.
fn remarks(script: &Imported) -> String {
    let Script { downgrade, reason, loses, allow, .. } = Script::of(script);
    let is_derived = matches!(script.reverted, Reverted::Derived(_));
    let introduction = if is_derived { "; the original one was replaced" } else { "" };
    let reason = reason.map(|reason| format!("{introduction}: {reason}"));
    let loses = (!loses.is_empty()).then(|| format!("; loses {}", loses.join(", ")));
    let allow = (!allow.is_empty()).then(|| format!("; allows {}", allow.join(", ")));
    [Some(downgrade.to_owned()), reason, loses, allow].into_iter().flatten().collect()
}

/// Returns an error if the folder contains scripts, because an import must begin a history.
fn refuse_scripts(settings: &Settings) -> Result<(), Failure> {
    let names = folder::script_names(&settings.migrations).unwrap_or_default();
    let Some(first) = names.first() else { return Ok(()) };
    Err(Failure::wrong(
        format!("the folder `{}` already has scripts, such as `{first}`", settings.migrations.display()),
        "choose an empty folder with `--migrations`; the folder of the other tool cannot be used",
    ))
}

fn reject(rejected: &[Rejected]) -> Failure {
    let lines: Vec<String> =
        rejected.iter().map(|Rejected { file, why }| format!("  {file}: {why}")).collect();
    Failure::NotImported { files: rejected.len(), lines: lines.join("\n") }
}

fn write(imported: &[Imported], settings: &Settings) -> Result<(), Failure> {
    let folder = &settings.migrations;
    let failed =
        |doing: &'static str, path: &Path, source| Failure::File { doing, path: path.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(|source| failed("creating the folder", folder, source))?;
    let mut written: Vec<PathBuf> = Vec::new();
    for script in imported {
        let path = folder.join(script.file_name());
        if let Err(source) = files::create(&path, &script.text()) {
            // An incomplete chain is of no use.
            for path in &written {
                let _ = std::fs::remove_file(path);
            }
            return Err(failed("writing", &path, source));
        }
        written.push(path);
    }
    Ok(())
}

/// Writes the setting at the top of the settings file, before the first table.
fn set(path: &Path, revision: &str) -> Result<(), Failure> {
    let failed = |doing: &'static str, source| Failure::File { doing, path: path.to_owned(), source };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(failed("reading", source)),
    };
    let kept = text.lines().filter(|line| !line.trim_start().starts_with(SETTING));
    let text = [format!("{SETTING} = \"{revision}\"")].into_iter().chain(kept.map(str::to_owned));
    files::replace(path, &(text.collect::<Vec<_>>().join("\n") + "\n"))
        .map_err(|source| failed("writing", source))
}
