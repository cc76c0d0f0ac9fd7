//! Alembic's real behavior on 300 revision graphs: 1,869 commands, all of which are replayed here.
//!
//! `data/alembic-traversal.json` was recorded with Alembic 1.20.1. For each graph it contains a
//! sequence of commands on one database, with the scripts that ran and the version rows afterwards,
//! or the reason for the error.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use aludel_core::graph::{Declaration, Graph, resolve};
use aludel_core::plan::{self, NotBelow, Plan, Position};
use aludel_core::targets::{TargetError, parse, resolve_downgrade, resolve_stamp, resolve_upgrade};
use serde_json::Value;
use tests::TestResult;

/// Returns the reason for an error, as it is named in the vectors.
fn kind_of_target(error: &TargetError) -> &'static str {
    match error {
        TargetError::Nameless { .. }
        | TargetError::NoSuchRevision { .. }
        | TargetError::NoSuchBranch { .. }
        | TargetError::NotOnBranch { .. }
        | TargetError::TwoReadings { .. }
        | TargetError::Ambiguous { .. } => "unknown-revision",
        TargetError::SeveralHeads { .. } => "multiple-heads",
        TargetError::OutOfRange { .. } | TargetError::WrongWay { .. } => "relative-out-of-range",
        TargetError::AmbiguousWalk { .. } => "ambiguous-walk",
        TargetError::SeveralCurrent { .. } => "ambiguous",
        _ => "an error that the vectors do not know",
    }
}

fn kind_of_downgrade(_: &NotBelow) -> &'static str {
    "not-ancestor"
}

/// The scripts that run and the resulting position, or the reason for an error.
type Outcome = Result<(Vec<(&'static str, String)>, Position), &'static str>;

fn run(graph: &Graph, position: &Position, command: &str, text: &str) -> Outcome {
    let target = parse(text, graph).map_err(|error| kind_of_target(&error))?;
    let plan = match command {
        "upgrade" => {
            let targets =
                resolve_upgrade(&target, graph, position).map_err(|error| kind_of_target(&error))?;
            plan::upgrade(graph, position, &targets)
        }
        "downgrade" => {
            let target =
                resolve_downgrade(&target, graph, position).map_err(|error| kind_of_target(&error))?;
            plan::downgrade(graph, position, target).map_err(|error| kind_of_downgrade(&error))?
        }
        _ => {
            let targets = resolve_stamp(&target, graph, position).map_err(|error| kind_of_target(&error))?;
            Plan { after: plan::stamp(graph, position, &targets).after, ..Plan::default() }
        }
    };
    let ran = plan.steps.iter().map(|step| (step.direction.word(), graph.id(step.revision).to_owned()));
    Ok((ran.collect(), plan.after))
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn graph_of(case: &Value) -> Result<Graph, Box<dyn Error>> {
    let revisions = case["revisions"].as_array().ok_or("no revisions")?;
    let declarations: Vec<Declaration> = revisions
        .iter()
        .map(|revision| Declaration {
            id: revision["id"].as_str().unwrap_or_default().to_owned(),
            revises: words(&revision["down"]),
            depends_on: words(&revision["depends_on"]),
            labels: words(&revision["labels"]),
        })
        .collect();
    Ok(resolve(&declarations).map_err(|faults| format!("{faults:?}"))?.graph)
}

/// Returns `true` if everything that a script needs is applied before it, and no applied revision
/// needs a downgraded one.
fn respects_every_edge(graph: &Graph, position: &Position, ran: &[(&str, String)]) -> bool {
    let mut applied = position.applied().clone();
    ran.iter().all(|(direction, id)| {
        let Some(index) = graph.find(id) else { return false };
        if *direction == "upgrade" {
            graph.node(index).parents().all(|parent| applied.contains(parent)) && applied.insert(index)
        } else {
            graph.node(index).followers().all(|follower| !applied.contains(follower)) && applied.remove(index)
        }
    })
}

/// Returns the reason for a difference from Alembic. Each is explained in
/// `docs/differences-from-alembic.md`.
fn departure(
    graph: &Graph,
    position: &Position,
    (command, text): (&str, &str),
    ours: &Outcome,
) -> Option<&'static str> {
    match (command, ours) {
        ("downgrade", Err("ambiguous")) if text.starts_with('-') && position.rows().count() > 1 => {
            Some("a relative downgrade with several current heads: Alembic takes the first row")
        }
        ("stamp", Ok((_, after))) if text == "heads" && after.rows().eq(graph.real_heads()) => {
            Some("stamp heads: Alembic loses a head that is there already")
        }
        _ => None,
    }
}

#[test]
fn every_command_ends_where_alembic_ends_or_is_refused_for_the_same_reason() -> TestResult {
    let cases: Value = serde_json::from_str(include_str!("../data/alembic-traversal.json"))?;
    let mut agreed = 0;
    let mut departed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (number, case) in cases.as_array().ok_or("no cases")?.iter().enumerate() {
        let graph = graph_of(case)?;
        let mut rows: Vec<String> = Vec::new();
        for step in case["steps"].as_array().ok_or("no steps")? {
            let (command, text) =
                (step["command"].as_str().unwrap_or(""), step["target"].as_str().unwrap_or(""));
            let position = Position::of_rows(&graph, &rows)?;
            let ours = run(&graph, &position, command, text);
            let after = words(&step["current"]);
            let theirs: BTreeSet<(String, String)> = step["ran"]
                .as_array()
                .into_iter()
                .flatten()
                .map(words)
                .filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone())))
                .collect();
            let is_same = match (&ours, step["error"].as_str()) {
                (Err(kind), Some(error)) => *kind == error,
                (Ok((ran, reached)), None) => {
                    let mut current = graph.ids(reached.rows());
                    current.sort();
                    let set: BTreeSet<(String, String)> =
                        ran.iter().map(|(direction, id)| ((*direction).to_owned(), id.clone())).collect();
                    current == after
                        && (command == "stamp" || set == theirs)
                        && respects_every_edge(&graph, &position, ran)
                }
                _ => false,
            };
            if is_same {
                agreed += 1;
            } else if let Some(reason) = departure(&graph, &position, (command, text), &ours) {
                *departed.entry(reason).or_default() += 1;
            } else {
                let printed = match &ours {
                    Ok((ran, reached)) => format!("{ran:?} -> {:?}", graph.ids(reached.rows())),
                    Err(kind) => (*kind).to_owned(),
                };
                wrong.push(format!(
                    "graph {number}, at {rows:?}: {command} {text}\n  ours: {printed}\n  Alembic: {} -> {after:?} ({})",
                    step["ran"], step["error"]
                ));
            }
            rows = after;
        }
    }
    let count = wrong.len();
    wrong.truncate(12);
    assert!(wrong.is_empty(), "{agreed} agree, {departed:?}, {count} do not:\n{}", wrong.join("\n"));
    assert_eq!(agreed + departed.values().sum::<usize>(), 1869);
    Ok(())
}
