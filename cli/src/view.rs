//! Formats revisions for display: on one line, in full, and as JSON. The text formats are
//! Alembic's.

use std::collections::BTreeSet;

use aludel::{Direction, Step};
use aludel_core::chain::Chain;
use aludel_core::graph::{Graph, Index, Node, Set};
use aludel_core::plan::Position;
use serde::Serialize;

use crate::ui::{FIELD, ID, MARK};

/// A chain and, if it was read, the position of a database in it.
pub(crate) struct View<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) graph: Graph,
    branches: Vec<BTreeSet<String>>,
    position: Option<Position>,
    frozen: Option<&'a Set>,
}

/// A revision as printed in JSON. Keys are only ever added.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the JSON")]
pub(crate) struct Shown {
    revision: String,
    down_revisions: Vec<String>,
    depends_on: Vec<String>,
    branch_labels: Vec<String>,
    branches: Vec<String>,
    branches_into: Vec<String>,
    message: String,
    create_date: String,
    file: String,
    is_head: bool,
    is_effective_head: bool,
    is_branch_point: bool,
    is_merge_point: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_frozen: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_applied: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_current: Option<bool>,
}

/// The details to show on a line, in addition to the ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Details {
    /// The marks for a head, branch point or merge point.
    Marks,
    /// The marks, and the labels of the branch.
    Labels,
}

impl<'a> View<'a> {
    /// Creates a view of a chain. `frozen` contains the frozen revisions, if they are known.
    pub(crate) fn new(chain: &'a Chain, frozen: Option<&'a Set>) -> Self {
        let graph = chain.graph();
        let branches = branches(&graph);
        Self { chain, graph, branches, position: None, frozen }
    }

    /// Marks the revisions of a database's version rows. Unknown rows are ignored.
    pub(crate) fn with_rows(mut self, rows: &[String]) -> Self {
        self.position = Some(Position::new(&self.graph, self.known(rows)));
        self
    }

    /// Returns the revisions of version rows, without those that no script defines.
    pub(crate) fn known(&self, rows: &[String]) -> Vec<Index> {
        rows.iter().filter_map(|row| self.graph.find_id(row)).collect()
    }

    /// Returns the version rows that no script defines.
    pub(crate) fn unknown(&self, rows: &[String]) -> Vec<String> {
        let is_known = |row: &String| self.graph.find_id(row).is_some();
        rows.iter().filter(|row| !is_known(row)).cloned().collect()
    }

    /// Returns the applied tips of all branches. This includes tips without a version row, which
    /// another revision depends on.
    pub(crate) fn tips(&self) -> Vec<Index> {
        let Some(position) = &self.position else { return Vec::new() };
        let is_tip =
            |index: &Index| !self.graph.node(*index).children.iter().any(|child| position.is_applied(*child));
        position.applied().iter().filter(is_tip).collect()
    }

    fn is_branch_point(&self, index: Index) -> bool {
        self.graph.node(index).children.len() > 1
    }

    fn marks(&self, index: Index) -> Vec<&'static str> {
        let node = self.graph.node(index);
        let is_current =
            self.position.as_ref().is_some_and(|position| position.rows().any(|row| row == index));
        [
            (node.children.is_empty() && node.dependents.is_empty(), "(head)"),
            (node.children.is_empty() && !node.dependents.is_empty(), "(effective head)"),
            (is_current, "(current)"),
            (self.is_branch_point(index), "(branchpoint)"),
            (node.down.len() > 1, "(mergepoint)"),
            (self.chain.squash() == Some(index), "(squash)"),
        ]
        .into_iter()
        .filter_map(|(holds, mark)| holds.then_some(mark))
        .collect()
    }

    /// Formats the ID with its marks.
    pub(crate) fn brief(&self, index: Index, details: Details) -> String {
        let mut words = vec![format!("{ID}{}{ID:#}", self.graph.id(index))];
        if let Some(branches) =
            self.branches.get(index).filter(|all| details == Details::Labels && !all.is_empty())
        {
            let branches: Vec<&str> = branches.iter().map(String::as_str).collect();
            words.push(format!("{MARK}({}){MARK:#}", branches.join(", ")));
        }
        words.extend(self.marks(index).into_iter().map(|mark| format!("{MARK}{mark}{MARK:#}")));
        words.join(" ")
    }

    /// Formats the ID with its marks and message.
    pub(crate) fn with_message(&self, index: Index) -> String {
        format!("{}, {}", self.brief(index, Details::Labels), self.chain.script(index).message)
    }

    /// Formats a line of the history: down revisions, ID, marks and message.
    pub(crate) fn line(&self, index: Index) -> String {
        format!("{} -> {}", self.before(index), self.with_message(index))
    }

    /// Formats the down revisions, followed by the dependencies in parentheses.
    pub(crate) fn before(&self, index: Index) -> String {
        let node = self.graph.node(index);
        let down = self.down(node);
        match node.depends_on.as_slice() {
            [] => down,
            depends_on => format!("{down} ({})", self.graph.ids(depends_on.iter().copied()).join(", ")),
        }
    }

    fn down(&self, node: &Node) -> String {
        match node.down.as_slice() {
            [] => "<base>".to_owned(),
            down => self.graph.ids(down.iter().copied()).join(", "),
        }
    }

    /// Formats all details of a revision as lines.
    pub(crate) fn long(&self, index: Index) -> Vec<String> {
        let (node, script) = (self.graph.node(index), self.chain.script(index));
        let ids = |indexes: &[Index]| self.graph.ids(indexes.iter().copied()).join(", ");
        let field = |name: &str, value: &str| format!("{FIELD}{name}:{FIELD:#} {value}");
        let is_frozen = self.frozen.is_some_and(|frozen| frozen.contains(index));
        let frozen = if is_frozen { format!(" {MARK}(frozen){MARK:#}") } else { String::new() };
        let mut lines = vec![field("Rev", &(self.brief(index, Details::Marks) + &frozen))];
        let parents = if node.down.len() > 1 { "Merges" } else { "Parent" };
        lines.push(field(parents, &self.down(node)));
        if !node.depends_on.is_empty() {
            lines.push(field("Also depends on", &ids(&node.depends_on)));
        }
        if self.is_branch_point(index) {
            lines.push(field("Branches into", &ids(&node.children)));
        }
        let branches = self.branches.get(index).into_iter().flatten().map(String::as_str);
        let branches: Vec<&str> = branches.collect();
        if !branches.is_empty() {
            lines.push(field("Branch names", &branches.join(", ")));
        }
        lines.push(field("Path", &script.file));
        lines.extend([String::new(), format!("    {}", script.message), String::new()]);
        lines.push(format!("    Revision ID: {}", script.id));
        lines.push(format!("    Revises: {}", ids(&node.down)).trim_end().to_owned());
        if !script.create_date.is_empty() {
            lines.push(format!("    Create Date: {}", script.create_date));
        }
        lines.push(String::new());
        lines
    }

    /// Returns all details of a revision for JSON.
    pub(crate) fn shown(&self, index: Index) -> Shown {
        let (node, script) = (self.graph.node(index), self.chain.script(index));
        let ids = |indexes: &[Index]| self.graph.ids(indexes.iter().copied());
        let position = self.position.as_ref();
        Shown {
            revision: script.id.to_string(),
            down_revisions: ids(&node.down),
            depends_on: ids(&node.depends_on),
            branch_labels: node.labels.iter().map(ToString::to_string).collect(),
            branches: self.branches.get(index).into_iter().flatten().cloned().collect(),
            branches_into: if self.is_branch_point(index) { ids(&node.children) } else { Vec::new() },
            message: script.message.to_string(),
            create_date: script.create_date.to_string(),
            file: script.file.to_string(),
            is_head: node.children.is_empty(),
            is_effective_head: node.children.is_empty() && !node.dependents.is_empty(),
            is_branch_point: self.is_branch_point(index),
            is_merge_point: node.down.len() > 1,
            is_frozen: self.frozen.map(|frozen| frozen.contains(index)),
            is_applied: position.map(|position| position.is_applied(index)),
            is_current: position.map(|position| position.rows().any(|row| row == index)),
        }
    }

    /// Returns the details of several revisions for JSON.
    pub(crate) fn all_shown(&self, indexes: &[Index]) -> Vec<Shown> {
        indexes.iter().map(|index| self.shown(*index)).collect()
    }
}

/// Formats a step of a plan as one line: start, end and message.
pub(crate) fn step_line(step: &Step<'_>) -> String {
    let Step { revision, message, .. } = *step;
    let id = format!("{ID}{revision}{ID:#}");
    let before = step.down_revisions().collect::<Vec<_>>().join(", ");
    match step.direction {
        Direction::Upgrade => format!("{before} -> {id}, {message}"),
        Direction::Downgrade => format!("{id} -> {before}, {message}"),
    }
}

/// Returns the labels of each revision's branch.
///
/// A label applies to its revision, to all descendants, and down to the start of the branch.
fn branches(graph: &Graph) -> Vec<BTreeSet<String>> {
    let mut branches = vec![BTreeSet::new(); graph.len()];
    for labelled in graph.indexes() {
        for label in &graph.node(labelled).labels {
            for index in spread(graph, labelled).iter() {
                if let Some(branches) = branches.get_mut(index) {
                    branches.insert(label.to_string());
                }
            }
        }
    }
    branches
}

fn spread(graph: &Graph, labelled: Index) -> Set {
    let mut reached = Set::default();
    let mut waiting = vec![labelled];
    while let Some(index) = waiting.pop() {
        if reached.insert(index) {
            waiting.extend(&graph.node(index).children);
        }
    }
    let mut below = graph.node(labelled).down.clone();
    if below.len() > 1 || graph.node(labelled).followers().count() > 1 {
        return reached;
    }
    while let [only] = *below.as_slice() {
        if graph.node(only).followers().count() > 1 || graph.node(only).down.len() > 1 {
            break;
        }
        reached.insert(only);
        below.clone_from(&graph.node(only).down);
    }
    reached
}
