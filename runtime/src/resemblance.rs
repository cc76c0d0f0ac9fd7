//! Finds the revisions that match the schema of a database without a version table.

use aludel_core::graph::{Graph, Index};
use aludel_core::plan::Position;
use aludel_core::schema::{Change, Changes, Schema, differences};

use crate::migrator::Runner;
use crate::replay::Replay;
use crate::{Error, SchemaDifference};

/// A revision whose schema matches or resembles the schema of a database.
///
/// The schema of a revision is that of all scripts up to it in canonical order. At the end of a
/// branch it can also be that of the branch alone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaMatch {
    /// The revision.
    pub revision: String,
    /// The arguments of the `stamp` command that records it, sorted. There are several if other
    /// branches are applied too.
    pub stamp: Vec<String>,
    /// The differences, or nothing if the schema matches.
    pub differences: Vec<SchemaDifference>,
}

/// The result of the search.
#[derive(Debug, Default)]
pub(crate) struct Resemblance {
    /// The revisions with the same schema. There are several if a script leaves the schema
    /// unchanged.
    pub(crate) matches: Vec<SchemaMatch>,
    /// The revision with the nearest schema, if there are no matches.
    pub(crate) nearest: Option<SchemaMatch>,
}

impl Resemblance {
    /// Compares a schema with the schema of each revision, by the fingerprints of the proof or else
    /// by replaying the chain.
    pub(crate) fn find(runner: &Runner<'_>, graph: &Graph, found: &Schema) -> Result<Self, Error> {
        let fingerprints = found.fingerprints();
        let is_its = |index: &Index| {
            fingerprints.iter().any(|fingerprint| *fingerprint == runner.chain.script(*index).fingerprint)
        };
        let known: Vec<Index> = graph.indexes().filter(is_its).collect();
        if !known.is_empty() {
            let matches = known.into_iter().map(|index| up_to(graph, index, &Changes::default())).collect();
            return Ok(Self { matches, nearest: None });
        }
        Self::search(runner, graph, found)
    }

    /// Replays the chain and compares the schema at each revision. A script that fails because it
    /// needs functions of the program ends the search.
    fn search(runner: &Runner<'_>, graph: &Graph, found: &Schema) -> Result<Self, Error> {
        let mut replay = Replay::open(runner)?;
        replay.read()?;
        let mut differing = Changes::between(replay.schema(), found);
        let mut resemblance = Self::default();
        let mut nearest: Option<(Index, Changes)> = None;
        for index in graph.indexes() {
            if replay.upgrade(index).is_err() {
                break;
            }
            differing.begin_after(&replay.read()?, found);
            let changes = differing.clone().without_column_order();
            if changes.is_empty() {
                resemblance.matches.push(up_to(graph, index, &changes));
            }
            let is_nearer = |(_, least): &(Index, Changes)| distance(&changes) < distance(least);
            if nearest.as_ref().is_none_or(is_nearer) {
                nearest = Some((index, changes));
            }
        }
        if resemblance.matches.is_empty() {
            resemblance.matches = ends_of_lines(runner, graph, found);
        }
        let nearest = nearest.filter(|(_, differing)| is_near(found, differing));
        let nearest = nearest.filter(|_| resemblance.matches.is_empty());
        resemblance.nearest = nearest.map(|(index, differing)| up_to(graph, index, &differing));
        Ok(resemblance)
    }
}

/// Returns the ends of branches whose own schema matches, with other branches not applied. Each
/// branch is replayed from the start.
fn ends_of_lines(runner: &Runner<'_>, graph: &Graph, found: &Schema) -> Vec<SchemaMatch> {
    let is_end = |index: &Index| {
        let mut followers = graph.node(*index).followers();
        followers.all(|follower| graph.node(follower).parents().nth(1).is_some())
    };
    let is_alone = |index: &Index| graph.ancestors([*index]).len() <= *index;
    let ends = graph.indexes().filter(is_end).filter(is_alone).take(MOST_LINES);
    let is_found = |index: &Index| {
        runner
            .schema_at([*index])
            .is_ok_and(|made| Changes::between(&made, found).without_column_order().is_empty())
    };
    ends.filter(is_found).map(|index| of(graph, index, [index], &Changes::default())).collect()
}

/// The maximum number of branches that are tried alone.
const MOST_LINES: usize = 16;

/// Measures the difference. A changed object counts less than a missing or an additional one.
fn distance(differing: &Changes) -> usize {
    let is_on_both_sides = |change: &&Change| change.was.is_some() && change.is.is_some();
    2 * differing.objects.len() - differing.objects.values().filter(is_on_both_sides).count()
}

/// Rule: the nearest schema is reported only if the unchanged objects are at least as many as the
/// differing ones.
fn is_near(found: &Schema, differing: &Changes) -> bool {
    let others = differing.objects.values().filter(|change| change.is.is_some()).count();
    found.objects.len() - others >= differing.objects.len()
}

fn up_to(graph: &Graph, index: Index, differing: &Changes) -> SchemaMatch {
    of(graph, index, 0..=index, differing)
}

fn of(
    graph: &Graph,
    index: Index,
    applied: impl IntoIterator<Item = Index>,
    differing: &Changes,
) -> SchemaMatch {
    let mut stamp = graph.ids(Position::new(graph, applied).rows());
    stamp.sort();
    let differences = differences(differing).into_iter().map(SchemaDifference::new).collect();
    SchemaMatch { revision: graph.id(index).to_owned(), stamp, differences }
}

/// Describes the matching revisions, or returns `None` if there are none.
pub(crate) fn summary(matches: &[SchemaMatch]) -> Option<String> {
    let revisions: Vec<String> = matches.iter().map(|one| format!("`{}`", one.revision)).collect();
    (!revisions.is_empty()).then(|| format!("its schema matches {}", revisions.join(" and ")))
}

impl SchemaMatch {
    /// Returns the next step for these matches, or `None` if there are none.
    pub fn advice(matches: &[Self]) -> Option<String> {
        let stamps: Vec<String> =
            matches.iter().map(|one| format!("`stamp {}`", one.stamp.join(" "))).collect();
        match stamps.as_slice() {
            [] => None,
            [one] => Some(format!("if that is its revision, record it with {one}")),
            [..] => Some(format!(
                "record its revision with {}; only you know if the scripts that leave the schema unchanged have run",
                stamps.join(" or ")
            )),
        }
    }
}
