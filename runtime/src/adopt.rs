//! Finds the revisions that correspond to the migrations another tool has run, for any database.
//!
//! The tool's own table records which migrations ran. The versions of these migrations determine
//! the revisions of the chain ([`id_of_version`]). If the tool records checksums, they must match
//! the imported files ([`Origin`]). The tool's table is kept.

use aludel_core::chain::Chain;
use aludel_core::graph::{Graph, Index, Set};
use aludel_core::imported::{Origin, id_of_version};
use aludel_core::plan::{self, Position, Stamp};
use aludel_core::targets::Stamped;

use crate::{AdoptFault, Report};

/// The maximum number of rows to read from a tool's table.
pub(crate) const MOST_ROWS: usize = 100_000;

/// A database that was adopted from another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adopted {
    /// The name of the tool.
    pub tool: &'static str,
    /// The table in which the tool recorded its migrations, or `user_version`.
    pub table: &'static str,
    /// The revisions that are recorded as applied, in canonical order.
    pub applied: Vec<String>,
    /// The report, which contains the new version rows.
    pub report: Report,
}

impl Adopted {
    pub(crate) fn of(found: &Found, graph: &Graph, report: Report) -> Self {
        let rows = report.current.iter().filter_map(|id| graph.find_id(id));
        let applied = graph.ids(Position::new(graph, rows).applied().iter());
        Self { tool: found.tool, table: found.table, applied, report }
    }
}

/// A tool that recorded migrations in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) tool: &'static str,
    pub(crate) table: &'static str,
    pub(crate) ran: Ran,
}

/// The migrations that a tool has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ran {
    /// Exactly these migrations.
    All(Vec<Recorded>),
    /// All migrations up to and including this version.
    UpTo(String),
}

/// A migration in a tool's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) version: String,
    /// The checksum of the migration's file, if the tool records one.
    pub(crate) checksum: Option<String>,
}

impl Ran {
    /// Returns the migrations of a tool that records these rows, or `None` if there are none.
    pub(crate) fn of(rows: Vec<Recorded>, is_last_only: bool) -> Option<Self> {
        let last = rows.last()?.version.clone();
        Some(if is_last_only { Self::UpTo(last) } else { Self::All(rows) })
    }
}

impl Found {
    /// Creates a tool whose versions are not numbers.
    pub(crate) fn of_table(table: &'static str) -> Self {
        Self { tool: table, table, ran: Ran::All(Vec::new()) }
    }

    /// Returns the only tool, or an error if there are none or several.
    pub(crate) fn only(mut found: Vec<Self>) -> Result<Self, AdoptFault> {
        if found.len() > 1 {
            return Err(AdoptFault::SeveralTools { tools: found.iter().map(|found| found.tool).collect() });
        }
        found.pop().ok_or(AdoptFault::NoTool)
    }

    /// Returns the position that corresponds to the versions, or `None` if they are not numbers.
    pub(crate) fn position(&self, chain: &Chain, graph: &Graph) -> Result<Option<Position>, AdoptFault> {
        let tool = self.tool;
        let index = |version: &String| graph.find_id(&id_of_version(version)?);
        match &self.ran {
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
                let edited =
                    |one: &Recorded| index(&one.version).filter(|at| is_edited(chain, (*at, tool), one));
                let files = all.iter().filter_map(edited).map(|at| chain.script(at).file.to_string());
                let files: Vec<String> = files.collect();
                if files.is_empty() { Ok(Some(position)) } else { Err(AdoptFault::Edited { tool, files }) }
            }
            Ran::UpTo(version) => match index(version) {
                Some(index) => Ok(Some(Position::new(graph, [index]))),
                None => Err(AdoptFault::Unknown { tool, versions: vec![version.clone()] }),
            },
        }
    }
}

/// Returns `true` if the tool recorded a checksum that differs from that of the script's original
/// file.
fn is_edited(chain: &Chain, (index, tool): (Index, &str), recorded: &Recorded) -> bool {
    let origin = Origin::parse(&chain.script(index).declared.imported_from);
    let origin = origin.filter(|origin| origin.tool.eq_ignore_ascii_case(tool));
    let checksum = recorded.checksum.as_deref();
    origin.zip(checksum).is_some_and(|(origin, checksum)| !origin.accepts(checksum))
}

/// Returns the stamp that records a position in a database without one.
pub(crate) fn stamp_at(graph: &Graph, position: &Position) -> Stamp {
    let rows: Vec<Stamped> = position.rows().map(Stamped::Revision).collect();
    plan::stamp(graph, &Position::default(), &rows)
}
