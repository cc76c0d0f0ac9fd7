//! Targets over small graphs.

use super::{Target, TargetError, parse, resolve_downgrade, resolve_upgrade};
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
    Ok(target.map(|index| graph.id(index).to_owned()))
}

#[test]
fn an_exact_id_is_read_before_a_prefix_and_before_a_relative_step() -> Result<(), TargetError> {
    let graph = graph("ab:\n abc: ab\n left: abc @rel");
    assert_eq!(parse("ab", &graph)?, Target::Revision(0));
    assert_eq!(parse("abc", &graph)?, Target::Revision(1));
    assert_eq!(parse("l", &graph)?, Target::Revision(2));
    assert_eq!(parse("re", &graph)?, Target::Revision(2));
    assert_eq!(parse("-2", &graph)?, Target::Down(2));
    assert_eq!(parse("+2", &graph)?, Target::Up(2));
    Ok(())
}

#[test]
fn err_targets_that_name_nothing_or_too_much() {
    let graph = graph(FORK);
    let told = |text: &str| parse(text, &graph).err().map(|error| error.to_string());
    assert_eq!(told("zz").as_deref(), Some("no revision is called `zz`, and none begins with it"));
    assert_eq!(told("").as_deref(), Some("no revision is called ``, and none begins with it"));
    assert_eq!(told("1").as_deref(), Some("`1` is not unique: `1a`, `1b`"));
    let heads = upgraded(&graph, &[], "head").err().map(|error| error.to_string());
    assert_eq!(heads.as_deref(), Some("`head` is not unique, because the chain has 2 heads: `3d`, `2e`"));
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
        Some("`+1` cannot be walked: at `1b` the chain goes 2 ways (`2c`, `2e`)")
    );
    assert_eq!(up(&find("3d"), "+1").as_deref(), Some("`+1` goes 1 revisions up, but only 0 can be walked"));
    assert_eq!(up(&find("3d"), "-1").as_deref(), Some("`-1` goes the wrong way for an upgrade"));
    assert_eq!(
        down(&find("1b"), "-3").as_deref(),
        Some("`-3` goes 3 revisions down, but only 2 can be walked")
    );
    assert_eq!(down(&find("1b"), "+1").as_deref(), Some("`+1` goes the wrong way for a downgrade"));
    let both = [find("3d"), find("2e")].concat();
    assert_eq!(
        down(&both, "-1").as_deref(),
        Some("`-1` cannot be walked, because the database is at 2 revisions: `3d`, `2e`")
    );
}
