//! The schema of a PostgreSQL database, and the schema that its scripts produce on a scratch
//! server.

use aludel_core::chain::{Chain, history_table};
use aludel_core::graph::Index;
use aludel_core::neighbours::OF_MIGRATION_TOOLS;
use aludel_core::script::postgres::quoted;
use aludel_postgres::catalog::{Catalog, Difference};
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
        let catalog = Catalog::read(&mut client, &own_tables(schema, chain)).map_err(failed)?;
        Ok(Found { catalog, major })
    }
}

impl Found {
    /// Returns `true` if this is certainly the schema with this fingerprint.
    fn is_proved(&self, fingerprint: &str) -> bool {
        self.fingerprints().iter().any(|found| found == fingerprint)
    }

    fn fingerprints(&self) -> [String; 2] {
        self.catalog.fingerprints_of_database().map(|fingerprint| fingerprint.to_string())
    }

    /// Returns an error with the reason if the schema is not certainly the one that was proved for
    /// the applied scripts. Needs no scratch server.
    pub(crate) fn compare_with_proof(&self, chain: &Chain, applied: &[Index]) -> Result<(), String> {
        match proved(chain, applied) {
            None => Err(format!(
                "`{}` has no proof of exactly the applied scripts; run `check` to compare on a scratch server",
                aludel_core::proved::FILE
            )),
            Some(fingerprint) if !self.is_proved(fingerprint) => Err(
                "the database does not have exactly the proved schema; run `check` to list the differences"
                    .to_owned(),
            ),
            Some(_) => Ok(()),
        }
    }

    /// Returns the differences from the schema that scripts produce, in canonical order, or the
    /// reason that they were not compared.
    pub(crate) fn differences(
        &self,
        chain: &Chain,
        applied: &[Index],
        is_compared: impl Fn(&str) -> bool,
    ) -> Result<Vec<Difference>, String> {
        if proved(chain, applied).is_some_and(|fingerprint| self.is_proved(fingerprint)) {
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
        let found = self.fingerprints();
        let is_match = |index: &Index| {
            proved_up_to(chain, *index).is_some_and(|proved| found.iter().any(|found| found == proved))
        };
        let all = 0..chain.scripts.len();
        let proved: Vec<Index> = all.clone().filter(is_match).collect();
        // A script without a proof may lead to the same schema.
        if !proved.is_empty() && all.clone().all(|index| proved_up_to(chain, index).is_some()) {
            return Ok(proved);
        }
        let server = self.server()?;
        let reason = |error: ReplayError| with_causes(&error);
        let own = own_tables(USUAL_SCHEMA, chain);
        let mut replay = Replay::of(chain, [], &server, &own).map_err(reason)?;
        let mut matching = Vec::new();
        for index in all {
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

/// Returns the fingerprint that was proved for exactly these scripts.
fn proved<'c>(chain: &'c Chain, applied: &[Index]) -> Option<&'c str> {
    let last = *applied.last()?;
    proved_up_to(chain, last).filter(|_| applied.iter().copied().eq(0..=last))
}

/// Returns the fingerprint that was proved for a script and all scripts before it in canonical order.
fn proved_up_to(chain: &Chain, last: Index) -> Option<&str> {
    let script = chain.scripts.get(last)?;
    Some(&*script.fingerprint).filter(|fingerprint| !fingerprint.is_empty())
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
