//! `aludel freeze --amend`: records that the downgrade of a frozen script was corrected.

use std::path::Path;

use aludel_core::chain::{Assembled, assemble};
use aludel_core::folder::{File, Folder};
use aludel_core::frozen::{self, InEffect, Kind, Lock, Superseded};
use aludel_core::script::{self, Grammar, ParsedScript, SectionKind};
use aludel_proof::proof::{self, Irreversible, differences_from};
use serde::Serialize;

use crate::error::Failure;
use crate::files;
use crate::folder::{Scripts, within_time_limit, within_time_limit_with};
use crate::settings::Settings;
use crate::ui::Ui;

/// The prefix of a difference that is reported because the released script fails.
const RELEASED_FAILS: &str = "recorded script: ";

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    file: String,
    amended: &'a str,
    checksum: &'a str,
}

/// Records the present downgrade of a script, given a file with the script as it was released.
pub(super) fn run(
    (revision, released): (&str, &Path),
    settings: &Settings,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let scripts = Scripts::read(settings)?;
    let present = find(scripts.folder(), revision)?;
    let released = read(released, &present)?;
    let path = settings.migrations.join(frozen::FILE);
    let lock = lock(scripts.folder(), (revision, &present, &released))?;
    let file = File { path: path.to_string_lossy().replace('\\', "/"), bytes: lock.clone().into_bytes() };
    let folder = Folder { lock: Some(file), ..scripts.folder().clone() };
    let faults = |problems| Failure::Faults { problems, hint: "nothing was written" };
    let assembled = assemble(&folder, true).map_err(|faulty| faults(faulty.problems))?;
    within_time_limit(&assembled, settings, proof::prove).and_then(|proved| proved).map_err(faults)?;
    compare(&assembled, (revision, &released), settings)?;
    files::replace(&path, &lock).map_err(|source| Failure::File {
        doing: "writing",
        path: path.clone(),
        source,
    })?;
    if ui.is_json() {
        let checksum = present.checksum();
        ui.json(&Answer { file: path.display().to_string(), amended: revision, checksum: &checksum });
    } else {
        ui.print(format_args!("the downgrade of {revision} is amended in {}", path.display()));
        ui.note(
            "Next: commit it with the script; databases that applied the released script stay as they are",
        );
    }
    Ok(0)
}

fn find(folder: &Folder, revision: &str) -> Result<ParsedScript, Failure> {
    let mut grammar = Grammar::default();
    let parsed = folder.files.iter().map(|file| script::parse(&file.path, &file.bytes, &mut grammar).0);
    let is_it = |script: &ParsedScript| script.header.id.as_ref().is_some_and(|id| id.value == revision);
    parsed.into_iter().find(is_it).ok_or_else(|| {
        Failure::wrong(format!("no script defines the revision `{revision}`"), "pass the whole ID")
    })
}

/// Reads the released script.
///
/// Returns an error if it differs from the current script in more than its downgrade.
fn read(path: &Path, present: &ParsedScript) -> Result<ParsedScript, Failure> {
    let bytes = std::fs::read(path).map_err(|source| Failure::File {
        doing: "reading",
        path: path.to_owned(),
        source,
    })?;
    let (released, _) = script::parse(&present.source.path, &bytes, &mut Grammar::default());
    let revises = |script: &ParsedScript| {
        let names = |names: &[aludel_core::problem::Spanned<String>]| -> Vec<String> {
            names.iter().map(|name| name.value.clone()).collect()
        };
        (names(&script.header.revises), names(&script.header.depends_on))
    };
    let upgrade = |script: &ParsedScript| script.text(SectionKind::Upgrade).to_owned();
    if upgrade(&released) != upgrade(present) || revises(&released) != revises(present) {
        return Err(Failure::wrong(
            format!("the script differs from `{}` in more than its downgrade", path.display()),
            "only a downgrade can be amended; write any other change as a new revision",
        ));
    }
    Ok(released)
}

/// Returns the list with the amendment.
///
/// Returns an error if the released script does not have the frozen checksum.
fn lock(
    folder: &Folder,
    (revision, present, released): (&str, &ParsedScript, &ParsedScript),
) -> Result<String, Failure> {
    let (lock, _) = Lock::of(folder.lock.as_ref(), frozen::FILE);
    let effect = InEffect::of(&lock, std::slice::from_ref(present));
    let line = effect.lines.iter().find(|line| line.entry.revision == revision);
    let frozen = line.map(|line| effect.succession.amended(revision, &line.entry.checksum).to_owned());
    let checksum = released.checksum();
    if frozen.as_ref() != Some(&checksum) {
        return Err(Failure::wrong(
            format!(
                "`--released` is not the frozen script of `{revision}`: its checksum is not in `{}`",
                frozen::FILE
            ),
            "get the script of the release from version control, such as `git show v1.0:migrations/FILE.sql > released.sql`",
        ));
    }
    let (kind, by) = (Kind::Amended, present.checksum());
    let record = Superseded { kind, revision: revision.to_owned(), checksum, by };
    Ok(lock.with(&[], &[record]))
}

/// Returns an error if the two downgrades have different effects, except on rows for which the
/// released one fails.
fn compare(
    assembled: &Assembled,
    (revision, released): (&str, &ParsedScript),
    settings: &Settings,
) -> Result<(), Failure> {
    let [upgrade, downgrade] =
        [SectionKind::Upgrade, SectionKind::Downgrade].map(|kind| released.text(kind).to_owned());
    let id = revision.to_owned();
    let differences =
        within_time_limit_with(assembled, settings, Irreversible::All, move |assembled, options| {
            differences_from(assembled, &id, [&upgrade, &downgrade], options)
        });
    let mut differences =
        differences.map_err(|problems| Failure::Faults { problems, hint: "nothing was written" })?;
    differences.retain(|difference| !difference.starts_with(RELEASED_FAILS));
    if differences.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = differences.iter().map(|line| format!("  {line}")).collect();
    Err(Failure::NotAmended { revision: revision.to_owned(), lines: lines.join("\n") })
}
