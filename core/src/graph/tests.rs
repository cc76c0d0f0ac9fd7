//! Graphs as text: each line has a revision and its down revisions. Dependencies follow `~>`.

use proptest::prelude::*;

use super::{Declaration, Edge, Fault, Graph, Located, resolve};

/// Parses `id: parent parent ~> dependency @label`, one revision on each line.
pub(crate) fn declarations(lines: &str) -> Vec<Declaration> {
    lines
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (id, rest) = line.split_once(':').unwrap_or((line, ""));
            let (revises, depends_on) = rest.split_once("~>").unwrap_or((rest, ""));
            let words = |text: &str, label: bool| {
                let words = text.split_whitespace().filter(|word| word.starts_with('@') == label);
                words.map(|word| word.trim_start_matches('@').to_owned()).collect()
            };
            Declaration {
                id: id.trim().to_owned(),
                revises: words(revises, false),
                depends_on: words(depends_on, false),
                labels: words(rest, true),
            }
        })
        .collect()
}

/// Returns the graph that valid lines describe.
pub(crate) fn graph(lines: &str) -> Graph {
    resolve(&declarations(lines)).map(|resolved| resolved.graph).unwrap_or_default()
}

fn faults(lines: &str) -> Vec<Fault> {
    let faults = resolve(&declarations(lines)).err().unwrap_or_default();
    faults.into_iter().map(|located| located.fault).collect()
}

fn order(graph: &Graph) -> String {
    graph.ids(graph.indexes()).join(" ")
}

#[test]
fn a_line_is_walked_to_its_end_before_the_next() {
    // a - b1 - c1
    //   \ b2 - c2
    assert_eq!(order(&graph("c2: b2\n b2: a\n c1: b1\n b1: a\n a:")), "a b1 c1 b2 c2");
}

#[test]
fn a_merge_point_comes_after_both_lines() {
    // a - b1 - c1 - m
    //   \ b2 ------ /
    let graph = graph("m: c1 b2\n a:\n b1: a\n b2: a\n c1: b1");
    assert_eq!(order(&graph), "a b1 c1 b2 m");
    assert_eq!(graph.ids(graph.heads()), ["m"]);
}

#[test]
fn a_dependency_orders_but_takes_no_head_away() {
    // a1 - a2        a2 is a head that b1 depends on
    // b1 ~> a2
    let graph = graph("a1:\n a2: a1\n b1: ~> a2");
    assert_eq!(order(&graph), "a1 a2 b1");
    assert_eq!(graph.ids(graph.heads()), ["a2", "b1"]);
    assert_eq!(graph.ids(graph.real_heads()), ["b1"]);
    assert_eq!(graph.ids(graph.bases()), ["a1", "b1"]);
}

#[test]
fn a_dependency_may_name_a_label() {
    let graph = graph("a1: @left\n b1: ~> left");
    assert_eq!(order(&graph), "a1 b1");
    assert_eq!(graph.find("left"), graph.find("a1"));
}

#[test]
fn ids_that_are_parts_of_each_other_are_no_circle() {
    assert_eq!(order(&graph("aa:\n a: aa\n aaa: a")), "aa a aaa");
}

#[test]
fn err_a_circle_between_a_base_and_a_head_is_told_whole() {
    // a0 - a1 - a2 - a3 - a4, and a1 also revises a3
    let lines = "a0:\n a1: a3 a0\n a2: a1\n a3: a2\n a4: a3";
    let ids = ["a1", "a3", "a2"].map(str::to_owned).to_vec();
    assert_eq!(faults(lines), [Fault::Cycle { ids }]);
}

#[test]
fn err_a_circle_without_a_base_and_one_of_dependencies() {
    let ids = |ids: [&str; 2]| ids.map(str::to_owned).to_vec();
    assert_eq!(faults("a: b\n b: a"), [Fault::Cycle { ids: ids(["a", "b"]) }]);
    assert_eq!(faults("a: ~> b\n b: ~> a"), [Fault::Cycle { ids: ids(["a", "b"]) }]);
    assert_eq!(
        faults("a: b\n b: a\n x: y\n y: x"),
        [Fault::Cycle { ids: ids(["a", "b"]) }, Fault::Cycle { ids: ids(["x", "y"]) }]
    );
}

#[test]
fn err_a_revision_that_revises_or_depends_on_itself() {
    let id = || "a".to_owned();
    assert_eq!(faults("a: a"), [Fault::RevisesItself { id: id() }]);
    assert_eq!(faults("a: ~> a"), [Fault::DependsOnItself { id: id() }]);
}

#[test]
fn err_an_unknown_parent_suggests_the_nearest_id() {
    let faults = faults("a1b2c3d4e5f6:\n c71fdf3b7df8: a1b2c3d4e5f7\n 000000000000: ffff");
    let nearest: Vec<Option<&str>> = faults
        .iter()
        .map(|fault| match fault {
            Fault::UnknownDownRevision { nearest, .. } => nearest.as_deref(),
            _ => Some("another fault"),
        })
        .collect();
    assert_eq!(nearest, [Some("a1b2c3d4e5f6"), None]);
}

#[test]
fn err_names_that_are_used_twice() {
    let located = resolve(&declarations("a:\n a:")).err().unwrap_or_default();
    let fault = Fault::IdTwice { id: "a".to_owned() };
    assert_eq!(located, [Located { fault, at: (1, Edge::Id), others: vec![(0, Edge::Id)] }]);
    assert_eq!(faults("a: @l\n b: a @l"), [Fault::LabelTwice { label: "l".to_owned() }]);
    assert_eq!(faults("a: @b\n b: a"), [Fault::LabelIsAnId { label: "b".to_owned() }]);
}

/// Generates valid graphs: a revision only names earlier ones.
pub(crate) fn any_graph() -> impl Strategy<Value = Vec<Declaration>> {
    let revision = (
        any::<u16>(),
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        prop::option::weighted(0.2, any::<prop::sample::Index>()),
    );
    prop::collection::vec(revision, 1..24).prop_map(|revisions| {
        let mut declarations: Vec<Declaration> = Vec::new();
        for (number, (letters, parents, dependency)) in revisions.into_iter().enumerate() {
            let earlier = |index: prop::sample::Index| {
                declarations.get(index.index(number.max(1))).map(|declaration| declaration.id.clone())
            };
            let mut revises: Vec<String> = parents.into_iter().filter_map(earlier).collect();
            revises.sort();
            revises.dedup();
            let depends_on = dependency.and_then(earlier).into_iter().collect();
            declarations.push(Declaration {
                id: format!("{letters:04x}{number}"),
                revises,
                depends_on,
                labels: Vec::new(),
            });
        }
        declarations
    })
}

proptest! {
    #[test]
    fn the_order_respects_every_edge_and_does_not_depend_on_how_the_scripts_were_found(
        declarations in any_graph(),
        seed in any::<u64>(),
    ) {
        let resolved = resolve(&declarations).map_err(|_| TestCaseError::fail("a fault"))?;
        for index in resolved.graph.indexes() {
            prop_assert!(resolved.graph.node(index).parents().all(|parent| parent < index));
        }
        let mut shuffled = declarations;
        shuffled.sort_by_key(|declaration| {
            declaration.id.bytes().fold(seed, |hash, byte| hash.rotate_left(7).wrapping_mul(31) ^ u64::from(byte))
        });
        let again = resolve(&shuffled).map_err(|_| TestCaseError::fail("a fault"))?;
        prop_assert_eq!(again.graph, resolved.graph);
    }

    #[test]
    fn an_edge_back_is_always_a_circle(declarations in any_graph(), pick in any::<prop::sample::Index>()) {
        let resolved = resolve(&declarations).map_err(|_| TestCaseError::fail("a fault"))?;
        let graph = &resolved.graph;
        let lower = pick.index(graph.len());
        let upper = graph.descendants([lower]).iter().next_back();
        prop_assume!(upper.is_some_and(|upper| upper != lower));
        let mut broken = declarations;
        let upper = upper.map(|upper| graph.id(upper).to_owned()).unwrap_or_default();
        for declaration in broken.iter_mut().filter(|declaration| declaration.id == graph.id(lower)) {
            declaration.depends_on.push(upper.clone());
        }
        let faults = resolve(&broken).err().unwrap_or_default();
        let is_cycle = |located: &Located| matches!(located.fault, Fault::Cycle { .. });
        prop_assert!(faults.iter().any(is_cycle));
    }
}
