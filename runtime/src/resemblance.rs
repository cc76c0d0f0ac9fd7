//! Which place of a chain a database without a version table is at, as far as its schema tells.

use aludel_core::graph::{Graph, Index};
use aludel_core::plan::Position;
use aludel_core::schema::{Change, Changes, Difference, Schema, differences};

use crate::replay::Replay;
use crate::{Error, Runner};

/// A revision whose schema a database has, or nearly has: that of all scripts up to it in canonical order, or, at the end of a line, of its
/// line alone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match {
    /// The revision.
    pub revision: String,
    /// What a stamp takes to record it, sorted: several revisions where it stands beside another line of the chain.
    pub stamp: Vec<String>,
    /// In what the database differs, in words; nothing where it has this schema.
    pub differences: Vec<String>,
}

/// What the schema of a database tells.
#[derive(Debug, Default)]
pub(crate) struct Resemblance {
    /// The revisions whose schema it has: several where a script leaves the schema as it is.
    pub(crate) matches: Vec<Match>,
    /// Where there are none: the revision whose schema is the nearest.
    pub(crate) nearest: Option<Match>,
}

impl Resemblance {
    /// Compares a schema with those at the revisions: by the fingerprints of the proof, or else by making one after the other.
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

    /// Makes the schema at each revision in turn. A script that does not run, since it needs what a program brings, ends the search.
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
            let told = differing.clone().without_column_order();
            if told.is_empty() {
                resemblance.matches.push(up_to(graph, index, &told));
            }
            let is_nearer = |(_, least): &(Index, Changes)| distance(&told) < distance(least);
            if nearest.as_ref().is_none_or(is_nearer) {
                nearest = Some((index, told));
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

/// The ends of lines at which the schema is the one that was found while other lines are not applied. Each is made anew.
fn ends_of_lines(runner: &Runner<'_>, graph: &Graph, found: &Schema) -> Vec<Match> {
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

/// How many lines are tried alone.
const MOST_LINES: usize = 16;

/// An object that is another is nearer than one that is not there.
fn distance(differing: &Changes) -> usize {
    let is_on_both_sides = |change: &&Change| change.was.is_some() && change.is.is_some();
    2 * differing.objects.len() - differing.objects.values().filter(is_on_both_sides).count()
}

/// Rule: the nearest schema is worth a word where at least as much of the database is as it says as is not.
fn is_near(found: &Schema, differing: &Changes) -> bool {
    let others = differing.objects.values().filter(|change| change.is.is_some()).count();
    found.objects.len() - others >= differing.objects.len()
}

fn up_to(graph: &Graph, index: Index, differing: &Changes) -> Match {
    of(graph, index, 0..=index, differing)
}

fn of(graph: &Graph, index: Index, applied: impl IntoIterator<Item = Index>, differing: &Changes) -> Match {
    let mut stamp = graph.ids(Position::new(graph, applied).rows());
    stamp.sort();
    let differences = differences(differing).iter().map(Difference::of_a_database).collect();
    Match { revision: graph.id(index).to_owned(), stamp, differences }
}

/// The revisions of matches, in words; nothing where there are none.
pub(crate) fn told(matches: &[Match]) -> Option<String> {
    let revisions: Vec<String> = matches.iter().map(|one| format!("`{}`", one.revision)).collect();
    (!revisions.is_empty()).then(|| format!("its schema is that of {}", revisions.join(" and of ")))
}

impl Match {
    /// What to do with matches, in words; nothing where there are none.
    pub fn advice(matches: &[Self]) -> Option<String> {
        let stamps: Vec<String> =
            matches.iter().map(|one| format!("`stamp {}`", one.stamp.join(" "))).collect();
        match stamps.as_slice() {
            [] => None,
            [one] => Some(format!("if that is where it is, {one} records it")),
            [..] => Some(format!(
                "{} records where it is; of scripts that leave the schema as it is, only you know whether they ran",
                stamps.join(" or ")
            )),
        }
    }
}
