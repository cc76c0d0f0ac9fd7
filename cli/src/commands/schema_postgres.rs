//! `aludel schema` and `aludel diff` for scripts in PostgreSQL's dialect, on a scratch server.

use aludel_core::graph::Index;
use aludel_core::script::Dialect;
use aludel_postgres::catalog::Difference;
use aludel_postgres::replay::ReplayError;
use aludel_postgres::scratch::ScratchError;
use serde::Serialize;

use crate::database::replay;
use crate::error::Failure;
use crate::scratch_server::{self, with_causes};
use crate::ui::Ui;
use crate::workspace::{Change, Workspace};

/// The schema, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer {
    revisions: Vec<String>,
    fingerprint: String,
    sql: String,
}

/// Returns `true` if the scripts are in PostgreSQL's dialect.
pub(super) fn is_for<C>(workspace: &Workspace<'_, C>) -> bool {
    workspace.chain.dialect == Dialect::Postgresql
}

/// Prints the schema at the given revisions.
pub(super) fn schema<C>(
    workspace: &Workspace<'_, C>,
    revisions: &[Index],
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let server = scratch_server::usual().map_err(|error| of_server(&error))?;
    let mut replay = replay(workspace.chain, revisions, &server).map_err(|error| of_replay(&error))?;
    let sql = replay.sql().map_err(|error| of_server(&error))?;
    if ui.is_json() {
        let fingerprint = replay.catalog().map_err(|error| of_server(&error))?.fingerprint().to_string();
        let revisions = workspace.chain.ids(revisions.iter().copied());
        ui.json(&Answer { revisions, fingerprint, sql });
    } else {
        ui.raw(sql.as_bytes());
    }
    Ok(0)
}

/// Returns the changes from the schema at one set of revisions to the schema at another, or to the
/// schema of the database.
pub(super) fn changes<C>(
    workspace: &Workspace<'_, C>,
    from: &[Index],
    to: Option<&[Index]>,
) -> Result<Vec<Change>, Failure> {
    let chain = workspace.chain;
    let Some(to) = to else {
        let server = workspace.database()?.server().ok_or(Failure::NoDatabase)?;
        let found = server.found(chain).map_err(Failure::aludel)?;
        let applied: Vec<Index> = chain.graph().ancestors(from.iter().copied()).iter().collect();
        let differences = found.differences(chain, &applied, |table| workspace.compares(table));
        let differences = differences
            .map_err(|reason| Failure::wrong(format!("the schemas were not compared: {reason}"), ""))?;
        return Ok(differences.iter().map(|one| change(one, one.of_a_database())).collect());
    };
    let server = scratch_server::usual().map_err(|error| of_server(&error))?;
    let catalog = |revisions| {
        let catalog = replay(chain, revisions, &server).and_then(|mut replay| Ok(replay.catalog()?));
        catalog.map_err(|error| of_replay(&error))
    };
    let differences = catalog(from)?.differences(&catalog(to)?);
    let words = |one: &Difference| match one {
        Difference::Missing { object, .. } => format!("removed {object}"),
        Difference::LeftBehind { object, .. } => format!("added {object}"),
        Difference::Changed { .. } => format!("changed {one}"),
    };
    Ok(differences.iter().map(|one| change(one, words(one))).collect())
}

fn change(difference: &Difference, words: String) -> Change {
    let change = match difference {
        Difference::Missing { .. } => "removed",
        Difference::LeftBehind { .. } => "added",
        Difference::Changed { .. } => "changed",
    };
    Change { change, words }
}

fn of_server(error: &ScratchError) -> Failure {
    Failure::wrong(with_causes(error), error.help().unwrap_or_default())
}

fn of_replay(error: &ReplayError) -> Failure {
    match error {
        ReplayError::Scratch(error) => of_server(error),
        ReplayError::Script { .. } => {
            Failure::wrong(with_causes(error), "`aludel prove` shows all errors of the scripts")
        }
    }
}
