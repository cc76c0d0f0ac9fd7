//! Whether a database has the schema that its stamp says, and where it has no stamp, whose schema it has.

use aludel::{Error, Match, Status};
use serde::Serialize;

use crate::error::Failure;
use crate::place::Place;
use crate::ui::Ui;

/// What to do about a schema that is not the one that the scripts make.
const DIFFERS: &str = "it was changed by hand, or stamped where it is not: bring it to what the scripts make, or say in a new revision what is to be";

/// The schema of a database beside the one that the scripts make of its stamp, as JSON shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Stamped {
    /// Whether it was compared.
    is_compared: bool,
    /// Why not.
    reason: Option<String>,
    differences: Vec<String>,
}

/// The revisions whose schema an unversioned database has, or nearly has, as JSON shows them.
#[derive(Debug, Serialize)]
pub(crate) struct Resembled {
    matches: Vec<Near>,
    nearest: Option<Near>,
}

#[derive(Debug, Serialize)]
struct Near {
    revision: String,
    stamp: Vec<String>,
    differences: Vec<String>,
}

impl Stamped {
    /// Compares, where there is a stamp that the scripts know.
    pub(crate) fn compare<C>(place: &Place<'_, C>, status: &Status) -> Result<Option<Self>, Failure> {
        if !matches!(status, Status::AtHead | Status::Behind { .. }) {
            return Ok(None);
        }
        place.ask(|migrator, connection| {
            let Some(connection) = connection else { return Ok(None) };
            match migrator.drift_among(connection, |table| place.takes(table)) {
                Ok(differences) => Ok(Some(Self { is_compared: true, reason: None, differences })),
                Err(error @ Error::NotMade { .. }) => {
                    let reason = Some(error.to_string());
                    Ok(Some(Self { is_compared: false, reason, differences: Vec::new() }))
                }
                Err(error) => Err(error),
            }
        })
    }

    /// Whether the schema is another.
    pub(crate) fn differs(&self) -> bool {
        !self.differences.is_empty()
    }

    /// How much differs, in one line.
    pub(crate) fn counted(&self) -> String {
        let count = match self.differences.len() {
            1 => "1 difference".to_owned(),
            count => format!("{count} differences"),
        };
        format!("not the one that the scripts make: {count}; `check` tells them")
    }

    /// Tells every difference, or why nothing could be compared.
    pub(crate) fn tell(&self, ui: &mut Ui) {
        if let Some(reason) = &self.reason {
            ui.note(format_args!("note: the schema was not compared: {reason}"));
        }
        if self.differs() {
            ui.say("its schema is not the one that the scripts make:");
            for difference in &self.differences {
                ui.say(format_args!("  {difference}"));
            }
            ui.note(format_args!("hint: {DIFFERS}"));
        }
    }
}

impl Resembled {
    /// The revisions that an unversioned database resembles.
    pub(crate) fn of(status: &Status) -> Option<Self> {
        let Status::Unversioned { matches, nearest, .. } = status else { return None };
        Some(Self { matches: matches.iter().map(near).collect(), nearest: nearest.as_ref().map(near) })
    }

    /// Tells the revision that is the nearest, and in what the database differs.
    pub(crate) fn tell(&self, ui: &mut Ui) {
        if let Some(Near { revision, differences, .. }) = &self.nearest {
            ui.say(format_args!(
                "no revision has its schema; the nearest is {revision}, from which it differs:"
            ));
            for difference in differences {
                ui.say(format_args!("  {difference}"));
            }
        }
    }

    /// What to do where no revision has its schema.
    pub(crate) fn advice(&self) -> Option<String> {
        let near = self.nearest.as_ref()?;
        let stamp = near.stamp.join(" ");
        Some(format!(
            "mend what differs, or say it in a new revision; then `stamp {stamp}` records where it is"
        ))
    }
}

fn near(found: &Match) -> Near {
    let Match { revision, stamp, differences, .. } = found;
    Near { revision: revision.clone(), stamp: stamp.clone(), differences: differences.clone() }
}
