//! Builds a graph from the declarations of scripts, or reports every error in it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Fault, Graph, Index, Node};
use crate::nearest;

/// The maximum number of unknown names for which a similar one is suggested. Each search reads all
/// names, so many unknown names would make the report slow.
const SUGGESTIONS: usize = 16;

/// The place of one script in the chain, as its header declares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declaration {
    /// Its revision ID.
    pub id: String,
    /// Its down revisions.
    pub revises: Vec<String>,
    /// Its dependencies, by ID or label.
    pub depends_on: Vec<String>,
    /// Its branch labels.
    pub labels: Vec<String>,
}

/// The part of a declaration that an error concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The ID.
    Id,
    /// The n-th down revision.
    Revises(usize),
    /// The n-th dependency.
    DependsOn(usize),
    /// The n-th label.
    Label(usize),
}

/// An error, its declaration, and the other declarations involved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The error.
    pub fault: Fault,
    /// The number of the declaration, and the part that is wrong.
    pub at: (usize, Edge),
    /// The numbers of the other declarations, and the parts involved.
    pub others: Vec<(usize, Edge)>,
}

/// A graph, and the order of its declarations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The graph.
    pub graph: Graph,
    /// `order[index]` is the number of the declaration that became revision `index`.
    pub order: Vec<usize>,
}

/// Builds a graph from declarations.
///
/// # Errors
///
/// Returns every error in the graph, in no particular order.
pub fn resolve(declarations: &[Declaration]) -> Result<Resolved, Vec<Located>> {
    let mut resolver = Resolver { declarations, names: HashMap::new(), faults: Vec::new(), suggested: 0 };
    resolver.name_revisions();
    resolver.name_labels();
    let parents: Vec<Parents> = (0..declarations.len()).map(|number| resolver.parents(number)).collect();
    let (order, unordered) = canonical_order(declarations, &parents);
    resolver.report_cycles(&parents, &unordered);
    if !resolver.faults.is_empty() {
        return Err(resolver.faults);
    }
    Ok(Resolved { graph: graph(declarations, &parents, &order), order })
}

/// The down revisions and dependencies of a script: for each, the number of its declaration, and
/// the edge that names it.
#[derive(Debug, Default)]
struct Parents {
    down: Vec<(usize, Edge)>,
    depends_on: Vec<(usize, Edge)>,
}

impl Parents {
    fn all(&self) -> impl Iterator<Item = (usize, Edge)> + '_ {
        self.down.iter().chain(&self.depends_on).copied()
    }
}

struct Resolver<'a> {
    declarations: &'a [Declaration],
    names: HashMap<&'a str, usize>,
    faults: Vec<Located>,
    suggested: usize,
}

impl<'a> Resolver<'a> {
    /// Records the ID of each revision, and reports IDs that several scripts share.
    fn name_revisions(&mut self) {
        for (number, declaration) in self.declarations.iter().enumerate() {
            if let Some(first) = self.names.get(declaration.id.as_str()) {
                let fault = Fault::IdTwice { id: declaration.id.clone() };
                let others = vec![(*first, Edge::Id)];
                self.faults.push(Located { fault, at: (number, Edge::Id), others });
            } else {
                self.names.insert(&declaration.id, number);
            }
        }
    }

    /// Records the labels. Reports a label if several revisions share it, or if it is also the ID
    /// of a revision.
    fn name_labels(&mut self) {
        let mut labels: BTreeMap<&'a str, (usize, Edge)> = BTreeMap::new();
        for (number, declaration) in self.declarations.iter().enumerate() {
            for (position, label) in declaration.labels.iter().enumerate() {
                let at = (number, Edge::Label(position));
                if let Some(first) = labels.get(label.as_str()) {
                    let fault = Fault::LabelTwice { label: label.clone() };
                    self.faults.push(Located { fault, at, others: vec![*first] });
                } else if let Some(revision) = self.names.get(label.as_str()) {
                    let fault = Fault::LabelIsAnId { label: label.clone() };
                    self.faults.push(Located { fault, at, others: vec![(*revision, Edge::Id)] });
                } else {
                    labels.insert(label, at);
                }
            }
        }
        self.names.extend(labels.into_iter().map(|(label, (number, _))| (label, number)));
    }

    /// Returns the parents of a script.
    ///
    /// Rule: a script cannot revise or depend on itself, and names its down revisions by ID.
    fn parents(&mut self, number: usize) -> Parents {
        let Some(declaration) = self.declarations.get(number) else { return Parents::default() };
        let mut parents = Parents::default();
        for (position, parent) in declaration.revises.iter().enumerate() {
            let at = (number, Edge::Revises(position));
            match self.names.get(parent.as_str()).copied().filter(|known| self.is_id(*known, parent)) {
                Some(itself) if itself == number => {
                    self.push(Fault::RevisesItself { id: declaration.id.clone() }, at);
                }
                Some(known) => parents.down.push((known, at.1)),
                None => {
                    let labelled =
                        self.names.get(parent.as_str()).and_then(|known| self.declarations.get(*known));
                    let labelled = labelled.map(|declaration| declaration.id.clone());
                    let nearest = labelled.or_else(|| self.nearest(parent, number));
                    let (id, parent) = (declaration.id.clone(), parent.clone());
                    self.push(Fault::UnknownDownRevision { id, parent, nearest }, at);
                }
            }
        }
        for (position, dependency) in declaration.depends_on.iter().enumerate() {
            let at = (number, Edge::DependsOn(position));
            match self.names.get(dependency.as_str()).copied() {
                Some(itself) if itself == number => {
                    self.push(Fault::DependsOnItself { id: declaration.id.clone() }, at);
                }
                Some(known) => parents.depends_on.push((known, at.1)),
                None => {
                    let nearest = self.nearest(dependency, number);
                    let (id, dependency) = (declaration.id.clone(), dependency.clone());
                    self.push(Fault::UnknownDependency { id, dependency, nearest }, at);
                }
            }
        }
        parents
    }

    fn push(&mut self, fault: Fault, at: (usize, Edge)) {
        self.faults.push(Located { fault, at, others: Vec::new() });
    }

    fn is_id(&self, number: usize, name: &str) -> bool {
        self.declarations.get(number).is_some_and(|declaration| declaration.id == name)
    }

    /// Returns an ID that begins with the unknown name, or else the ID that is the fewest edits
    /// away. Returns `None` if no ID is similar.
    fn nearest(&mut self, unknown: &str, number: usize) -> Option<String> {
        self.suggested += 1;
        if self.suggested > SUGGESTIONS {
            return None;
        }
        let own = self.declarations.get(number)?.id.as_str();
        let others = self.declarations.iter().map(|declaration| declaration.id.as_str());
        let others = || others.clone().filter(|id| *id != own);
        let longer = others().filter(|id| id.starts_with(unknown)).min();
        longer.or_else(|| nearest(unknown, others())).map(str::to_owned)
    }

    /// Reports revisions that require themselves.
    ///
    /// Starting at a revision that could not be ordered, following the revisions that it waits for
    /// leads into a cycle. Each cycle is reported once, as a whole.
    fn report_cycles(&mut self, parents: &[Parents], unordered: &BTreeSet<usize>) {
        let mut walked: BTreeSet<usize> = BTreeSet::new();
        for start in unordered {
            let mut path: Vec<(usize, Edge)> = Vec::new();
            let mut on_path: HashMap<usize, usize> = HashMap::new();
            let mut current = *start;
            while walked.insert(current) {
                let waits_for = parents
                    .get(current)
                    .and_then(|parents| parents.all().find(|(parent, _)| unordered.contains(parent)));
                let Some((next, edge)) = waits_for else { break };
                on_path.insert(current, path.len());
                path.push((current, edge));
                current = next;
            }
            let cycle = on_path.get(&current).and_then(|begin| path.get(*begin..)).unwrap_or_default();
            self.report_cycle(cycle);
        }
    }

    fn report_cycle(&mut self, cycle: &[(usize, Edge)]) {
        let first = cycle
            .iter()
            .enumerate()
            .min_by_key(|(_, (number, _))| self.declarations.get(*number).map(|d| &d.id));
        let Some((first, _)) = first else { return };
        let cycle: Vec<(usize, Edge)> = cycle.iter().cycle().skip(first).take(cycle.len()).copied().collect();
        let ids =
            cycle.iter().filter_map(|(number, _)| Some(self.declarations.get(*number)?.id.clone())).collect();
        let Some((at, others)) = cycle.split_first() else { return };
        self.faults.push(Located { fault: Fault::Cycle { ids }, at: *at, others: others.to_vec() });
    }
}

/// Returns the declarations in canonical order, and those that cannot be ordered because they are
/// part of a cycle or follow one.
///
/// This is Kahn's algorithm with a stack. A revision that becomes ready is taken next, so a branch
/// is walked to its end. Revisions that become ready together are ordered by ID.
fn canonical_order(declarations: &[Declaration], parents: &[Parents]) -> (Vec<usize>, BTreeSet<usize>) {
    let id = |number: &usize| declarations.get(*number).map(|declaration| declaration.id.as_str());
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); declarations.len()];
    let mut waiting: Vec<usize> = Vec::with_capacity(declarations.len());
    for (number, parents) in parents.iter().enumerate() {
        waiting.push(parents.all().count());
        for (parent, _) in parents.all() {
            followers.get_mut(parent).into_iter().for_each(|followers| followers.push(number));
        }
    }
    let mut ready: Vec<usize> =
        waiting.iter().enumerate().filter_map(|(number, left)| (*left == 0).then_some(number)).collect();
    ready.sort_by(|left, right| id(right).cmp(&id(left)));
    let mut order = Vec::with_capacity(declarations.len());
    while let Some(number) = ready.pop() {
        order.push(number);
        let mut next = Vec::new();
        for follower in followers.get(number).into_iter().flatten() {
            let Some(left) = waiting.get_mut(*follower) else { continue };
            *left -= 1;
            if *left == 0 {
                next.push(*follower);
            }
        }
        next.sort_by(|left, right| id(right).cmp(&id(left)));
        ready.extend(next);
    }
    let ordered: BTreeSet<usize> = order.iter().copied().collect();
    let unordered = (0..declarations.len()).filter(|number| !ordered.contains(number)).collect();
    (order, unordered)
}

fn graph(declarations: &[Declaration], parents: &[Parents], order: &[usize]) -> Graph {
    let positions: HashMap<usize, Index> =
        order.iter().enumerate().map(|(index, number)| (*number, index)).collect();
    let placed = |edges: &[(usize, Edge)]| -> Vec<Index> {
        let mut indexes: Vec<Index> = Vec::with_capacity(edges.len());
        for index in edges.iter().filter_map(|(number, _)| positions.get(number).copied()) {
            if !indexes.contains(&index) {
                indexes.push(index);
            }
        }
        indexes
    };
    let node = |number: &usize| {
        let (declaration, parents) = (declarations.get(*number)?, parents.get(*number)?);
        Some(Node {
            id: Cow::Owned(declaration.id.clone()),
            labels: declaration.labels.iter().cloned().map(Cow::Owned).collect(),
            down: placed(&parents.down),
            depends_on: placed(&parents.depends_on),
            children: Vec::new(),
            dependents: Vec::new(),
        })
    };
    Graph::new(order.iter().filter_map(node).collect())
}
