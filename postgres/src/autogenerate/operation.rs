//! Individual schema changes, and their order.

use std::collections::{BTreeMap, BTreeSet};

use super::dependencies::Dependencies;
use super::names::owner_of;

/// The position of an operation among operations that it does not depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Schema,
    Enum,
    Domain,
    Sequence,
    Table,
    Column,
    Default,
    SequenceOwner,
    Key,
    Check,
    Index,
    ForeignKey,
    Function,
    View,
    ViewIndex,
    Trigger,
    Policy,
    Comment,
}

/// One change, with the questions that a person must answer.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    /// The object.
    pub(super) object: String,
    pub(super) rank: Rank,
    pub(super) reviews: Vec<String>,
    pub(super) statements: Vec<String>,
    /// The literals of the values that the operation adds to an enum.
    pub(super) new_values: Vec<String>,
    /// An object that the operation needs, in addition to the dependencies that the server knows.
    pub(super) needs: Option<String>,
}

impl Operation {
    pub(super) fn new(object: impl Into<String>, rank: Rank, statement: impl Into<String>) -> Self {
        Self {
            object: object.into(),
            rank,
            reviews: Vec::new(),
            statements: vec![statement.into()],
            new_values: Vec::new(),
            needs: None,
        }
    }

    /// Adds a question.
    pub(super) fn asking(mut self, review: impl Into<String>) -> Self {
        self.reviews.push(review.into());
        self
    }

    /// Adds a statement.
    pub(super) fn then(mut self, statement: impl Into<String>) -> Self {
        self.statements.push(statement.into());
        self
    }
}

/// The operations that lead from one schema to another.
#[derive(Debug, Clone, Default)]
pub(super) struct Operations {
    /// Removes objects that are missing from the new schema or are recreated.
    pub(super) drops: Vec<Operation>,
    /// Creates and alters objects.
    pub(super) creates: Vec<Operation>,
    /// Removes objects that altered objects needed before the change.
    pub(super) late_drops: Vec<Operation>,
}

impl Operations {
    /// Returns the operations in an order in which they can run.
    pub(super) fn sorted(self, was: &Dependencies, is: &Dependencies) -> Vec<Operation> {
        let mut sorted = sort(self.drops, was);
        sorted.reverse();
        sorted.extend(sort(self.creates, is));
        let mut late = sort(self.late_drops, was);
        late.reverse();
        sorted.extend(late);
        sorted
    }
}

/// Sorts operations so that each one runs after the operations on the objects that it depends on.
/// Breaks cycles by rank.
fn sort(mut operations: Vec<Operation>, dependencies: &Dependencies) -> Vec<Operation> {
    operations.sort_by(|one, other| (one.rank, &one.object).cmp(&(other.rank, &other.object)));
    let mut numbers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, operation) in operations.iter().enumerate() {
        numbers.entry(operation.object.clone()).or_default().push(number);
    }
    let waits: Vec<BTreeSet<usize>> = operations
        .iter()
        .enumerate()
        .map(|(number, operation)| needed(operation, number, dependencies, &numbers))
        .collect();
    let mut left: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    let mut sorted = Vec::with_capacity(left.len());
    loop {
        let is_left = |number: &usize| left.get(*number).is_some_and(Option::is_some);
        let waiting: Vec<usize> = (0..left.len()).filter(is_left).collect();
        let is_ready = |number: &&usize| waits.get(**number).is_none_or(|waits| !waits.iter().any(is_left));
        let Some(next) = waiting.iter().find(is_ready).or(waiting.first()).copied() else { return sorted };
        sorted.extend(left.get_mut(next).and_then(Option::take));
    }
}

/// Returns the operations that an operation depends on. A table is created together with its
/// columns, so it has their dependencies too.
fn needed(
    operation: &Operation,
    number: usize,
    dependencies: &Dependencies,
    numbers: &BTreeMap<String, Vec<usize>>,
) -> BTreeSet<usize> {
    let of = |object: &str| numbers.get(object).cloned().unwrap_or_default();
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    let mut owner = Some(operation.object.as_str());
    while let Some(object) = owner.and_then(owner_of_object) {
        needed.extend(of(object));
        owner = Some(object);
    }
    let parts = dependencies.parts(&operation.object);
    // A part with its own operation is sorted separately.
    let parts = parts.filter(|part| *part == operation.object || !numbers.contains_key(*part));
    for object in parts.flat_map(|part| dependencies.of(part)).chain(operation.needs.as_deref()) {
        let mut object = Some(object);
        while let Some(name) = object {
            if !name.starts_with(&format!("{}: ", operation.object)) {
                needed.extend(of(name));
            }
            object = owner_of_object(name);
        }
    }
    // Operations on the same object stay in the order of their ranks.
    needed.retain(|other| *other != number);
    let own = of(&operation.object);
    needed.retain(|other| !own.contains(other));
    needed.extend(own.into_iter().filter(|other| *other < number));
    needed
}

/// Returns the column if the object is a default, and the table otherwise. Returns `None` if the
/// object belongs to nothing.
fn owner_of_object(object: &str) -> Option<&str> {
    object.strip_suffix(": default").or_else(|| owner_of(object))
}
