//! Compares the schema of a database with the schema of its version rows. Without version rows,
//! finds the revisions that match.

use aludel::{SchemaMatch, Status};
use serde::Serialize;

use crate::database::{Drift, Effort};
use crate::error::Failure;
use crate::ui::{Ui, counted};
use crate::workspace::Workspace;

/// The hint for a schema that differs from the schema that the scripts produce.
const DIFFERS: &str = "the database was changed by hand or stamped with the wrong revision: undo the change, or write a new revision for it";

/// The comparison of a database's schema with the schema that the scripts produce, as printed in
/// JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Stamped {
    /// `true` if the schemas were compared.
    is_compared: bool,
    /// The reason that they were not compared.
    reason: Option<String>,
    differences: Vec<String>,
}

/// The revisions whose schema an unversioned database has or resembles, as printed in JSON.
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
    /// Compares the schemas, if the scripts define the revisions in the version rows.
    pub(crate) fn compare<C>(
        workspace: &Workspace<'_, C>,
        status: &Status,
        effort: Effort,
    ) -> Result<Option<Self>, Failure> {
        if !matches!(status, Status::AtHead | Status::Behind { .. }) {
            return Ok(None);
        }
        let drift = workspace.ask(|migrator, connection| {
            migrator.drift_among(connection, effort, |table| workspace.compares(table))
        })?;
        Ok(drift.map(|drift| match drift {
            Drift::Compared(differences) => Self { is_compared: true, reason: None, differences },
            Drift::NotCompared(reason) => {
                Self { is_compared: false, reason: Some(reason), differences: Vec::new() }
            }
        }))
    }

    /// Returns `true` if the schemas differ.
    pub(crate) fn differs(&self) -> bool {
        !self.differences.is_empty()
    }

    /// Summarizes the number of differences in one line, or the reason why nothing was compared.
    /// Returns `None` if the schemas are equal.
    pub(crate) fn summary(&self) -> Option<String> {
        if let Some(reason) = &self.reason {
            return Some(format!("not compared with the scripts: {reason}"));
        }
        let count = counted(self.differences.len(), "difference");
        self.differs().then(|| format!("differs from the scripts: {count}; run `check` to list them"))
    }

    /// Prints every difference, or the reason that nothing was compared.
    pub(crate) fn print(&self, ui: &mut Ui) {
        if let Some(reason) = &self.reason {
            ui.note(format_args!("note: the schema was not compared: {reason}"));
        }
        if self.differs() {
            ui.print("its schema differs from the schema that the scripts produce:");
            for difference in &self.differences {
                ui.print(format_args!("  {difference}"));
            }
            ui.note(format_args!("help: {DIFFERS}"));
        }
    }
}

impl Resembled {
    /// Returns the revisions that an unversioned database resembles, or `None` for any other
    /// database.
    pub(crate) fn of(status: &Status) -> Option<Self> {
        let Status::Unversioned { matches, nearest, .. } = status else { return None };
        Some(Self { matches: matches.iter().map(near).collect(), nearest: nearest.as_ref().map(near) })
    }

    /// Prints the nearest revision and the differences from it.
    pub(crate) fn print(&self, ui: &mut Ui) {
        if let Some(Near { revision, differences, .. }) = &self.nearest {
            ui.print(format_args!(
                "no revision has this schema; the nearest is {revision}, with these differences:"
            ));
            for difference in differences {
                ui.print(format_args!("  {difference}"));
            }
        }
    }

    /// Returns the next step if no revision has the schema of the database, or `None` if one does.
    pub(crate) fn advice(&self) -> Option<String> {
        let near = self.nearest.as_ref()?;
        let stamp = near.stamp.join(" ");
        Some(format!(
            "remove the differences from the database, or write a new revision for them; then record the revision with `stamp {stamp}`"
        ))
    }
}

fn near(found: &SchemaMatch) -> Near {
    let SchemaMatch { revision, stamp, differences, .. } = found;
    let differences = differences.iter().map(ToString::to_string).collect();
    Near { revision: revision.clone(), stamp: stamp.clone(), differences }
}
