//! The effect of a script on a database with rows, used to compare two versions of a script.

use std::collections::BTreeSet;

use aludel_core::chain::Assembled;
use aludel_core::graph::Index;
use aludel_core::guarded::rolled_back;
use aludel_core::schema::{Changes, Kind, Object, Schema, describe};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use super::difference::RowDifference;
use super::fill::Fill;
use super::image::TableImage;
use super::judge::RowJudge;
use super::source::Candidate;
use super::trial::Trial;
use super::{ScriptRun, ScriptRuns};
use crate::proof::Options;
use crate::proof::scratch::{Scratch, Stopped};
use crate::proof::section::{SectionFailure, run_section};

/// Compares two versions of a script. Runs the chain with rows up to the script, then upgrades and
/// downgrades with each version. Repeats this with rows that the script's statements change.
///
/// Returns descriptions of the differences. The result is empty if both versions have the same
/// effect.
pub(in crate::proof) fn differences<'a>(
    assembled: &'a Assembled,
    options: &'a Options,
    runs: &ScriptRuns,
    (index, [recorded, present]): (Index, [&'a ParsedScript; 2]),
) -> Result<Vec<String>> {
    let mut judge = RowJudge::open(assembled, options)?;
    judge.scripts_before(index, runs)?;
    let Some(run) = runs.get(&index) else {
        return Ok(vec!["the current script cannot be executed".to_owned()]);
    };
    let (of_recorded, unseen_of_recorded) = judge.witnesses(recorded, run)?;
    let (of_present, unseen_of_present) = judge.witnesses(present, run)?;
    let mut differences: BTreeSet<String> = BTreeSet::new();
    let mut is_compared = false;
    for fill in [Fill::new()].iter().chain(&of_recorded).chain(&of_present) {
        if let Some(found) = judge.differences_with(fill, [recorded, present])? {
            is_compared = true;
            differences.extend(found);
        }
    }
    if !is_compared {
        differences.insert("both versions fail on the rows that were found".to_owned());
    }
    // A statement that occurs in both versions has the same effect in both.
    for statement in unseen_of_recorded.symmetric_difference(&unseen_of_present) {
        let line = statement.lines().next().unwrap_or_default();
        differences
            .insert(format!("found no row that this statement changes, so its effect is unknown: {line}"));
    }
    Ok(differences.into_iter().collect())
}

impl<'a> RowJudge<'a> {
    /// Returns rows that a script's statements change, and the statements for which there are no
    /// such rows.
    fn witnesses(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
    ) -> Result<(Vec<Fill>, BTreeSet<String>)> {
        let mut trial = Trial::default();
        let (_, savepoint) = self.round_trip(script, &run.made, &mut trial)?;
        self.roll_back(savepoint)?;
        let (mut fills, mut unseen) = (Vec::new(), BTreeSet::new());
        for section in [SectionKind::Upgrade, SectionKind::Downgrade] {
            for goal in trial.watch.unseen(section) {
                let found = self.search_one(script, goal, &mut trial)?;
                let Some(work) = trial.watch.works.get(&goal) else { continue };
                if found.is_none() && !work.is_idle {
                    unseen.insert(script.source.text.get(work.span.clone()).unwrap_or_default().to_owned());
                }
                fills.extend(found);
            }
        }
        Ok((fills, unseen))
    }

    /// Compares two versions on the existing rows plus these rows. Returns `None` if both versions
    /// reject the rows.
    fn differences_with(
        &mut self,
        fill: &[Candidate],
        [one, other]: [&ParsedScript; 2],
    ) -> Result<Option<Vec<String>>> {
        let differences = rolled_back(self.scratch.connection(), || -> Result<_> {
            self.apply(fill)?;
            Ok(match (self.both_ways(one)?, self.both_ways(other)?) {
                (Ok(one), Ok(other)) => Some(differences_between(&one, &other)),
                (Err(one), Err(other)) if one == other => None,
                (Err(message), _) => Some(vec![format!("recorded script: {message}")]),
                (_, Err(message)) => Some(vec![format!("current script: {message}")]),
            })
        })?;
        self.scratch.written();
        differences
    }

    /// Upgrades and downgrades a script, then undoes everything. Returns the two resulting states,
    /// or the error.
    fn both_ways(&self, script: &ParsedScript) -> Result<std::result::Result<[Snapshot; 2], String>> {
        rolled_back(self.scratch.connection(), || {
            let run = |kind| match run_section(&self.scratch, script, kind) {
                Ok(()) => Snapshot::read(&self.scratch).map(Ok),
                Err(failure) => Ok(Err(words(kind, &failure))),
            };
            Ok(match run(SectionKind::Upgrade)? {
                Err(message) => Err(message),
                Ok(upgraded) => run(SectionKind::Downgrade)?.map(|downgraded| [upgraded, downgraded]),
            })
        })?
    }
}

/// A schema and the rows of its tables.
struct Snapshot {
    schema: Schema,
    images: Vec<TableImage>,
}

fn differences_between(one: &[Snapshot; 2], other: &[Snapshot; 2]) -> Vec<String> {
    let states = ["after the upgrade", "after the downgrade"].iter().zip(one.iter().zip(other));
    states.flat_map(|(when, (one, other))| one.differences(other, when)).collect()
}

fn words(kind: SectionKind, failure: &SectionFailure) -> String {
    match &failure.stopped {
        Stopped::Failed(message, _) => format!("the {kind} fails: {message}"),
        _ => format!("the {kind} was stopped"),
    }
}

impl Snapshot {
    fn read(scratch: &Scratch) -> Result<Self> {
        let schema = scratch.schema()?;
        let tables = schema.of_kind(Kind::Table).filter(|object| object.as_table().is_some());
        let read = |object: &Object| Ok(TableImage::read(scratch.connection(), object)?.in_order_of_names());
        let images = tables.map(|object| read(object)).collect::<Result<_>>()?;
        Ok(Self { schema, images })
    }

    /// Describes the differences from another state.
    fn differences(&self, other: &Self, when: &str) -> Vec<String> {
        let changes = Changes::between(&self.schema, &other.schema).without_column_order();
        let of_schema = describe(&changes).into_iter().map(|words| format!("{when}, {words}"));
        let differs = |image: &&TableImage| {
            let other = other.images.iter().find(|other| other.name == image.name);
            other.is_some_and(|other| !RowDifference::between(image, other).is_empty())
        };
        let of_rows = self.images.iter().filter(differs);
        of_schema.chain(of_rows.map(|image| format!("{when}, the rows of `{}` differ", image.name))).collect()
    }
}
