//! Compares the schema of a PostgreSQL database with the schema of its scripts, on a scratch
//! server.

use aludel::{AdoptFault, Error, postgres};
use aludel_core::graph::Index;
use aludel_core::plan::Position;
use aludel_postgres::catalog::Difference;

use super::{Drift, Migrator, ONLY_PROGRAM};
use crate::scratch_server::with_causes;

impl<C> Migrator<'_, C> {
    /// Compares the schema of a PostgreSQL database with the schema that scripts produce.
    pub(super) fn drift_from(
        &self,
        rows: &[String],
        is_compared: impl Fn(&str) -> bool,
    ) -> Result<Drift, Error> {
        let Some(server) = &self.server else { return Ok(Drift::NotCompared(ONLY_PROGRAM.to_owned())) };
        let chain = self.chain().untyped();
        Ok(match server.found(chain)?.differences(chain, &self.applied(rows), is_compared) {
            Ok(differences) => Drift::Compared(differences.iter().map(Difference::of_a_database).collect()),
            Err(reason) => Drift::NotCompared(reason),
        })
    }

    /// Compares the schema of a server with the schema that was proved, without a scratch server.
    pub(super) fn drift_from_proof(&self, rows: &[String]) -> Drift {
        let Some(server) = &self.server else { return Drift::NotCompared(ONLY_PROGRAM.to_owned()) };
        let chain = self.chain().untyped();
        let compared = match server.found(chain) {
            Ok(found) => found.compare_with_proof(chain, &self.applied(rows)),
            // The status must be reported even if the schema cannot be read.
            Err(error) => Err(with_causes(&error)),
        };
        compared.map_or_else(Drift::NotCompared, |()| Drift::Compared(Vec::new()))
    }

    /// Returns the scripts that are applied according to version rows.
    fn applied(&self, rows: &[String]) -> Vec<Index> {
        let graph = self.chain().untyped().graph();
        graph.ancestors(rows.iter().filter_map(|row| graph.find_id(row))).iter().collect()
    }

    /// Returns the version rows that correspond to the migrations that another tool ran. The schema
    /// of these revisions must match the database.
    pub(super) fn adoptable(&self, tool: &postgres::FoundTool) -> Result<Vec<String>, Error> {
        let name = tool.tool();
        let Some(rows) = tool.version_rows() else { return self.matching(name) };
        let fault = match self.drift_from(rows, |_| true)? {
            Drift::Compared(differences) if differences.is_empty() => return Ok(rows.to_vec()),
            Drift::Compared(differences) => {
                AdoptFault::Differs { tool: name, revision: rows.join(", "), differences }
            }
            Drift::NotCompared(why) => AdoptFault::NotCompared { tool: name, why },
        };
        Err(fault.into())
    }

    /// Returns the version rows of the revision whose schema matches the database.
    fn matching(&self, tool: &'static str) -> Result<Vec<String>, Error> {
        let chain = self.chain().untyped();
        let found = self.server.as_ref().map(|server| server.found(chain)).transpose()?;
        let matches = found.map_or_else(|| Err(ONLY_PROGRAM.to_owned()), |found| found.matching(chain));
        let matches = matches.map_err(|why| AdoptFault::NotCompared { tool, why })?;
        let [one] = matches.as_slice() else {
            return Err(AdoptFault::NoMatch { tool, matches: chain.ids(matches) }.into());
        };
        let graph = chain.graph();
        let mut rows = graph.ids(Position::new(&graph, 0..=*one).rows());
        rows.sort();
        Ok(rows)
    }
}
