//! `aludel explain`

use aludel_postgres::{Explanation, lint, proof};
use aludel_proof::message::{self, Level, Message};
use clap::Args;
use serde::Serialize;

use crate::error::Failure;
use crate::ui::{FIELD, ID, Ui};

/// Explain a lint or message code, or list all lints
#[derive(Debug, Clone, Args)]
pub(super) struct Explain {
    /// Lint or message code, as printed by `verify --format json`
    name: Option<String>,
}

/// A message, as printed in JSON.
#[derive(Debug, Serialize)]
struct Explained {
    name: &'static str,
    level: &'static str,
    summary: &'static str,
    explanation: &'static str,
}

impl Explain {
    pub(super) fn run(&self, ui: &mut Ui) -> Result<u8, Failure> {
        match &self.name {
            None => list(ui),
            Some(name) => {
                let (explained, words) = find(&name.to_lowercase()).ok_or_else(|| unknown(name))?;
                if ui.is_json() {
                    ui.json(&explained);
                } else {
                    ui.print(format_args!("{ID}{}{ID:#} ({words})", explained.name));
                    ui.print(format_args!("{FIELD}{}{FIELD:#}", explained.summary));
                    ui.print("");
                    ui.print_text(explained.explanation);
                }
            }
        }
        Ok(0)
    }
}

/// Returns the message or lint with this name, and the words for its level. Returns `None` if there
/// is none.
fn find(name: &str) -> Option<(Explained, &'static str)> {
    if let Some(message) = message::find(name) {
        return Some((explained(message), words_of(message)));
    }
    let of_lints = lint::ALL.iter().map(|lint| (of_postgres(lint, Level::Deny), OF_A_LINT));
    let of_proof = proof::MESSAGES.iter().map(|message| (of_postgres(message, Level::Fault), OF_AN_ERROR));
    of_lints.chain(of_proof).find(|(explained, _)| explained.name == name)
}

fn list(ui: &mut Ui) {
    let lints = message::lints().map(explained);
    let of_postgres = lint::ALL.iter().map(|lint| of_postgres(lint, Level::Deny));
    if ui.is_json() {
        ui.json(&lints.chain(of_postgres).collect::<Vec<_>>());
        return;
    }
    let lints: Vec<Explained> = lints.collect();
    let of_postgres: Vec<Explained> = of_postgres.collect();
    let width = lints.iter().chain(&of_postgres).map(|lint| lint.name.len()).max().unwrap_or_default();
    for Explained { name, level, summary, .. } in &lints {
        ui.print(format_args!("{ID}{name:width$}{ID:#}  {level:4}  {summary}"));
    }
    ui.print("");
    ui.print("For PostgreSQL, in `aludel prove`:");
    for Explained { name, level, summary, .. } in &of_postgres {
        ui.print(format_args!("{ID}{name:width$}{ID:#}  {level:4}  {summary}"));
    }
    ui.print("");
    ui.print("deny: fails compilation, `verify` or `prove`; note: is only shown. `-- Allow: <lint>` in a script's header disables a lint for that script.");
}

fn explained(message: &Message) -> Explained {
    let Message { code, level, summary, explanation } = *message;
    Explained { name: code, level: level.word(), summary, explanation }
}

fn of_postgres(message: &Explanation, level: Level) -> Explained {
    let Explanation { code, summary, explanation } = *message;
    Explained { name: code, level: level.word(), summary, explanation }
}

/// The description of the level of a message.
const OF_AN_ERROR: &str = "an error";
const OF_A_LINT: &str = "a lint: fails compilation unless allowed";

fn words_of(message: &Message) -> &'static str {
    match message.level {
        Level::Fault => OF_AN_ERROR,
        Level::Deny => OF_A_LINT,
        Level::Note if message.is_lint() => "a lint: a note unless allowed",
        Level::Note => "a note",
    }
}

fn unknown(name: &str) -> Failure {
    let hint = match message::nearest(name, message::all()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`aludel explain` lists the lints".to_owned(),
    };
    Failure::wrong(format!("no lint or message is called `{name}`"), hint)
}
