//! Runs generated scripts up and down on a scratch database.

use aludel_core::chain::Chain;
use postgres::Client;
use postgres::error::ErrorPosition;

use super::dependencies::Dependencies;
use super::operation::Operation;
use super::refusal::{Refusal, message};
use super::state::State;
use crate::catalog::Catalog;
use crate::proof::session::Session;
use crate::replay::{Replay, ReplayError};
use crate::scratch::Server;

/// Both directions of a script.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) upgrade: Vec<Operation>,
    pub(super) downgrade: Vec<Operation>,
    pub(super) loses: Vec<String>,
}

/// Upgrades a new database to the head of a chain.
pub(super) fn upgraded<'a>(
    chain: &Chain,
    server: &'a Server,
    own: &[String],
) -> Result<Session<'a>, Refusal> {
    let replay = Replay::of(chain, 0..chain.scripts.len(), server, own).map_err(|error| match error {
        ReplayError::Scratch(error) => Refusal::Scratch(error),
        ReplayError::Script { id, message } => Refusal::Chain { id, message },
    })?;
    Ok(replay.into_session())
}

/// Creates the target schema in a new database.
pub(super) fn target<'a>(text: &str, server: &'a Server, own: &[String]) -> Result<Session<'a>, Refusal> {
    let mut session = Session::open(server, own)?;
    session.client().batch_execute(text).map_err(|error| {
        let position = error.as_db_error().and_then(|error| match error.position()? {
            ErrorPosition::Original(position) => usize::try_from(*position).ok(),
            ErrorPosition::Internal { .. } => None,
        });
        let before = text.chars().take(position.unwrap_or(1));
        Refusal::Target {
            line: before.filter(|letter| *letter == '\n').count() + 1,
            message: message(&error),
        }
    })?;
    Ok(session)
}

/// Reads the schema of a database.
pub(super) fn state(session: &mut Session<'_>) -> Result<State, Refusal> {
    let reader = session.reader()?;
    let catalog = reader.read()?;
    Ok(State { catalog, dependencies: Dependencies::read(reader.client())? })
}

/// Runs scripts up and down. Returns the schema after the upgrade and the schema after the
/// downgrade.
pub(super) fn run(session: &mut Session<'_>, pairs: &[Pair]) -> Result<(Catalog, Catalog), Refusal> {
    for pair in pairs {
        section(session.client(), &pair.upgrade, "upgrade")?;
    }
    let upgraded = session.catalog()?;
    for pair in pairs.iter().rev() {
        section(session.client(), &pair.downgrade, "downgrade")?;
    }
    Ok((upgraded, session.catalog()?))
}

/// Runs the statements of a section in a transaction.
fn section(client: &mut Client, operations: &[Operation], name: &'static str) -> Result<(), Refusal> {
    client.batch_execute("BEGIN")?;
    for statement in operations.iter().flat_map(|operation| &operation.statements) {
        if let Err(error) = client.batch_execute(statement) {
            let refusal =
                Refusal::Generated { section: name, statement: statement.clone(), message: message(&error) };
            client.batch_execute("ROLLBACK")?;
            return Err(refusal);
        }
    }
    let committed = client.batch_execute("COMMIT");
    committed.map_err(|error| Refusal::Generated {
        section: name,
        statement: "COMMIT".to_owned(),
        message: message(&error),
    })
}
