//! `aludel status`

use aludel_core::script::Dialect;
use clap::Args;
use serde::Serialize;

use super::steps::{place_of, warn};
use crate::database::{Effort, Migrator};
use crate::error::Failure;
use crate::schema_check::{Resembled, Stamped};
use crate::ui::{FIELD, ID, Ui};
use crate::view::View;
use crate::workspace::Workspace;

/// Show the state of the database compared with the scripts, and the next step
#[derive(Debug, Clone, Args)]
pub(super) struct Status {}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer {
    database: String,
    status: &'static str,
    current: Vec<String>,
    heads: Vec<String>,
    revisions: Vec<String>,
    schema: Option<Stamped>,
    #[serde(flatten)]
    resembled: Option<Resembled>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    advice: Option<String>,
}

impl Status {
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let status = workspace.ask(Migrator::status)?;
        let current = workspace.rows()?;
        let schema = Stamped::compare(workspace, &status, Effort::NoServer)?;
        let resembled = Resembled::of(&status);
        let advice = advice(workspace.chain.dialect, &status, resembled.as_ref());
        let view = workspace.view();
        let answer = Answer {
            database: workspace.database()?.to_string(),
            status: word(&status),
            current,
            heads: view.graph.ids(view.graph.real_heads()),
            revisions: revisions(&status),
            warnings: workspace.warnings()?,
            advice,
            schema,
            resembled,
        };
        if ui.is_json() {
            ui.json(&answer);
        } else {
            print(&answer, &status, &view, ui);
            warn(&answer.warnings, ui);
        }
        Ok(0)
    }
}

fn print(answer: &Answer, status: &aludel::Status, view: &View<'_>, ui: &mut Ui) {
    let mut field = |name: &str, value: &str| ui.print(format_args!("{FIELD}{name:<9}{FIELD:#} {value}"));
    field("database", &answer.database);
    field("status", &words(status));
    field("current", place_of(&answer.current).trim_start_matches("at "));
    field("heads", place_of(&answer.heads).trim_start_matches("at "));
    for revision in &answer.revisions {
        let message = view.graph.find(revision).map_or("", |index| &*view.chain.script(index).message);
        ui.print(format_args!("  {ID}{revision}{ID:#}, {message}").to_string().trim_end_matches(", "));
    }
    if let Some(schema) = answer.schema.as_ref().and_then(Stamped::summary) {
        ui.print(format_args!("{FIELD}{:<9}{FIELD:#} {schema}", "schema"));
    }
    if let Some(resembled) = &answer.resembled {
        resembled.print(ui);
    }
    if let Some(advice) = &answer.advice {
        ui.print(format_args!("{FIELD}{:<9}{FIELD:#} {advice}", "to do"));
    }
}

/// Returns the status as one word.
pub(super) fn word(status: &aludel::Status) -> &'static str {
    match status {
        aludel::Status::Fresh => "fresh",
        aludel::Status::AtHead => "at-head",
        aludel::Status::Behind { .. } => "behind",
        aludel::Status::Ahead { .. } => "ahead",
        aludel::Status::BeforeSquash { .. } => "before-squash",
        aludel::Status::Diverged { .. } => "diverged",
        aludel::Status::Unversioned { .. } => "unversioned",
        _ => "unknown",
    }
}

fn words(status: &aludel::Status) -> String {
    match status {
        aludel::Status::Behind { pending } => format!("behind: {} pending", pending.len()),
        aludel::Status::Ahead { .. } => "ahead: the database has revisions that no script defines".to_owned(),
        aludel::Status::Diverged { .. } => "diverged: scripts were edited after they were applied".to_owned(),
        other => other.to_string(),
    }
}

/// Returns the revisions that the status refers to.
fn revisions(status: &aludel::Status) -> Vec<String> {
    match status {
        aludel::Status::Behind { pending: named }
        | aludel::Status::Ahead { unknown: named }
        | aludel::Status::BeforeSquash { revisions: named, .. }
        | aludel::Status::Diverged { edited: named } => named.clone(),
        aludel::Status::Unversioned { matches, .. } => {
            matches.iter().map(|one| one.revision.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the next step for the user.
pub(super) fn advice(
    dialect: Dialect,
    status: &aludel::Status,
    resembled: Option<&Resembled>,
) -> Option<String> {
    Some(match status {
        aludel::Status::Fresh | aludel::Status::Behind { .. } => {
            "run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them".to_owned()
        }
        aludel::Status::Ahead { .. } => {
            "use the scripts of the program that migrated this database last; or revert these revisions with `downgrade --to-known`".to_owned()
        }
        aludel::Status::BeforeSquash { revisions, point } => {
            let (revisions, point) = (revisions.clone(), point.clone());
            aludel::Error::BeforeSquash { revisions, point }.hint()?
        }
        aludel::Status::Diverged { .. } => {
            aludel::Error::Diverged { edited: Vec::new() }.hint()?
        }
        aludel::Status::Unversioned { .. } => status.advice()
            .or_else(|| resembled?.advice())
            .unwrap_or_else(|| unknown_schema(dialect).to_owned()),
        _ => return None,
    })
}

/// Returns the next step for an unversioned database that no revision is known to match.
fn unknown_schema(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "no revision has this schema: find out which revision it belongs to and record it with `stamp`, or choose another database"
        }
        // The schema of each revision would need a scratch server.
        Dialect::Postgresql => {
            "its schema was not compared with the scripts: `diff REVISION` compares it with that of a revision; record the revision with `stamp`, or choose another database"
        }
    }
}
