//! `aludel diff`

use aludel_core::schema::{Changes, Detected, Difference, differences};
use clap::Args;
use serde::Serialize;

use super::schema::{made, revisions};
use crate::error::{FAILED, Failure};
use crate::place::Place;
use crate::ui::Ui;

/// Tells what changes from the schema at one revision to that at another, or to that of the database
///
/// The exit code is 0 where nothing does, and 1 where something does.
#[derive(Debug, Clone, Args)]
pub(super) struct Diff {
    /// From where: an id or a unique prefix of one, a label, `head`, `heads`, `base`, `current`, `-1` (below the heads)
    #[arg(value_name = "FROM", allow_negative_numbers = true)]
    from: String,

    /// To where [default: the schema that the database has]
    #[arg(value_name = "TO", allow_negative_numbers = true)]
    to: Option<String>,
}

/// The answer, as JSON shows it.
#[derive(Debug, Serialize)]
struct Answer {
    from: Vec<String>,
    to: Option<Vec<String>>,
    database: Option<String>,
    changes: Vec<Change>,
}

#[derive(Debug, Serialize)]
struct Change {
    change: &'static str,
    words: String,
}

impl Diff {
    pub(super) fn run<C>(&self, place: &Place<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let from = revisions(place, &self.from)?;
        let to = self.to.as_ref().map(|name| revisions(place, name)).transpose()?;
        let was = made(place, &from)?;
        let (is, database) = match &to {
            Some(to) => (made(place, to)?, None),
            None => (of_database(place)?, Some(place.database()?.to_string())),
        };
        let changes = differences(&Changes::between(&was, &is));
        let changes: Vec<Change> = changes.into_iter().flat_map(changes_of).collect();
        let exit_code = if changes.is_empty() { 0 } else { FAILED };
        if ui.is_json() {
            let ids = |revisions| place.chain.ids(revisions);
            ui.json(&Answer { from: ids(from), to: to.map(ids), database, changes });
        } else if changes.is_empty() {
            let to = self.to.clone().or(database).unwrap_or_default();
            ui.say(format_args!("no difference: the schema at {} is that of {to}", self.from));
        } else {
            for Change { words, .. } in changes {
                ui.say(words);
            }
        }
        Ok(exit_code)
    }
}

fn of_database<C>(place: &Place<'_, C>) -> Result<aludel_core::schema::Schema, Failure> {
    let schema = place
        .ask(|migrator, connection| connection.map(|connection| migrator.schema(connection)).transpose())?;
    schema.ok_or_else(|| {
        let message = match place.database() {
            Ok(database) => format!("there is no database `{database}`"),
            Err(failure) => failure.to_string(),
        };
        Failure::wrong(message, "name it with `--database`, or name a second revision")
    })
}

/// A difference in the words of `revision --autogenerate`; what those only name, with what it was and is.
fn changes_of(difference: Difference) -> Vec<Change> {
    let in_full = match &difference {
        Difference::Definition { .. } | Difference::Moved { .. } | Difference::Respelled { .. } => {
            Some(difference.to_string())
        }
        _ => None,
    };
    let told = |one: Detected| Change {
        change: one.kind(),
        words: in_full.clone().unwrap_or_else(|| one.to_string()),
    };
    Detected::of(difference).into_iter().map(told).collect()
}
