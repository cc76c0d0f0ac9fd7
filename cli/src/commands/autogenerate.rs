//! `aludel revision --autogenerate`

use std::path::PathBuf;

use aludel::Chain;
use aludel_core::chain::{Assembled, history_table};
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::script::{Dialect, Draft};
use aludel_proof::autogenerate::{Generated, Question};
use aludel_proof::target_schema::TargetSchema;
use clap::Args;
use serde::Serialize;

use super::{autogenerate_postgres, draft};
use crate::error::Failure;
use crate::folder::Scripts;
use crate::settings::Settings;
use crate::target_schema;
use crate::ui::{Ui, counted};
use crate::workspace::{Change, Workspace};

/// The options of `--autogenerate`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Autogenerate options")]
pub(super) struct Autogenerate {
    /// Generate a script that changes the schema at the head to the target schema, and back. With
    /// `--database`, that database must be at the head and have the schema that its scripts produce
    #[arg(long = "autogenerate", id = "autogenerate")]
    is_asked_for: bool,

    /// Target schema: SQL that creates it on an empty database, or a Rust file with models
    /// [default: `target` or `models` of `[autogenerate]` in `aludel.toml`]
    #[arg(long, value_name = "FILE", requires = "autogenerate")]
    pub(super) target: Option<PathBuf>,

    /// Show the script without writing it
    #[arg(long, requires = "autogenerate")]
    pub(super) dry_run: bool,

    /// For scripts in PostgreSQL's dialect: server on which scratch databases are created and
    /// dropped [default: a server that is started in a temporary folder]
    // Does not use `requires`, because the variable may be set for other commands.
    #[arg(long, value_name = "URL", env = "ALUDEL_PROVE_URL", hide_env_values = true)]
    pub(super) url: Option<String>,
}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    revision: Option<&'a str>,
    down_revisions: &'a [String],
    file: Option<String>,
    detected: Vec<Change>,
    reviews: usize,
    script: Option<String>,
}

impl Autogenerate {
    pub(super) fn is_asked_for(&self) -> bool {
        self.is_asked_for
    }

    /// Writes the script into the folder. Returns its path, or `None` if nothing was written.
    pub(super) fn run(
        &self,
        draft: &Draft,
        scripts: &Scripts,
        settings: &Settings,
        ui: &mut Ui,
    ) -> Result<Option<PathBuf>, Failure> {
        if settings.reading.dialect == Dialect::Postgresql {
            return autogenerate_postgres::run(self, draft, scripts, settings, ui);
        }
        let repeatable = scripts.folder().repeatable.as_slice();
        let target = target_schema::read(settings, self.target.as_deref(), repeatable)?;
        let target = target.ok_or_else(no_target)?;
        let assembled = scripts.whole()?;
        if settings.names_database {
            compare_with_database(settings, &assembled, &target)?;
        }
        let (draft, folder) = (draft.clone(), scripts.folder().clone());
        let generate = move |question: &Question<'_>| question.generate(&draft, &folder);
        let Some(generated) = target_schema::ask(settings, &assembled, &target, generate)? else {
            print_nothing(ui);
            return Ok(None);
        };
        if let Some(revision) = unproved(&assembled) {
            ui.note(format_args!(
                "note: `{revision}` is marked `Unproved`, so the script was proved on the schema at the head alone, not after the other scripts"
            ));
        }
        for one in &generated.detected {
            ui.note(format_args!("Detected {one}"));
        }
        if self.dry_run {
            print(&generated, None, ui);
            return Ok(None);
        }
        let path = draft::save(&generated.draft, (scripts, &assembled.graph), settings)?;
        print(&generated, Some(path.display().to_string()), ui);
        Ok(Some(path))
    }
}

pub(super) fn no_target() -> Failure {
    Failure::wrong(
        "no target schema is set",
        "pass `--target schema.sql` or `--target src/models.rs`, or set `target` or `models` under `[autogenerate]` in `aludel.toml`",
    )
}

/// Returns the first script that the proof does not execute.
fn unproved(assembled: &Assembled) -> Option<&str> {
    let script = assembled.scripts.iter().find(|script| script.header.unproved.is_some())?;
    script.header.id.as_ref().map(|id| id.value.as_str())
}

pub(super) fn print_nothing(ui: &mut Ui) {
    if ui.is_json() {
        let nothing: &[String] = &[];
        ui.json(&Answer {
            revision: None,
            down_revisions: nothing,
            file: None,
            detected: Vec::new(),
            reviews: 0,
            script: None,
        });
    } else {
        ui.print("nothing to do: the head already has the target schema; no script was written");
    }
}

fn print(generated: &Generated, file: Option<String>, ui: &mut Ui) {
    let Generated { detected, reviews, draft } = generated;
    if ui.is_json() {
        ui.json(&Answer {
            revision: Some(&draft.id),
            down_revisions: &draft.revises,
            file,
            detected: target_schema::changes(detected),
            reviews: *reviews,
            script: Some(draft.to_string()),
        });
    } else {
        match &file {
            Some(file) => ui.print(format_args!("Generating {file} ...  done")),
            None => ui.print_text(draft.to_string().trim_end()),
        }
    }
    note_reviews(*reviews, ui);
}

pub(super) fn note_reviews(reviews: usize, ui: &mut Ui) {
    if reviews > 0 {
        let questions = counted(reviews, "question");
        ui.note(format_args!(
            "Next: answer {questions} in the lines that begin with `-- REVIEW:`, and remove those lines; until then the program does not compile"
        ));
    }
}

/// Checks that a database given for comparison is at the head and has the schema that its scripts
/// produce. A script that is generated for the head then also fits the database.
fn compare_with_database(
    settings: &Settings,
    assembled: &Assembled,
    target: &TargetSchema,
) -> Result<(), Failure> {
    let chain: Chain = Chain::loaded(assembled.chain(&settings.version_table));
    let workspace = Workspace::new(chain.migrator(), settings.database.clone(), settings.lock_timeout);
    let mut rows = workspace.rows()?;
    rows.sort();
    if !rows.iter().map(String::as_str).eq(chain.heads()) {
        return Err(Failure::NotUpToDate);
    }
    let history = history_table(&settings.version_table);
    let Some(path) = workspace.database()?.sqlite().map(|database| database.path().to_owned()) else {
        return Ok(());
    };
    let schema = workspace.ask(|_, connection| {
        let mut reader = Reader::ignoring([settings.version_table.as_str(), history.as_str()]);
        if let Some(connection) = connection.sqlite() {
            let path = path.clone();
            let read = reader.read(connection, &Touched::Everything);
            read.map_err(|source| aludel::Error::Open { path, source: source.into() })?;
        }
        Ok(reader.schema().clone())
    })?;
    let differences =
        target_schema::ask(settings, assembled, target, move |question| question.drift(&schema))?;
    if differences.is_empty() { Ok(()) } else { Err(Failure::Drifted { differences }) }
}
