//! Finds the revisions that match the schema of a database without a version table.

use aludel_core::graph::{Graph, Index};
use aludel_core::plan::Position;
use aludel_core::schema::{Change, Changes, Schema, differences};

use crate::sqlite::migrator::Runner;
use crate::sqlite::replay::Replay;
use crate::{Error, SchemaDifference, SchemaMatch};

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
    /// Compares a schema with the schema of each revision. Uses the fingerprints of the proof if
    /// there are any, and otherwise replays the chain.
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

    /// Replays the chain and compares the schema at each revision. The search ends at a script that
    /// fails because it needs the program's functions.
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

/// Returns the ends of branches whose schema matches if no other branch is applied. Replays each
/// branch from the start.
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

/// The maximum number of branches to try alone.
const MOST_LINES: usize = 16;

/// Measures the difference. A changed object counts less than a missing or unexpected one.
fn distance(differing: &Changes) -> usize {
    let is_on_both_sides = |change: &&Change| change.was.is_some() && change.is.is_some();
    2 * differing.objects.len() - differing.objects.values().filter(is_on_both_sides).count()
}

/// Returns `true` if at least as many objects match as differ. Only then is the nearest schema
/// reported.
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
    let differences = differences(differing).into_iter().map(SchemaDifference::from).collect();
    SchemaMatch { revision: graph.id(index).to_owned(), stamp, differences }
}
