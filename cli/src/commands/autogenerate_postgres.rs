//! `aludel revision --autogenerate` for scripts in PostgreSQL's dialect, on a scratch server

use std::path::PathBuf;

use aludel_core::chain::Assembled;
use aludel_core::script::{Draft, Filled};
use aludel_postgres::autogenerate::{Generated, Generator, Refusal, Sections};
use aludel_postgres::catalog::Difference;
use aludel_postgres::proof::Options;
use serde::Serialize;

use super::autogenerate::{Autogenerate, no_target, note_reviews, print_nothing};
use super::draft;
use crate::error::Failure;
use crate::folder::{self, Scripts};
use crate::scratch_server::{self, with_causes};
use crate::settings::Settings;
use crate::target_schema;
use crate::ui::Ui;
use crate::workspace::{Change, Workspace};

const NOT_WRITTEN: &str = "nothing was written: correct the target schema, or write the script by hand; `aludel revision` without `--autogenerate` creates an empty one";

/// The suffix of the message of a script that only adds values to enums.
const VALUES_OF_ENUMS: &str = ": new values of enums";

/// The result, as printed in JSON. The top level describes the last script.
#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    last: Written,
    detected: Vec<Change>,
    reviews: usize,
    /// The scripts before the last one.
    before: Vec<Written>,
    not_generated: Vec<String>,
}

/// One script of the result.
#[derive(Debug, Serialize)]
struct Written {
    revision: String,
    down_revisions: Vec<String>,
    file: Option<String>,
    script: String,
}

/// Writes the scripts into the folder. Returns the path of the last script, or `None` if nothing
/// was written.
pub(super) fn run(
    autogenerate: &Autogenerate,
    draft: &Draft,
    scripts: &Scripts,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<Option<PathBuf>, Failure> {
    let target = target_schema::read_sql(settings, autogenerate.target.as_deref())?.ok_or_else(no_target)?;
    let assembled = scripts.whole()?;
    if settings.names_database {
        check_database(&assembled, settings)?;
        ui.note("note: the schema of the database was not compared, only its revision");
    }
    let Some(generated) = generate(autogenerate, &assembled, settings, &target)? else {
        print_nothing(ui);
        return Ok(None);
    };
    let not_generated = note_differences(&generated, ui);
    if generated.scripts.is_empty() {
        return Err(Failure::Autogenerate {
            message: format!("no statement is generated for these differences: {}", not_generated.join("; ")),
            hint: NOT_WRITTEN,
        });
    }
    let mut paths = Vec::new();
    let mut written = Vec::new();
    for draft in drafts(draft, &generated.scripts)? {
        let path = if autogenerate.dry_run { None } else { Some(save(&draft, settings)?) };
        written.push(Written {
            revision: draft.id.clone(),
            down_revisions: draft.revises.clone(),
            file: path.as_ref().map(|path| path.display().to_string()),
            script: draft.to_string(),
        });
        paths.extend(path);
    }
    print(written, &generated, not_generated, ui);
    Ok(paths.pop())
}

fn generate(
    autogenerate: &Autogenerate,
    assembled: &Assembled,
    settings: &Settings,
    target: &str,
) -> Result<Option<Generated>, Failure> {
    let chain = assembled.chain(&settings.version_table);
    let options = Options::new(&settings.version_table);
    let server =
        scratch_server::at(autogenerate.url.as_deref()).map_err(|error| failed(&Refusal::Scratch(error)))?;
    let generator = Generator { chain: &chain, server: &server, own_tables: &options.own_tables };
    generator.generate(target).map_err(|refusal| failed(&refusal))
}

fn failed(refusal: &Refusal) -> Failure {
    let hint = match refusal {
        Refusal::Scratch(error) => error.help().unwrap_or(NOT_WRITTEN),
        Refusal::Chain { .. } => {
            "nothing was written: fix the scripts first; `aludel prove` shows all errors"
        }
        Refusal::Target { .. } | Refusal::Generated { .. } => NOT_WRITTEN,
    };
    Failure::Autogenerate { message: with_causes(refusal), hint }
}

/// Returns an error if a database is named but is not at the head.
fn check_database(assembled: &Assembled, settings: &Settings) -> Result<(), Failure> {
    let chain = folder::chain(assembled, settings);
    let workspace = Workspace::new(chain.migrator(), settings.database.clone(), settings.lock_timeout);
    let mut rows = workspace.rows()?;
    rows.sort();
    if rows.iter().map(String::as_str).eq(chain.heads()) { Ok(()) } else { Err(Failure::NotUpToDate) }
}

/// Prints the differences that the scripts resolve, and those that they do not resolve. Returns the
/// latter.
fn note_differences(generated: &Generated, ui: &mut Ui) -> Vec<String> {
    for one in &generated.detected {
        ui.note(format_args!("Detected {}", one.words));
    }
    let describe = |section: &str, differences: &[Difference]| -> Vec<String> {
        differences.iter().map(|difference| format!("after the {section}, {difference}")).collect()
    };
    let mut left = describe("upgrade", &generated.left_after_upgrade);
    left.extend(describe("downgrade", &generated.left_after_downgrade));
    for one in &left {
        ui.note(format_args!("not generated: {one}"));
    }
    left
}

/// Fills in one draft for each script. The last script has the requested ID.
fn drafts(draft: &Draft, scripts: &[Sections]) -> Result<Vec<Draft>, Failure> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (number, sections) in scripts.iter().enumerate() {
        let mut next = draft.clone();
        if let Some(before) = drafts.last() {
            next.revises = vec![before.id.clone()];
            next.depends_on.clear();
            next.branch_labels.clear();
        }
        if number + 1 < scripts.len() {
            next.id = draft::draft(None, None)?.id;
        }
        if sections.adds_enum_values && scripts.len() > 1 {
            next.message.push_str(VALUES_OF_ENUMS);
        }
        next.filled = Some(Filled {
            loses: sections.loses.clone(),
            upgrade: sections.upgrade.clone(),
            downgrade: sections.downgrade.clone(),
            ..Filled::default()
        });
        drafts.push(next);
    }
    Ok(drafts)
}

/// Writes a script into the folder, and checks it together with the existing scripts.
fn save(draft: &Draft, settings: &Settings) -> Result<PathBuf, Failure> {
    let scripts = Scripts::read(settings)?;
    let graph = scripts.outline()?.graph;
    draft::save(draft, (&scripts, &graph), settings)
}

fn print(mut written: Vec<Written>, generated: &Generated, not_generated: Vec<String>, ui: &mut Ui) {
    let reviews = generated.scripts.iter().map(|sections| sections.reviews).sum();
    if ui.is_json() {
        let Some(last) = written.pop() else { return };
        let change = |one: &aludel_postgres::autogenerate::Detected| Change {
            change: one.change,
            words: one.words.clone(),
        };
        let detected = generated.detected.iter().map(change).collect();
        ui.json(&Answer { last, detected, reviews, before: written, not_generated });
    } else {
        for script in &written {
            match &script.file {
                Some(file) => ui.print(format_args!("Generating {file} ...  done")),
                None => ui.print_text(script.script.trim_end()),
            }
        }
    }
    note_reviews(reviews, ui);
    if reviews == 0 {
        ui.note("Next: prove the script with `aludel prove`");
    }
}
