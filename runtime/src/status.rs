//! The status of a database compared with a chain.

use std::fmt;

use aludel_core::chain::Chain;
use aludel_core::frozen::Checksums;
use aludel_core::graph::{Graph, Index};
use aludel_core::plan::{Position, upgrade};

use crate::error::DivergedScript;
use crate::ledger::Entry;
use crate::ledger_plan::has_its_checksum;
use crate::records::Records;
use crate::schema_match::summary;
use crate::squash::applied;
use crate::unversioned::{Unversioned, advice};
use crate::{Error, OtherTool, SchemaMatch};

/// The status of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The database does not exist or is empty.
    Fresh,
    /// Every revision is applied.
    AtHead,
    /// Some revisions are not applied yet.
    Behind {
        /// Their IDs, in the order in which they would run.
        pending: Vec<String>,
    },
    /// The database has revisions that the chain lacks.
    Ahead {
        /// Their IDs, sorted.
        unknown: Vec<String>,
    },
    /// The database is before the squash point of the chain. A release that still contains the
    /// replaced scripts must upgrade it to that point.
    BeforeSquash {
        /// Its version rows, sorted.
        revisions: Vec<String>,
        /// The squash point.
        point: String,
    },
    /// Scripts were edited after they were applied.
    Diverged {
        /// Their IDs, in canonical order.
        edited: Vec<String>,
    },
    /// The database has tables, but no version table.
    Unversioned {
        /// The revisions with the same schema, one of which can be stamped. There are several if a
        /// script leaves the schema unchanged.
        matches: Vec<SchemaMatch>,
        /// The revision with the most similar schema, if no revision matches and one is similar
        /// enough.
        nearest: Option<SchemaMatch>,
        /// The other tool that migrated the database, if one is recognized.
        tool: Option<OtherTool>,
    },
}

impl Status {
    /// Returns the exit code for a program that only reports the status: 0 at the head, 1 for
    /// pending revisions, 3 if ahead, 4 if diverged, 7 if unversioned.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::AtHead => 0,
            Self::Fresh | Self::Behind { .. } => 1,
            Self::Ahead { .. } | Self::BeforeSquash { .. } => 3,
            Self::Diverged { .. } => 4,
            Self::Unversioned { .. } => 7,
        }
    }

    /// Returns the next step for an unversioned database. Returns `None` if neither a revision nor
    /// another tool is known, and for any other status.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Unversioned { matches, tool, .. } => advice(tool.as_ref(), matches),
            _ => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh => formatter.write_str("fresh: nothing is applied yet"),
            Self::AtHead => formatter.write_str("at head"),
            Self::Behind { pending } => {
                write!(formatter, "behind: {} pending ({})", pending.len(), pending.join(", "))
            }
            Self::Ahead { unknown } => {
                write!(
                    formatter,
                    "ahead: the database has revisions that this chain lacks ({})",
                    unknown.join(", ")
                )
            }
            Self::BeforeSquash { revisions, point } => {
                write!(formatter, "before the squash point {point} ({})", revisions.join(", "))
            }
            Self::Diverged { edited } => {
                write!(
                    formatter,
                    "diverged: scripts were edited after they were applied ({})",
                    edited.join(", ")
                )
            }
            Self::Unversioned { matches, .. } => {
                formatter.write_str("unversioned: the database has tables but no revision")?;
                summary(matches).map_or(Ok(()), |words| write!(formatter, "; {words}"))
            }
        }
    }
}

/// The state of a database, and whether a run may begin.
pub(crate) enum Situation {
    /// A run can begin from here. `fresh` is `true` if there is no version table.
    Known { start: RunStart, fresh: bool },
    /// The database has revisions that the chain lacks.
    Ahead(Vec<String>),
    /// The database is before the squash point, at these revisions.
    BeforeSquash { revisions: Vec<String>, point: String },
    /// Applied scripts were edited.
    Diverged(Vec<DivergedScript>),
    /// The database has tables, but no version table.
    Unversioned(Unversioned),
}

/// The state from which a run or a stamp begins. The default is a database that does not exist.
#[derive(Default)]
pub(crate) struct RunStart {
    /// The position of the database.
    pub(crate) position: Position,
    /// The version rows as stored, sorted, including those that another row implies.
    pub(crate) rows: Vec<String>,
    /// The applied scripts that differ from the recorded ones only in comments or white space.
    pub(crate) reworded: Vec<Index>,
    /// The scripts that were applied instead of the base of a squash.
    pub(crate) instead: Checksums,
}

/// Determines the state of a database. If several states apply, the precedence is unversioned,
/// diverged, ahead, before the squash point.
///
/// The caller reads everything from one snapshot. Otherwise, if another process committed the first
/// migration between two reads, the database would seem to have tables but no version table.
pub(crate) fn classify<R: Records>(records: &R, chain: &Chain, graph: &Graph) -> Result<Situation, Error> {
    if chain.dialect != R::DIALECT {
        let (expected, found) = (R::DIALECT.database(), chain.dialect.database());
        return Err(Error::OtherDialect { expected, found });
    }
    let Some(rows) = records.version_rows()? else {
        let tables = records.tables()?;
        return Ok(if tables.is_empty() {
            Situation::Known { start: RunStart::default(), fresh: true }
        } else {
            Situation::Unversioned(Unversioned { tables, tool: records.other_tool()? })
        });
    };
    let position = applied::position(chain, graph, &rows);
    let is_applied = |index| position.as_ref().map_or(true, |position| position.is_applied(index));
    let differing = differing(records, chain, graph, is_applied)?;
    let (reworded, edited): (Vec<Differing>, Vec<Differing>) =
        differing.into_iter().partition(|differing| differing.is_reworded);
    let edited: Vec<DivergedScript> =
        edited.iter().map(|differing| DivergedScript::of(chain.script(differing.index))).collect();
    Ok(match position {
        _ if !edited.is_empty() => Situation::Diverged(edited),
        Err(situation) => *situation,
        Ok(position) => {
            let reworded = reworded.iter().map(|differing| differing.index).collect();
            let instead = applied::instead(records, chain)?;
            Situation::Known { start: RunStart { position, rows, reworded, instead }, fresh: false }
        }
    })
}

/// An applied script whose text differs from the recorded one.
pub(crate) struct Differing {
    pub(crate) index: Index,
    /// The newest ledger row of the revision.
    pub(crate) recorded: Entry,
    /// `true` if the statements are the same, or the downgrade was amended after the release. In
    /// that case, nothing has diverged.
    pub(crate) is_reworded: bool,
}

/// Returns the applied scripts whose text differs from the recorded one, in canonical order.
pub(crate) fn differing(
    records: &impl Records,
    chain: &Chain,
    graph: &Graph,
    is_applied: impl Fn(Index) -> bool,
) -> Result<Vec<Differing>, Error> {
    let checksums = records.checksums()?;
    let succession = chain.predecessors.succession();
    let differs = |index: &Index| {
        let script = chain.script(*index);
        let is_other = |applied: &String| {
            *applied != script.checksum
                && !succession.has_replaced(&script.id, succession.amended(&script.id, applied))
        };
        is_applied(*index) && checksums.get(&*script.id).is_some_and(is_other)
    };
    let indexes: Vec<Index> = graph.indexes().filter(differs).collect();
    if indexes.is_empty() {
        return Ok(Vec::new());
    }
    // The texts are read only now, because in a normal start no script differs.
    let (rows, _) = records.steps()?;
    let with_row = |index: Index| {
        let row = rows.iter().find(|row| row.entry.revision == graph.id(index));
        let recorded = row.map(|row| row.entry.clone()).unwrap_or_default();
        let script = chain.script(index);
        let checksum = recorded.checksum.as_deref().unwrap_or_default();
        let is_amended = succession.amended(&script.id, checksum) == script.checksum;
        let is_reworded = is_amended || is_reworded(&recorded, (chain, graph), index);
        Differing { index, recorded, is_reworded }
    };
    Ok(indexes.into_iter().map(with_row).collect())
}

/// Returns `true` if a recorded script has the same parents and statements as the script in the
/// chain.
///
/// A recorded text counts only if it has the recorded checksum. Otherwise, it is unknown which text
/// was applied.
fn is_reworded(recorded: &Entry, (chain, graph): (&Chain, &Graph), index: Index) -> bool {
    let (script, node) = (chain.script(index), graph.node(index));
    let ids = |indexes: &[Index]| graph.ids(indexes.iter().copied()).join(",");
    let same = |recorded: &Option<String>, sql: &str| {
        recorded.as_ref().is_some_and(|recorded| chain.dialect.same_statements(recorded, sql))
    };
    let labels = |id: &str| {
        let labels = graph.find_id(id).map(|index| chain.script(index).labels.iter());
        labels.into_iter().flatten().map(ToString::to_string).collect()
    };
    // The row of an irreversible script has no downgrade.
    let is_irreversible = !script.declared.irreversible.is_empty();
    let downgrade = || is_irreversible.then(|| script.downgrade.sql.to_string());
    let downgrade_sql = recorded.downgrade_sql.clone().or_else(downgrade);
    let recorded = Entry { downgrade_sql, ..recorded.clone() };
    has_its_checksum(&recorded, labels)
        && recorded.revises == ids(&node.down)
        && recorded.depends_on == ids(&node.depends_on)
        && same(&recorded.upgrade_sql, &script.upgrade.sql)
        && same(&recorded.downgrade_sql, &script.downgrade.sql)
}

impl Situation {
    /// Converts the state to the public status.
    pub(crate) fn status(self, chain: &Chain, graph: &Graph) -> Status {
        match self {
            Self::Known { fresh: true, .. } if !graph.is_empty() => Status::Fresh,
            Self::Known { start: RunStart { position, .. }, .. } => {
                let heads: Vec<_> = graph.real_heads().collect();
                let steps = upgrade(graph, &position, &heads).steps;
                if steps.is_empty() {
                    return Status::AtHead;
                }
                Status::Behind { pending: chain.ids(steps.iter().map(|step| step.revision)) }
            }
            Self::Ahead(unknown) => Status::Ahead { unknown },
            Self::BeforeSquash { revisions, point } => Status::BeforeSquash { revisions, point },
            Self::Diverged(edited) => {
                Status::Diverged { edited: edited.into_iter().map(|edited| edited.revision).collect() }
            }
            Self::Unversioned(Unversioned { tool, .. }) => {
                Status::Unversioned { matches: Vec::new(), nearest: None, tool }
            }
        }
    }

    /// Returns the state from which a run begins, or the reason that the run is refused.
    ///
    /// Calls `matches` only for an unversioned database.
    pub(crate) fn start(self, matches: impl FnOnce() -> Vec<SchemaMatch>) -> Result<RunStart, Error> {
        match self {
            Self::Known { start, .. } => Ok(start),
            Self::Ahead(unknown) => Err(Error::Ahead { unknown }),
            Self::BeforeSquash { revisions, point } => Err(Error::BeforeSquash { revisions, point }),
            Self::Diverged(edited) => Err(Error::Diverged { edited }),
            Self::Unversioned(Unversioned { tables, tool }) => {
                Err(Error::Unversioned { tables, matches: matches(), tool })
            }
        }
    }
}
