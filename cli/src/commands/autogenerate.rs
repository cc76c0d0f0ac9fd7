//! `aludel revision --autogenerate`

use std::path::PathBuf;

use aludel::Chain;
use aludel_core::chain::{Assembled, history_table};
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::script::Draft;
use aludel_proof::autogenerate::{Generated, Question, Wanted};
use clap::Args;
use serde::Serialize;

use super::draft;
use crate::error::Failure;
use crate::folder::Scripts;
use crate::place::{Change, Place};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::wanted;

/// Writes the script that leads to a schema.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Autogenerate")]
pub(super) struct Autogenerate {
    /// Writes what leads from the head to the schema that is wanted, and back; with `--database`, that database has to be at the head, and as
    /// its scripts make it
    #[arg(long = "autogenerate", id = "autogenerate")]
    is_asked_for: bool,

    /// The wanted schema: SQL that makes it on an empty database, or a file of Rust with models [default: `target` or `models` of
    /// `[autogenerate]` in `aludel.toml`]
    #[arg(long, value_name = "FILE", requires = "autogenerate")]
    target: Option<PathBuf>,

    /// Shows the script without writing it
    #[arg(long, requires = "autogenerate")]
    dry_run: bool,
}

/// What was generated, as JSON shows it.
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

    /// Writes the script into the folder. Gives its path, or nothing where nothing was written.
    pub(super) fn run(
        &self,
        draft: &Draft,
        scripts: &Scripts,
        settings: &Settings,
        ui: &mut Ui,
    ) -> Result<Option<PathBuf>, Failure> {
        let wanted = wanted::read(settings, self.target.as_deref())?.ok_or_else(|| {
            Failure::wrong(
                "nothing says which schema is wanted",
                "name a file with `--target schema.sql` or `--target src/models.rs`, or `target` or `models` under `[autogenerate]` in `aludel.toml`",
            )
        })?;
        let assembled = scripts.whole()?;
        if settings.names_database {
            compare_with_database(settings, &assembled, &wanted)?;
        }
        let generate = |question: &Question<'_>| question.generate(draft, scripts.folder());
        let Some(generated) = wanted::ask(settings, &assembled, &wanted, generate)? else {
            tell_nothing(ui);
            return Ok(None);
        };
        for one in &generated.detected {
            ui.note(format_args!("Detected {one}"));
        }
        if self.dry_run {
            tell(&generated, None, ui);
            return Ok(None);
        }
        let path = draft::save(&generated.draft, (scripts, &assembled.graph), settings)?;
        tell(&generated, Some(path.display().to_string()), ui);
        Ok(Some(path))
    }
}

fn tell_nothing(ui: &mut Ui) {
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
        ui.say("nothing to do: the schema at the head is the one that is wanted; no script was written");
    }
}

fn tell(generated: &Generated, file: Option<String>, ui: &mut Ui) {
    let Generated { detected, reviews, draft } = generated;
    if ui.is_json() {
        ui.json(&Answer {
            revision: Some(&draft.id),
            down_revisions: &draft.revises,
            file,
            detected: wanted::changes(detected),
            reviews: *reviews,
            script: Some(draft.to_string()),
        });
    } else {
        match &file {
            Some(file) => ui.say(format_args!("Generating {file} ...  done")),
            None => ui.say_text(draft.to_string().trim_end()),
        }
    }
    if *reviews > 0 {
        let questions = if *reviews == 1 { "a question".to_owned() } else { format!("{reviews} questions") };
        ui.note(format_args!(
            "Next: {questions} for you, in lines that begin with `-- REVIEW:`; decide, and remove the line; until then it does not compile"
        ));
    }
}

/// Rule: a database that is compared is at the head, and as its scripts make it; then what leads on from the one leads on from the other.
fn compare_with_database(settings: &Settings, assembled: &Assembled, wanted: &Wanted) -> Result<(), Failure> {
    let chain: Chain = Chain::loaded(assembled.chain(&settings.version_table));
    let place = Place::new(chain.migrator(), settings.database.clone(), settings.lock_timeout);
    let mut rows = place.rows()?;
    rows.sort();
    if rows != chain.heads.iter().map(ToString::to_string).collect::<Vec<_>>() {
        return Err(Failure::NotUpToDate);
    }
    let history = history_table(&settings.version_table);
    let path = place.database()?.path().to_owned();
    let schema = place.ask(|_, connection| {
        let mut reader = Reader::ignoring([settings.version_table.as_str(), history.as_str()]);
        if let Some(connection) = connection {
            let path = path.clone();
            let read = reader.read(connection, &Touched::Everything);
            read.map_err(|source| aludel::Error::Open { path, source })?;
        }
        Ok(reader.schema().clone())
    })?;
    let differences = wanted::ask(settings, assembled, wanted, |question| question.drift(&schema))?;
    if differences.is_empty() { Ok(()) } else { Err(Failure::Drifted { differences }) }
}
