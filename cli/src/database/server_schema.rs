//! The schema of a PostgreSQL database, and the schema that its scripts produce on a scratch
//! server.

use aludel_core::chain::{Chain, history_table};
use aludel_core::graph::Index;
use aludel_core::neighbours::OF_MIGRATION_TOOLS;
use aludel_core::script::postgres::quoted;
use aludel_postgres::catalog::{Catalog, Difference, Reader};
use aludel_postgres::replay::{Replay, ReplayError};
use aludel_postgres::scratch;

use super::server::Server;
use crate::scratch_server::{self, with_causes};

/// The schema of Aludel's tables if neither a setting nor the database names a different one.
const USUAL_SCHEMA: &str = "public";

/// The schema of a database.
pub(crate) struct Found {
    pub(crate) catalog: Catalog,
    major: u32,
}

impl Server {
    /// Reads the schema of the database on a separate connection.
    pub(crate) fn found(&self, chain: &Chain) -> Result<Found, aludel::Error> {
        let mut client = self.database.connect()?;
        let major = "SELECT current_setting('server_version_num')::int / 10000";
        let major: i32 = client.query_one(major, &[]).map_err(failed)?.get(0);
        let major = major.unsigned_abs();
        let schema = self.schema.as_deref().unwrap_or(USUAL_SCHEMA);
        let mut reader = Reader::new(client, major, &own_tables(schema, chain)).map_err(failed)?;
        Ok(Found { catalog: reader.read().map_err(failed)?, major })
    }
}

impl Found {
    /// Returns the revisions whose proved schema, with all scripts up to each, matches this one.
    pub(crate) fn revisions(&self, chain: &Chain) -> Vec<Index> {
        let fingerprint = self.catalog.fingerprint().to_string();
        let scripts = chain.scripts.iter().enumerate();
        scripts.filter(|(_, script)| script.fingerprint == fingerprint).map(|(index, _)| index).collect()
    }

    /// Returns the differences from the schema that scripts produce, in canonical order, or the
    /// reason that they were not compared.
    pub(crate) fn differences(
        &self,
        chain: &Chain,
        applied: &[Index],
        is_compared: impl Fn(&str) -> bool,
    ) -> Result<Vec<Difference>, String> {
        let is_up_to = |last: &Index| applied.iter().copied().eq(0..=*last);
        if self.revisions(chain).iter().any(is_up_to) {
            return Ok(Vec::new());
        }
        let server = self.server()?;
        let made = replay(chain, applied, &server).and_then(|mut replay| Ok(replay.catalog()?));
        let made = made.map_err(|error| with_causes(&error))?;
        Ok(made
            .differences_of_database(&self.catalog, |table| !is_of_tool(chain, table) && is_compared(table)))
    }

    /// Returns the revisions whose schema, with all scripts up to each, matches the database.
    /// Returns the reason if they were not compared.
    pub(crate) fn matching(&self, chain: &Chain) -> Result<Vec<Index>, String> {
        let proved = self.revisions(chain);
        if !proved.is_empty() {
            return Ok(proved);
        }
        let server = self.server()?;
        let reason = |error: ReplayError| with_causes(&error);
        let own = own_tables(USUAL_SCHEMA, chain);
        let mut replay = Replay::of(chain, [], &server, &own).map_err(reason)?;
        let mut matching = Vec::new();
        for index in 0..chain.scripts.len() {
            replay.upgrade(chain, index).map_err(reason)?;
            let made = replay.catalog().map_err(|error| with_causes(&error))?;
            if made.differences_of_database(&self.catalog, |table| !is_of_tool(chain, table)).is_empty() {
                matching.push(index);
            }
        }
        Ok(matching)
    }

    /// Returns a scratch server of the same version as the database, or the reason that there is
    /// none.
    fn server(&self) -> Result<scratch::Server, String> {
        let server = scratch_server::usual().map_err(|error| with_causes(&error))?;
        if server.major() == self.major {
            return Ok(server);
        }
        Err(format!(
            "the database is on PostgreSQL {}, and the scratch server is on PostgreSQL {}; set `{}` to a server of the same version",
            self.major,
            server.major(),
            scratch_server::VARIABLE,
        ))
    }
}

/// Returns `true` if a table belongs to Aludel or another migration tool.
fn is_of_tool(chain: &Chain, table: &str) -> bool {
    OF_MIGRATION_TOOLS.contains(&table)
        || [&*chain.version_table, &history_table(&chain.version_table)].contains(&table)
}

/// Runs the scripts of revisions, and of all revisions that they need, on a scratch server.
pub(crate) fn replay<'s>(
    chain: &Chain,
    revisions: &[Index],
    server: &'s scratch::Server,
) -> Result<Replay<'s>, ReplayError> {
    let applied = chain.graph().ancestors(revisions.iter().copied());
    Replay::of(chain, applied.iter(), server, &own_tables(USUAL_SCHEMA, chain))
}

fn failed(source: impl Into<aludel::DatabaseError>) -> aludel::Error {
    aludel::Error::Database { doing: "reading the schema", source: source.into() }
}

/// Returns the tables that are not read: Aludel's own tables, and the tables of a tool whose
/// database was adopted.
fn own_tables(schema: &str, chain: &Chain) -> Vec<String> {
    let tables = [chain.version_table.to_string(), history_table(&chain.version_table)];
    let tables = tables.into_iter().chain(OF_MIGRATION_TOOLS.map(str::to_owned));
    tables.map(|table| format!("{}.{}", quoted(schema), quoted(&table))).collect()
}
