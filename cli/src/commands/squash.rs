//! `aludel squash`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aludel_core::chain::{Assembled, assemble};
use aludel_core::folder::{File, Folder};
use aludel_core::graph::Index;
use aludel_core::script::{Dialect, Draft};
use aludel_proof::proof::{self, Irreversible};
use aludel_proof::squash;
use clap::Args;
use serde::Serialize;

use super::freeze::alone;
use super::{draft, squash_postgres};
use crate::error::Failure;
use crate::files;
use crate::folder::{Scripts, within_time_limit_with};
use crate::prover::Prover;
use crate::settings::Settings;
use crate::ui::{Ui, counted};

/// The hint for scripts that cannot be squashed.
pub(super) const HINT: &str = "nothing was written; choose another revision with `--to`";

/// The maximum number of times that the chain is proved. Each round allows the lints that the
/// released schema violates.
const ROUNDS: usize = 3;

/// Replace released scripts by one script with the same schema and rows
///
/// The new script creates the schema of a revision, and inserts the rows that the replaced scripts
/// would have left. It keeps the ID of that revision, so databases at or after the revision stay
/// unchanged. Nothing is written unless the proof shows that the result is the same.
/// For PostgreSQL, `pg_dump` writes the script on a scratch server.
#[derive(Debug, Clone, Args)]
pub(super) struct Squash {
    /// Last revision to replace. Every other revision must come before or after it [default: the
    /// latest possible revision]
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,

    /// Message of the new script
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,

    /// Print the new script without writing it
    #[arg(long)]
    dry_run: bool,
}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    dry_run: bool,
    revision: &'a str,
    file: String,
    replaced: Vec<&'a str>,
    removed: Vec<String>,
}

/// A squash that was proved.
struct Proved {
    base: Draft,
    folder: Folder,
}

impl Squash {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        let _alone = alone(&settings.migrations);
        let scripts = Scripts::read(settings)?;
        let assembled = scripts.whole()?;
        if self.to.is_none() && !assembled.left_over.is_empty() {
            return finish(&assembled, settings, ui);
        }
        let point = self.point(&assembled)?;
        let draft = self.draft(&assembled, point);
        let proved = prove(&assembled, point, (&draft, scripts.folder()), settings)?;
        let replaced = assembled.graph.ancestors([point]);
        let of_scripts = replaced.iter().filter_map(|index| assembled.scripts.get(index));
        let removed: Vec<String> = of_scripts.map(|script| script.source.path.clone()).collect();
        let file = squash::base_path(&assembled, point, &proved.base);
        if !self.dry_run {
            write(&proved, &file, &removed, settings)?;
        }
        let answer = Answer {
            dry_run: self.dry_run,
            revision: assembled.graph.id(point),
            file,
            replaced: replaced.iter().map(|index| assembled.graph.id(index)).collect(),
            removed,
        };
        tell(&answer, &proved, settings, ui);
        Ok(0)
    }

    fn point(&self, assembled: &Assembled) -> Result<Index, Failure> {
        let refused =
            |refusal: squash::Refusal| Failure::NotSquashed { why: refusal.to_string(), hint: HINT };
        let Some(name) = &self.to else {
            return squash::latest_point(assembled).ok_or(Failure::NotSquashed {
                why: "nothing to squash: no frozen revision is on every branch and comes after another frozen one".to_owned(),
                hint: "`--to REVISION` shows why a revision cannot be chosen",
            });
        };
        match draft::find(name, &assembled.graph)?.as_slice() {
            [point] => squash::check_point(assembled, *point).map(|()| *point).map_err(refused),
            _ => Err(Failure::wrong(format!("`{name}` is not one revision"), "pass one revision")),
        }
    }

    fn draft(&self, assembled: &Assembled, point: Index) -> Draft {
        let replaced = assembled.graph.ancestors([point]);
        let header = assembled.scripts.get(point).map(|script| script.header.clone()).unwrap_or_default();
        let labels = replaced.iter().flat_map(|index| assembled.graph.node(index).labels.clone());
        let of_scripts = counted(replaced.len(), "script");
        let message =
            self.message.clone().unwrap_or_else(|| format!("Squash of {of_scripts}: {}", header.message));
        Draft {
            id: assembled.graph.id(point).to_owned(),
            message: message.split_whitespace().collect::<Vec<_>>().join(" "),
            branch_labels: labels.map(|label| label.to_string()).collect(),
            create_date: header.create_date.unwrap_or_default(),
            ..Draft::default()
        }
    }
}

/// Writes the base, and proves the chain that begins with it.
fn prove(
    assembled: &Assembled,
    point: Index,
    (draft, folder): (&Draft, &Folder),
    settings: &Settings,
) -> Result<Proved, Failure> {
    let faults = |problems| Failure::Faults { problems, hint: "nothing was written" };
    let prover = Prover::of(settings).map_err(faults)?;
    let path = settings.migrations.to_string_lossy().replace('\\', "/");
    let folder_with = |base: &Draft| squash::folder(assembled, point, folder.lock.as_ref(), base, &path);
    let mut base = match prover.server() {
        Some(server) => squash_postgres::write(assembled, point, draft, folder_with, (server, settings))?,
        None => write_base(assembled, point, draft, settings)?,
    };
    for _ in 0..ROUNDS {
        let squashed = folder_with(&base);
        let of_folder = assemble(&squashed, true).map_err(|faulty| faults(faulty.problems))?;
        let problems = prover.faults(&of_folder).map_err(faults)?;
        if problems.is_empty() {
            return Ok(Proved { base, folder: squashed });
        }
        let lints: BTreeSet<String> = problems
            .iter()
            .filter(|problem| problem.file_name() == Some(&*base.file_name()) && prover.is_lint(problem))
            .map(|lint| lint.code().to_owned())
            .collect();
        if lints.is_empty() {
            return Err(faults(problems));
        }
        // The schema is released, so lints can no longer change it.
        base.filled.iter_mut().for_each(|filled| filled.allow.extend(lints.iter().cloned()));
    }
    Err(Failure::NotSquashed { why: "the new script does not pass the proof".to_owned(), hint: HINT })
}

fn write_base(
    assembled: &Assembled,
    point: Index,
    draft: &Draft,
    settings: &Settings,
) -> Result<Draft, Failure> {
    let draft = draft.clone();
    let write = move |assembled: &Assembled, options: &proof::Options| {
        squash::Squash { assembled, point, options }.write(&draft)
    };
    within_time_limit_with(assembled, settings, Irreversible::All, write)
        .map_err(|problems| Failure::Faults { problems, hint: "nothing was written" })?
        .map_err(|refusal| Failure::NotSquashed { why: refusal.to_string(), hint: HINT })
}

/// Writes the list and then the base, and finally removes the scripts. If this is interrupted at
/// any point, the folder contains either the old or the new chain, and any leftover files are not
/// part of the chain.
fn write(proved: &Proved, file: &str, removed: &[String], settings: &Settings) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Failure::File { doing: "writing", path, source }
    };
    if let Some(File { bytes, .. }) = &proved.folder.lock {
        let lock = settings.migrations.join(aludel_core::frozen::FILE);
        files::replace(&lock, &String::from_utf8_lossy(bytes)).map_err(failed(&lock))?;
    }
    let path = Path::new(file);
    files::replace(path, &proved.base.to_string()).map_err(failed(path))?;
    remove(removed.iter().filter(|removed| *removed != file), &settings.migrations)
}

/// Removes files, and then the subfolders of the migrations that have become empty.
fn remove<'f>(files: impl Iterator<Item = &'f String>, migrations: &Path) -> Result<(), Failure> {
    for file in files {
        let path = PathBuf::from(file);
        let failed = |source| Failure::File { doing: "removing", path: path.clone(), source };
        std::fs::remove_file(&path).map_err(failed)?;
        let is_below = |folder: &&Path| *folder != migrations && folder.starts_with(migrations);
        for folder in path.ancestors().skip(1).take_while(is_below) {
            // This fails if the folder contains other files.
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    Ok(())
}

/// Removes the files that an interrupted squash left over.
fn finish(assembled: &Assembled, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
    remove(assembled.left_over.iter(), &settings.migrations)?;
    let removed = assembled.left_over.clone();
    if ui.is_json() {
        ui.json(&Answer { dry_run: false, revision: "", file: String::new(), replaced: Vec::new(), removed });
        return Ok(0);
    }
    for file in removed {
        ui.print(format_args!("Removed {file}"));
    }
    ui.print("the earlier squash is complete");
    Ok(0)
}

fn tell(answer: &Answer<'_>, proved: &Proved, settings: &Settings, ui: &mut Ui) {
    if ui.is_json() {
        ui.json(answer);
        return;
    }
    let scripts = counted(answer.replaced.len(), "script");
    if answer.dry_run {
        ui.print_text(&proved.base.to_string());
        ui.print(format_args!("{scripts} would be replaced by {}; nothing was written", answer.file));
        return;
    }
    for file in &answer.removed {
        ui.print(format_args!("Removed {file}"));
    }
    ui.print(format_args!("{scripts} replaced by {}, with the same schema and rows", answer.file));
    if let Irreversible::Until(until) = &settings.irreversible
        && answer.replaced.contains(&&**until)
    {
        ui.note(format_args!("note: remove `irreversible_until` from the settings and from the call to `embed_migrations!`: `{until}` is replaced"));
    }
    let prove = match settings.reading.dialect {
        Dialect::Sqlite => "",
        Dialect::Postgresql => "run `aludel prove`, and ",
    };
    ui.note(format_args!(
        "Next: {prove}commit the folder. A database before {} must be upgraded by a release that still has these scripts",
        answer.revision
    ));
}
