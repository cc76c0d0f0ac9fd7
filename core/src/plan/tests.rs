//! Plans over small graphs. Each graph is drawn in a comment.

use proptest::prelude::*;

use super::{Direction, NotBelow, Plan, Position, stamp, upgrade};
use crate::graph::tests::{any_graph, graph};
use crate::graph::{Graph, Index, Set, resolve};
use crate::targets::{Downgrade, Stamped};

/// Returns the plan that reverts everything after a revision, on every branch.
fn downgrade(graph: &Graph, from: &Position, to: Option<Index>) -> Result<Plan, NotBelow> {
    super::downgrade(graph, from, Downgrade { to, branch: None })
}

fn at(graph: &Graph, rows: &str) -> Position {
    Position::new(graph, indexes(graph, rows))
}

fn indexes(graph: &Graph, ids: &str) -> Vec<Index> {
    ids.split_whitespace().filter_map(|id| graph.find(id)).collect()
}

fn rows(graph: &Graph, position: &Position) -> String {
    graph.ids(position.rows()).join(" ")
}

/// Formats a plan as `+b -a [rows]`.
fn reported(graph: &Graph, plan: &Plan) -> String {
    let steps = plan.steps.iter().map(|step| match step.direction {
        Direction::Upgrade => format!("+{}", graph.id(step.revision)),
        Direction::Downgrade => format!("-{}", graph.id(step.revision)),
    });
    let steps: Vec<String> = steps.chain([format!("[{}]", rows(graph, &plan.after))]).collect();
    steps.join(" ")
}

// a - b1 - c1 - m - n
//   \ b2 ------ /
const MERGE: &str = "a:\n b1: a\n c1: b1\n b2: a\n m: c1 b2\n n: m";

#[test]
fn an_upgrade_applies_what_is_missing() {
    let graph = graph(MERGE);
    let up =
        |from: &str, to: &str| reported(&graph, &upgrade(&graph, &at(&graph, from), &indexes(&graph, to)));
    assert_eq!(up("", "n"), "+a +b1 +c1 +b2 +m +n [n]");
    assert_eq!(up("b1", "b2"), "+b2 [b1 b2]");
    assert_eq!(up("c1 b2", "m"), "+m [m]");
    assert_eq!(up("m", "a"), "[m]");
}

#[test]
fn a_downgrade_from_a_merge_point_restores_both_heads() -> Result<(), NotBelow> {
    let graph = graph(MERGE);
    let down = |from: &str, to: &str| -> Result<String, NotBelow> {
        let target = indexes(&graph, to).first().copied();
        Ok(reported(&graph, &downgrade(&graph, &at(&graph, from), target)?))
    };
    assert_eq!(down("n", "m")?, "-n [m]");
    assert_eq!(down("m", "c1")?, "-m [c1 b2]");
    assert_eq!(down("m", "b1")?, "-m -c1 [b1 b2]");
    assert_eq!(down("m", "a")?, "-m -b2 -c1 -b1 [a]");
    assert_eq!(down("m", "")?, "-m -b2 -c1 -b1 -a []");
    assert_eq!(down("b1", "b1")?, "[b1]");
    assert_eq!(down("b1", "b2"), Err(NotBelow::NotApplied { revision: "b2".to_owned() }));
    Ok(())
}

#[test]
fn a_dependency_is_no_row_until_its_dependant_goes() -> Result<(), NotBelow> {
    // a1 - a2 - a3
    // b1 - b2 ~> a2
    let graph = graph("a1:\n a2: a1\n a3: a2\n b1:\n b2: b1 ~> a2");
    let up = upgrade(&graph, &Position::default(), &indexes(&graph, "b2"));
    assert_eq!(reported(&graph, &up), "+a1 +a2 +b1 +b2 [b2]");
    let down = downgrade(&graph, &up.after, graph.find("b1"))?;
    assert_eq!(reported(&graph, &down), "-b2 [a2 b1]");
    let with_dependant = downgrade(&graph, &up.after, graph.find("a1"))?;
    assert_eq!(reported(&graph, &with_dependant), "-b2 -a2 [a1 b1]");
    Ok(())
}

#[test]
fn a_stamp_moves_the_rows_on_its_line_and_leaves_the_others() {
    // a - b1 - c1
    //   \ b2
    // x
    let graph = graph("a:\n b1: a\n c1: b1\n b2: a\n x:");
    let stamped = |from: &str, to: &str| {
        let targets: Vec<Stamped> = match to {
            "" => vec![Stamped::Base { branch: None }],
            to => indexes(&graph, to).into_iter().map(Stamped::Revision).collect(),
        };
        let stamp = stamp(&graph, &at(&graph, from), &targets);
        (rows(&graph, &stamp.after), graph.ids(stamp.becomes).join(" "), graph.ids(stamp.ceases).join(" "))
    };
    let reported =
        |after: &str, becomes: &str, ceases: &str| (after.to_owned(), becomes.to_owned(), ceases.to_owned());
    assert_eq!(stamped("a", "c1"), reported("c1", "b1 c1", ""));
    assert_eq!(stamped("c1 b2", "b1"), reported("b1 b2", "", "c1"));
    assert_eq!(stamped("c1 b2", "a"), reported("a", "", "b2 c1 b1"));
    assert_eq!(stamped("x", "a"), reported("a x", "a", ""));
    assert_eq!(stamped("c1 x", ""), reported("", "", "x c1 b1 a"));
}

#[test]
fn a_stamp_of_several_records_all_of_them_in_whatever_order_they_are_named() {
    // a - b1 - c1   x ~> b1
    //   \ b2
    let graph = graph("a:\n b1: a\n c1: b1\n b2: a\n x: ~> b1");
    let stamped = |from: &str, targets: &[&str]| {
        let targets: Vec<Stamped> = targets
            .iter()
            .map(|id| graph.find(id).map_or(Stamped::Base { branch: None }, Stamped::Revision))
            .collect();
        rows(&graph, &stamp(&graph, &at(&graph, from), &targets).after)
    };
    for (from, one, other, after) in [
        ("", "c1", "b1", "c1"),
        ("", "x", "b1", "x"),
        ("", "x", "a", "x"),
        ("a", "c1", "b2", "c1 b2"),
        ("c1 b2", "x", "b1", "x b2"),
        ("c1 b2", "base", "b2", "b2"),
    ] {
        assert_eq!(stamped(from, &[one, other]), after, "{from}: {one} {other}");
        assert_eq!(stamped(from, &[other, one]), after, "{from}: {other} {one}");
    }
}

#[test]
fn a_stamp_at_the_base_of_a_branch_leaves_the_rows_that_have_nothing_to_do_with_it() {
    //       e1
    //      /
    // a1-b1-f1     c1-d1   g1 ~> d1
    let graph = graph("a1:\n b1: a1\n e1: b1\n f1: b1\n c1:\n d1: c1\n g1: ~> d1");
    let stamped = |from: &str, branch: &str| {
        let targets = [Stamped::Base { branch: graph.find(branch) }];
        rows(&graph, &stamp(&graph, &at(&graph, from), &targets).after)
    };
    // The expected results come from Alembic 1.20.1.
    for (from, branch, after) in [
        ("e1 f1 g1", "a1", "g1"),
        ("e1 f1 g1", "b1", "g1"),
        ("e1 f1 g1", "c1", "e1 f1"),
        ("e1 f1 g1", "g1", "e1 f1"),
        ("e1 f1 g1", "e1", "f1 g1"),
        ("b1 d1", "c1", "b1"),
        ("b1 d1", "a1", "d1"),
        ("a1 d1", "g1", "a1"),
        ("e1 d1", "f1", "e1 d1"),
    ] {
        let mut expected: Vec<&str> = after.split(' ').collect();
        let reported = stamped(from, branch);
        let mut found: Vec<&str> = reported.split(' ').collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{from}: {branch}@base");
    }
}

/// Applies the changes of a plan to the version rows one by one, as a run does.
fn fold(graph: &Graph, from: &Position, plan: &Plan) -> Result<Set, TestCaseError> {
    let mut rows: Set = from.rows().collect();
    for step in &plan.steps {
        for removed in &step.removed {
            prop_assert!(rows.remove(*removed), "the row {} was not there", graph.id(*removed));
        }
        for added in &step.added {
            prop_assert!(rows.insert(*added), "the row {} was there", graph.id(*added));
        }
    }
    Ok(rows)
}

proptest! {
    #[test]
    fn rows_are_reduced_to_those_that_no_other_row_implies(
        declarations in any_graph(),
        picked in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        unknown in proptest::collection::btree_set("zz[0-9]", 0..3),
    ) {
        let graph = resolve(&declarations).map_err(|_| TestCaseError::fail("a fault"))?.graph;
        let known: Set = picked.iter().map(|one| one.index(graph.len())).collect();
        let rows: Vec<String> = graph.ids(known.iter()).into_iter().chain(unknown.iter().cloned()).collect();
        let (kept, implied) = Position::reduce(&graph, &rows);

        let position = Position::new(&graph, known.iter());
        let mut expected: Vec<String> = graph.ids(position.rows()).into_iter().chain(unknown).collect();
        expected.sort();
        prop_assert_eq!(&kept, &expected);
        prop_assert_eq!(Position::reduce(&graph, &kept), (kept.clone(), Vec::new()));
        prop_assert!(implied.iter().all(|row| graph.find(row).is_some_and(|index| position.is_applied(index))));
        let mut all = [kept, implied].concat();
        let mut rows = rows;
        all.sort();
        rows.sort();
        prop_assert_eq!(all, rows);
    }

    #[test]
    fn folding_a_plan_over_the_rows_reaches_the_target_and_back(
        declarations in any_graph(),
        start in any::<prop::sample::Index>(),
        goal in any::<prop::sample::Index>(),
    ) {
        let graph = resolve(&declarations).map_err(|_| TestCaseError::fail("a fault"))?.graph;
        let (start, goal) = (start.index(graph.len()), goal.index(graph.len()));
        let from = Position::new(&graph, [start]);

        let up = upgrade(&graph, &from, &[goal]);
        prop_assert_eq!(fold(&graph, &from, &up)?, up.after.rows().collect::<Set>());
        prop_assert_eq!(&up.after, &Position::new(&graph, [start, goal]));
        let mut applied = from.applied().clone();
        for step in &up.steps {
            prop_assert!(graph.node(step.revision).parents().all(|parent| applied.contains(parent)));
            prop_assert!(applied.insert(step.revision));
        }

        // If a dependency is implied without a row, nothing after it can be reverted.
        let down = downgrade(&graph, &up.after, Some(goal)).or_else(|error| match error {
            NotBelow::NothingAbove { .. } => Ok(Plan { after: up.after.clone(), ..Plan::default() }),
            other => Err(other),
        }).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(fold(&graph, &up.after, &down)?, down.after.rows().collect::<Set>());
        for step in &down.steps {
            prop_assert!(graph.node(step.revision).followers().all(|follower| !applied.contains(follower)));
            prop_assert!(applied.remove(step.revision));
        }
        prop_assert_eq!(&Position::new(&graph, down.after.rows()), &down.after);

        let base = downgrade(&graph, &up.after, None).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(base.after.applied().is_empty() && fold(&graph, &up.after, &base)?.is_empty());
    }
}
