//! `aludel check`

use clap::Args;
use serde::Serialize;

use super::status::{advice, word};
use crate::error::Failure;
use crate::place::Place;
use crate::ui::Ui;

/// Fails unless the database is at the head, with nothing edited and nothing unknown
#[derive(Debug, Clone, Args)]
pub(super) struct Check {}

/// The answer, as JSON shows it.
#[derive(Debug, Serialize)]
struct Checked {
    ok: bool,
    status: &'static str,
}

impl Check {
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(super) fn run<C>(&self, place: &Place<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let status = place.ask(|migrator, connection| migrator.status(connection))?;
        let exit_code = status.exit_code();
        if ui.is_json() {
            ui.json(&Checked { ok: exit_code == 0, status: word(&status) });
        } else if exit_code == 0 {
            ui.say("the database is at head");
        } else {
            ui.say(&status);
            if let Some(advice) = advice(&status) {
                ui.note(format_args!("hint: {advice}"));
            }
        }
        Ok(exit_code)
    }
}
