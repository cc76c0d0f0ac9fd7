//! Takes over a database that another migration tool has run.
//!
//! The tool's own table records which migrations ran. Their versions determine the revisions of the
//! chain ([`id_of_version`]). If the tool records checksums, they must match those of the imported
//! files ([`Origin`]), and the schema of the database must match these revisions. Only then is the
//! position recorded. The tool's table stays.

mod tools;

use std::collections::BTreeSet;

use aludel_core::graph::{Graph, Index, Set};
use aludel_core::imported::{Origin, id_of_version};
use aludel_core::plan::{self, Position, Stamp};
use aludel_core::targets::Stamped;
use rusqlite::Connection;

use crate::sqlite::executor::Executor;
use crate::sqlite::migrator::{Migrator, Runner};
use crate::status::Situation;
use crate::{AdoptFault, Error, Report};
pub(crate) use tools::recognize;
use tools::{Found, Ran, Recorded};

/// A database that was taken over from another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adopted {
    /// The name of the tool.
    pub tool: &'static str,
    /// The table in which it recorded its migrations, or `user_version`.
    pub table: &'static str,
    /// The revisions that are recorded as applied, in canonical order.
    pub applied: Vec<String>,
    /// The report, with the new version rows.
    pub report: Report,
}

impl<C> Migrator<'_, C> {
    /// Takes over a database that another migration tool has run: records the revisions of its
    /// migrations, without running a script.
    ///
    /// The tool is recognized by its own table. Supported are sqlx, diesel, refinery, `SeaORM`,
    /// goose, dbmate, golang-migrate, Drizzle and others, and programs that count in
    /// `user_version`. The versions in the table must be revisions of the chain, as `aludel import`
    /// names them, and have the checksums of the imported files. The schema of the database must be
    /// that of these revisions. If the tool's versions are not numbers, the schema alone determines
    /// the revisions.
    ///
    /// Returns `None` if the database is new or already has version rows. Reads and writes in one
    /// transaction. The tool's table stays, and is ignored from then on.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NotAdopted`] if anything is in doubt, and the errors of
    /// [`Migrator::stamp`]. In each case, nothing was changed.
    pub fn adopt(&self, connection: &mut Connection) -> Result<Option<Adopted>, Error> {
        self.runner().adopt(connection)
    }
}

impl Runner<'_> {
    pub(crate) fn adopt(&self, connection: &mut Connection) -> Result<Option<Adopted>, Error> {
        self.run_hook(connection)?;
        let graph = self.chain.graph();
        if !matches!(self.situation(connection, &graph)?, Situation::Unversioned(_)) {
            return Ok(None);
        }
        self.executor().adopt(connection)
    }

    /// Returns the tool, and the stamp that records what it ran.
    fn adoption(&self, connection: &Connection, graph: &Graph) -> Result<(Found, Stamp), Error> {
        let refused = |fault| Error::NotAdopted { fault: Box::new(fault) };
        let failed = |source| self.error("reading the table of another migration tool", source);
        let mut found = tools::find(connection).map_err(failed)?.map_err(refused)?;
        if found.len() > 1 {
            let tools = found.iter().map(|found| found.tool).collect();
            return Err(refused(AdoptFault::SeveralTools { tools }));
        }
        let found = found.pop().ok_or_else(|| refused(AdoptFault::NoTool))?;
        let stamp = |position: &Position| {
            let rows: Vec<Stamped> = position.rows().map(Stamped::Revision).collect();
            plan::stamp(graph, &Position::default(), &rows)
        };
        let position = match self.position_of_tool(graph, &found).map_err(refused)? {
            Some(position) => position,
            None => self.position_by_schema(connection, graph, found.tool)?,
        };
        let differences = self.differences_at(&position, self.schema(connection)?, |_| true)?;
        if differences.is_empty() {
            return Ok((found, stamp(&position)));
        }
        let revision = graph.ids(position.rows()).join(", ");
        let differences = differences.iter().map(ToString::to_string).collect();
        Err(refused(AdoptFault::Differs { tool: found.tool, revision, differences }))
    }

    /// Returns the position that the versions of a tool lead to, or `None` if they are not numbers.
    fn position_of_tool(&self, graph: &Graph, found: &Found) -> Result<Option<Position>, AdoptFault> {
        let tool = found.tool;
        let index = |version: &String| graph.find_id(&id_of_version(version)?);
        match &found.ran {
            Ran::All(all) if all.iter().all(|one| id_of_version(&one.version).is_none()) => Ok(None),
            Ran::All(all) => {
                let versions = all.iter().map(|one| &one.version);
                let unknown: Vec<String> =
                    versions.clone().filter(|version| index(version).is_none()).cloned().collect();
                if !unknown.is_empty() {
                    return Err(AdoptFault::Unknown { tool, versions: unknown });
                }
                let ran: Set = versions.filter_map(index).collect();
                let position = Position::new(graph, ran.iter());
                let missing: Vec<Index> =
                    position.applied().iter().filter(|index| !ran.contains(*index)).collect();
                if let Some(first) = missing.first() {
                    let after = ran.iter().find(|index| graph.ancestors([*index]).contains(*first));
                    let revision = after.map(|index| graph.id(index).to_owned()).unwrap_or_default();
                    return Err(AdoptFault::Gap { tool, revision, missing: graph.ids(missing) });
                }
                let edited = |one: &Recorded| index(&one.version).filter(|at| self.is_edited(*at, tool, one));
                let files = all.iter().filter_map(edited).map(|at| self.chain.script(at).file.to_string());
                let files: Vec<String> = files.collect();
                if files.is_empty() { Ok(Some(position)) } else { Err(AdoptFault::Edited { tool, files }) }
            }
            Ran::UpTo(version) => match index(version) {
                Some(index) => Ok(Some(Position::new(graph, [index]))),
                None => Err(AdoptFault::Unknown { tool, versions: vec![version.clone()] }),
            },
        }
    }

    /// Returns `true` if the tool recorded a checksum that is not that of the script's original.
    fn is_edited(&self, index: Index, tool: &str, recorded: &Recorded) -> bool {
        let origin = Origin::parse(&self.chain.script(index).declared.imported_from);
        let origin = origin.filter(|origin| origin.tool.eq_ignore_ascii_case(tool));
        let checksum = recorded.checksum.as_deref();
        origin.zip(checksum).is_some_and(|(origin, checksum)| !origin.accepts(checksum))
    }

    /// Returns the position whose schema the database has. Scripts that leave the schema unchanged
    /// make it ambiguous.
    fn position_by_schema(
        &self,
        connection: &Connection,
        graph: &Graph,
        tool: &'static str,
    ) -> Result<Position, Error> {
        let matches = self.resemblance(connection, graph)?.matches;
        if let [one] = matches.as_slice() {
            let rows = one.stamp.iter().filter_map(|id| graph.find(id));
            return Ok(Position::new(graph, rows));
        }
        let matches = matches.into_iter().map(|one| one.revision).collect::<BTreeSet<_>>();
        let fault = AdoptFault::NoMatch { tool, matches: matches.into_iter().collect() };
        Err(Error::NotAdopted { fault: Box::new(fault) })
    }
}

impl Executor<'_> {
    /// Reads everything again under the lock, and records it.
    fn adopt(&self, connection: &mut Connection) -> Result<Option<Adopted>, Error> {
        let adopted = self.stamp_found(connection, &|transaction| match self
            .runner
            .situation(transaction, &self.graph)?
        {
            Situation::Unversioned(_) => self.runner.adoption(transaction, &self.graph).map(Some),
            _ => Ok(None),
        })?;
        Ok(adopted.map(|(found, report)| {
            let rows = report.current.iter().filter_map(|id| self.graph.find_id(id));
            let applied = self.graph.ids(Position::new(&self.graph, rows).applied().iter());
            Adopted { tool: found.tool, table: found.table, applied, report }
        }))
    }
}
