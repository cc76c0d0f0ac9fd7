//! Targets over small graphs.

use super::{Anchor, TargetError, parse, resolve_downgrade, resolve_upgrade};
use crate::graph::tests::graph;
use crate::graph::{Graph, Index};
use crate::plan::Position;

// 1a - 1b - 2c - 3d
//        \ 2e
const FORK: &str = "1a:\n 1b: 1a\n 2c: 1b @left\n 3d: 2c\n 2e: 1b";

fn upgraded(graph: &Graph, rows: &[Index], text: &str) -> Result<Vec<String>, TargetError> {
    let position = Position::new(graph, rows.iter().copied());
    Ok(graph.ids(resolve_upgrade(&parse(text, graph)?, graph, &position)?))
}

fn downgraded(graph: &Graph, rows: &[Index], text: &str) -> Result<Option<String>, TargetError> {
    let position = Position::new(graph, rows.iter().copied());
    let target = resolve_downgrade(&parse(text, graph)?, graph, &position)?;
    Ok(target.to.map(|index| graph.id(index).to_owned()))
}

#[test]
fn an_exact_id_is_read_before_a_prefix_and_before_a_relative_step() -> Result<(), TargetError> {
    let graph = graph("ab:\n abc: ab\n left: abc @rel");
    let read = |text: &str| parse(text, &graph).map(|target| (target.anchor, target.steps));
    assert_eq!(read("ab")?, (Anchor::Revision(0), None));
    assert_eq!(read("abc")?, (Anchor::Revision(1), None));
    assert_eq!(read("l")?, (Anchor::Revision(2), None));
    assert_eq!(read("re")?, (Anchor::Revision(2), None));
    assert_eq!(read("-2")?, (Anchor::Current, Some(-2)));
    assert_eq!(read("+2")?, (Anchor::Current, Some(2)));
    assert_eq!(read("left-1")?, (Anchor::Revision(2), Some(-1)));
    assert_eq!(read("head-1")?, (Anchor::Head, Some(-1)));
    assert_eq!(read("base+2")?, (Anchor::Base, Some(2)));
    Ok(())
}

#[test]
fn err_targets_that_name_nothing_or_too_much() {
    let graph = graph(FORK);
    let reported = |text: &str| parse(text, &graph).err().map(|error| error.to_string());
    assert_eq!(reported("zz").as_deref(), Some("no revision is named `zz`, and no ID begins with it"));
    assert_eq!(reported("").as_deref(), Some("`` is incomplete: the name of a revision is missing"));
    assert_eq!(
        reported("@head").as_deref(),
        Some("`@head` is incomplete: the name of a revision is missing")
    );
    assert_eq!(reported("1a@").as_deref(), Some("`1a@` is incomplete: the name of a revision is missing"));
    assert_eq!(reported("1").as_deref(), Some("`1` is ambiguous: `1a`, `1b`"));
    let heads = upgraded(&graph, &[], "head").err().map(|error| error.to_string());
    assert_eq!(heads.as_deref(), Some("`head` matches 2 heads; expected one: `3d`, `2e`"));
}

#[test]
fn err_a_label_that_looks_like_steps_is_refused_where_both_readings_exist() {
    // Alembic interprets `rel-1@head` as one revision below `rel`.
    let graph = graph("rel:\n b: rel @rel-1");
    let reported = parse("rel-1", &graph).err().map(|error| error.to_string());
    assert_eq!(
        reported.as_deref(),
        Some("`rel-1` is ambiguous: it is the name of a revision, and also means -1 from `rel`")
    );
    let head = parse("rel-1@head", &graph).map(|target| target.branch);
    assert_eq!(head, Ok(graph.find("b")));
}

#[test]
fn relative_steps_walk_down_revisions() -> Result<(), TargetError> {
    let graph = graph(FORK);
    let find = |id: &str| graph.find(id).into_iter().collect::<Vec<_>>();
    assert_eq!(upgraded(&graph, &[], "+2")?, ["1b"]);
    assert_eq!(upgraded(&graph, &find("2c"), "+1")?, ["3d"]);
    assert_eq!(downgraded(&graph, &find("3d"), "-2")?.as_deref(), Some("1b"));
    assert_eq!(downgraded(&graph, &find("1b"), "-2")?, None);
    assert_eq!(downgraded(&graph, &find("1b"), "base")?, None);
    Ok(())
}

#[test]
fn err_relative_steps_that_cannot_be_walked() {
    let graph = graph(FORK);
    let find = |id: &str| graph.find(id).into_iter().collect::<Vec<_>>();
    let up = |rows: &[Index], text: &str| upgraded(&graph, rows, text).err().map(|error| error.to_string());
    let down =
        |rows: &[Index], text: &str| downgraded(&graph, rows, text).err().map(|error| error.to_string());
    assert_eq!(
        up(&find("1b"), "+1").as_deref(),
        Some("`+1` is ambiguous: at `1b`, the next step leads to 2 revisions (`2c`, `2e`)")
    );
    assert_eq!(
        up(&find("3d"), "+1").as_deref(),
        Some("`+1` is out of range: the chain has only 0 of these steps")
    );
    assert_eq!(up(&find("3d"), "-1").as_deref(), Some("`-1` is in the wrong direction for an upgrade"));
    assert_eq!(
        down(&find("1b"), "-3").as_deref(),
        Some("`-3` is out of range: the chain has only 2 of these steps")
    );
    assert_eq!(down(&find("1b"), "+1").as_deref(), Some("`+1` is in the wrong direction for a downgrade"));
    let both = [find("3d"), find("2e")].concat();
    assert_eq!(
        down(&both, "-1").as_deref(),
        Some("`-1` is ambiguous: the database is at 2 revisions: `3d`, `2e`")
    );
}
