//! The schema of a PostgreSQL database, and the schema that its scripts produce on a scratch
//! server.

use aludel_core::chain::{Chain, history_table};
use aludel_core::graph::Index;
use aludel_core::neighbours::OF_MIGRATION_TOOLS;
use aludel_core::script::postgres::{quoted, text_literal, unquoted};
use aludel_postgres::catalog::{Catalog, Difference};
use aludel_postgres::replay::{Replay, ReplayError, SearchPath};
use aludel_postgres::scratch;

use super::server::Server;
use crate::scratch_server::{self, with_causes};

/// The schema of Aludel's tables if neither a setting nor the database names a different one.
const USUAL_SCHEMA: &str = "public";

/// The schema of a database.
pub(crate) struct Found {
    pub(crate) catalog: Catalog,
    major: u32,
    place: Place,
}

/// The location in which scripts create objects whose names have no schema.
struct Place {
    /// The search path of the session, with the name of the user.
    search_path: String,
    /// The schema in which the next script would create them, or `None` if there is none.
    current: Option<String>,
    /// The schema in which the first script created them, as far as is known. A run creates the
    /// version table in the same schema, unless a setting names a different one.
    first: Option<String>,
}

impl Server {
    /// Reads the schema of the database on a separate connection.
    pub(crate) fn found(&self, chain: &Chain) -> Result<Found, aludel::Error> {
        let mut client = self.database.connect()?;
        let version = text_literal(&quoted(&chain.version_table));
        let row = client.query_one(&PLACE.replace("$1", &version), &[]).map_err(failed)?;
        let major: i32 = row.get(0);
        let (current, found): (Option<String>, Option<String>) = (row.get(2), row.get(3));
        let versioned = self.schema.clone().or_else(|| found.clone());
        let first = found.filter(|_| self.schema.is_none()).or_else(|| current.clone());
        let place = Place { search_path: row.get(1), current, first };
        let schema = versioned.as_deref().unwrap_or(USUAL_SCHEMA);
        let catalog = Catalog::read(&mut client, &own_tables(schema, chain)).map_err(failed)?;
        Ok(Found { catalog, major: major.unsigned_abs(), place })
    }
}

/// Returns the major version, the search path, the current schema and the schema of the version
/// table. `$1` is the version table.
const PLACE: &str = "SELECT current_setting('server_version_num')::int / 10000, \
    replace(current_setting('search_path'), '\"$user\"', quote_ident(current_user::text)), \
    current_schema()::text, \
    (SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.oid = to_regclass($1))";

impl Place {
    /// Runs a function with the search path. A script may create the schema in which the first
    /// script created objects, so if a script fails, runs the function again without that schema.
    fn replay<T>(
        &self,
        mut run: impl FnMut(&SearchPath) -> Result<T, ReplayError>,
    ) -> Result<T, ReplayError> {
        let created = self.first.clone().filter(|schema| schema != USUAL_SCHEMA);
        let path = SearchPath { setting: self.search_path.clone(), created };
        match run(&path) {
            Err(error @ ReplayError::Script { .. }) if path.created.is_some() => {
                run(&SearchPath { created: None, ..path }).map_err(|_| error)
            }
            result => result,
        }
    }

    /// Returns an error with the reason if scripts may have created objects in a different schema
    /// than on the scratch server.
    fn compare(&self, replayed: Option<&str>) -> Result<(), String> {
        if self.current.as_deref() == replayed {
            return Ok(());
        }
        let name =
            |schema: Option<&str>| schema.map_or_else(|| "no schema".to_owned(), |name| format!("`{name}`"));
        Err(format!(
            "the search path of the session leads to {}, but that of the scripts to {}, so it is unknown where each script created its objects; set the search path of the upgrades in the URL",
            name(self.current.as_deref()),
            name(replayed)
        ))
    }

    /// Returns `true` if a property of the schema that was created for the scripts differs. No
    /// script set it.
    fn is_of_schema(&self, difference: &Difference) -> bool {
        let Difference::Changed { object, expected: None, .. } = difference else { return false };
        let schema = object.strip_prefix("schema ").map(unquoted);
        schema.is_some() && schema == self.first
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

    /// Returns the differences from a schema that scripts produced, in the tables to compare.
    fn differences_from(
        &self,
        made: &Catalog,
        chain: &Chain,
        is_compared: impl Fn(&str) -> bool,
    ) -> Vec<Difference> {
        let is_compared = |table: &str| !is_of_tool(chain, table) && is_compared(table);
        let mut differences = made.differences_of_database(&self.catalog, is_compared);
        differences.retain(|difference| !self.place.is_of_schema(difference));
        differences
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
        let scripts = chain.graph().ancestors(applied.iter().copied());
        let own = own_tables(USUAL_SCHEMA, chain);
        let made = self.place.replay(|path| {
            let mut replay = Replay::along(path, chain, scripts.iter(), &server, &own)?;
            Ok((replay.catalog()?, replay.current_schema()?))
        });
        let (made, schema) = made.map_err(|error| with_causes(&error))?;
        let differences = self.differences_from(&made, chain, is_compared);
        if !differences.is_empty() {
            self.place.compare(schema.as_deref())?;
        }
        Ok(differences)
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
        let own = own_tables(USUAL_SCHEMA, chain);
        let matching = self.place.replay(|path| {
            let mut replay = Replay::along(path, chain, [], &server, &own)?;
            let mut matching = Vec::new();
            for index in all.clone() {
                replay.upgrade(chain, index)?;
                let made = replay.catalog()?;
                if self.differences_from(&made, chain, |_| true).is_empty() {
                    matching.push(index);
                }
            }
            Ok(matching)
        });
        matching.map_err(|error| with_causes(&error))
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
