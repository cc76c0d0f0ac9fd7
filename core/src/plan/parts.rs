//! Splits a plan into parts that are committed separately.

use super::{Direction, Plan, Step};
use crate::graph::Graph;

impl Plan {
    /// Splits the plan between two steps wherever a commit must separate them. Each part begins at
    /// the position where the previous part ends. A plan without steps has no parts.
    #[must_use]
    pub fn split(&self, graph: &Graph, is_separate: impl Fn(&Step, &Step) -> bool) -> Vec<Self> {
        let groups = self.steps.chunk_by(|one, next| !is_separate(one, next));
        let mut at = self.from.clone();
        groups
            .map(|steps| {
                let from = at.clone();
                for step in steps {
                    match step.direction {
                        Direction::Upgrade => at.apply(graph, step.revision),
                        Direction::Downgrade => at.unapply(graph, step.revision),
                    };
                }
                Self { from, steps: steps.to_vec(), after: at.clone() }
            })
            .collect()
    }

    /// Returns the plan without its first part.
    #[must_use]
    pub fn after_part(&self, part: &Self) -> Self {
        let steps = self.steps.get(part.steps.len()..).unwrap_or_default().to_vec();
        Self { from: part.after.clone(), steps, after: self.after.clone() }
    }
}
