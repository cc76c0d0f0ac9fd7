//! `aludel explain`

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
                let message = message::find(&name.to_lowercase()).ok_or_else(|| unknown(name))?;
                if ui.is_json() {
                    ui.json(&explained(message));
                } else {
                    ui.print(format_args!("{ID}{}{ID:#} ({})", message.code, words_of(message)));
                    ui.print(format_args!("{FIELD}{}{FIELD:#}", message.summary));
                    ui.print("");
                    ui.print_text(message.explanation);
                }
            }
        }
        Ok(0)
    }
}

fn list(ui: &mut Ui) {
    if ui.is_json() {
        ui.json(&message::lints().map(explained).collect::<Vec<_>>());
        return;
    }
    let width = message::lints().map(|lint| lint.code.len()).max().unwrap_or_default();
    for lint in message::lints() {
        ui.print(format_args!("{ID}{:width$}{ID:#}  {:4}  {}", lint.code, lint.level.word(), lint.summary));
    }
    ui.print("");
    ui.print("deny: fails compilation and `verify`; note: shown by `verify`. `-- Allow: <lint>` in a script's header disables a lint for that script.");
}

fn explained(message: &Message) -> Explained {
    let Message { code, level, summary, explanation } = *message;
    Explained { name: code, level: level.word(), summary, explanation }
}

fn words_of(message: &Message) -> &'static str {
    match message.level {
        Level::Fault => "an error",
        Level::Deny => "a lint: fails compilation unless allowed",
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
