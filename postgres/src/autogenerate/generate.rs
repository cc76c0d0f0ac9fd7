//! Generates scripts, and runs them before returning them.

use aludel_core::chain::Chain;

use super::cast::Casts;
use super::losses::losses;
use super::operation::{Operation, Rank};
use super::plan;
use super::planner::NewValues;
use super::refusal::Refusal;
use super::state::State;
use super::trial::{self, Pair};
use super::write;
use crate::catalog::Difference;
use crate::proof::session::Session;
use crate::scratch::Server;

/// The statement that precedes functions whose bodies name objects that are created later.
const WITHOUT_BODIES: &str = "SET LOCAL check_function_bodies = off";

/// Generates scripts for a chain.
#[derive(Debug)]
pub struct Generator<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// The server on which scratch databases are created.
    pub server: &'a Server,
    /// The qualified names of Aludel's own tables.
    pub own_tables: &'a [String],
}

/// The sections of a generated script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sections {
    /// `true` if the script only adds enum values, which a later script uses.
    pub adds_enum_values: bool,
    /// The losses of the upgrade, such as `photos.title`.
    pub loses: Vec<String>,
    /// The text of the upgrade.
    pub upgrade: String,
    /// The text of the downgrade.
    pub downgrade: String,
    /// The total number of questions in both sections.
    pub reviews: usize,
}

/// A difference between the head and the target schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// A description of the change, such as `added table public.photos: column title`.
    pub words: String,
}

/// Generated scripts that have run up and down on a scratch database.
#[derive(Debug, Clone, Default)]
pub struct Generated {
    /// The differences between the head and the target schema that the scripts cover.
    pub detected: Vec<Detected>,
    /// The scripts, in order. There is usually one. The list is empty if nothing was generated.
    pub scripts: Vec<Sections>,
    /// The differences between the target schema and the schema after the upgrade.
    pub left_after_upgrade: Vec<Difference>,
    /// The differences between the head and the schema after the downgrade.
    pub left_after_downgrade: Vec<Difference>,
}

impl Generator<'_> {
    /// Generates the scripts that lead from the head of the chain to the schema that `target`
    /// creates. Returns `None` if the schemas are equal.
    ///
    /// # Errors
    ///
    /// Returns an error if the chain or the target schema does not run, or if the generated
    /// statements fail.
    pub fn generate(&self, target: &str) -> Result<Option<Generated>, Refusal> {
        self.generate_for(trial::target(target, self.server, self.own_tables)?)
    }

    /// Generates the scripts that lead from the head of the chain to the head of another chain.
    /// Returns `None` if both schemas are equal.
    ///
    /// # Errors
    ///
    /// Returns an error if a chain does not run, or if the generated statements fail.
    pub fn generate_to_head_of(&self, other: &Chain) -> Result<Option<Generated>, Refusal> {
        self.generate_for(trial::upgraded(other, self.server, self.own_tables)?)
    }

    fn generate_for(&self, mut wanted: Session<'_>) -> Result<Option<Generated>, Refusal> {
        let mut head = trial::upgraded(self.chain, self.server, self.own_tables)?;
        let (was, is) = (trial::state(&mut head)?, trial::state(&mut wanted)?);
        let differences = was.catalog.differences(&is.catalog);
        if differences.is_empty() {
            return Ok(None);
        }
        let casts = Casts::find(&was, &is, &mut [head.client(), wanted.client()]);
        let pairs = self.pairs(&was, &is, &casts)?;
        let (pairs, (upgraded, downgraded)) = match trial::run(&mut head, &pairs) {
            Ok(ran) => (pairs, ran),
            Err(refusal) => {
                let Some(pairs) = without_bodies(pairs) else { return Err(refusal) };
                let mut again = trial::upgraded(self.chain, self.server, self.own_tables)?;
                let ran = trial::run(&mut again, &pairs).map_err(|_| refusal)?;
                (pairs, ran)
            }
        };
        let left_after_upgrade = is.catalog.differences(&upgraded);
        let is_left = |one: &&Difference| left_after_upgrade.iter().any(|left| is_same(left, one));
        Ok(Some(Generated {
            detected: differences.iter().filter(|one| !is_left(one)).map(detected).collect(),
            scripts: pairs.iter().filter(|pair| !pair.upgrade.is_empty()).map(sections).collect(),
            left_after_downgrade: was.catalog.differences(&downgraded),
            left_after_upgrade,
        }))
    }

    /// Plans one script, or two if one of them uses enum values that the other adds.
    fn pairs(&self, was: &State, is: &State, casts: &Casts) -> Result<Vec<Pair>, Refusal> {
        let upgrade = plan::operations(&plan::planner(was, is, casts, NewValues::Added));
        if !uses_new_values(&upgrade) {
            return Ok(vec![pair(was, is, casts)]);
        }
        let mut session = trial::upgraded(self.chain, self.server, self.own_tables)?;
        for operation in upgrade.iter().filter(|operation| !operation.new_values.is_empty()) {
            for statement in &operation.statements {
                session.client().batch_execute(statement)?;
            }
        }
        let between = trial::state(&mut session)?;
        Ok(vec![pair(was, &between, casts), pair(&between, is, casts)])
    }
}

/// Plans both directions of a script.
fn pair(was: &State, is: &State, casts: &Casts) -> Pair {
    let planner = plan::planner(was, is, casts, NewValues::Added);
    let mut downgrade = plan::operations(&plan::planner(is, was, casts, NewValues::Added));
    if uses_new_values(&downgrade) {
        downgrade = plan::operations(&plan::planner(is, was, casts, NewValues::Rebuilt));
    }
    Pair { upgrade: plan::operations(&planner), downgrade, loses: losses(&planner) }
}

/// Returns `true` if an operation contains a literal that another operation adds to an enum.
/// PostgreSQL rejects such a value until the transaction that added it is committed.
fn uses_new_values(operations: &[Operation]) -> bool {
    let uses = |values: &Operation, other: &Operation| {
        let mut statements = other.statements.iter();
        values.object != other.object
            && statements.any(|statement| values.new_values.iter().any(|value| statement.contains(value)))
    };
    operations.iter().any(|values| operations.iter().any(|other| uses(values, other)))
}

/// Allows functions to be created before the objects that their bodies name. Returns `None` if
/// there are no functions.
fn without_bodies(mut pairs: Vec<Pair>) -> Option<Vec<Pair>> {
    let mut has_functions = false;
    let sections = pairs.iter_mut().flat_map(|pair| [&mut pair.upgrade, &mut pair.downgrade]);
    for section in sections {
        if section.iter().any(|operation| operation.rank == Rank::Function) {
            has_functions = true;
            section.insert(0, Operation::new("", Rank::Function, WITHOUT_BODIES));
        }
    }
    has_functions.then_some(pairs)
}

fn sections(pair: &Pair) -> Sections {
    let operations = || pair.upgrade.iter().chain(&pair.downgrade);
    Sections {
        adds_enum_values: pair.upgrade.iter().all(|operation| !operation.new_values.is_empty()),
        loses: pair.loses.clone(),
        upgrade: write::section(&pair.upgrade),
        downgrade: write::section(&pair.downgrade),
        reviews: operations().map(|operation| operation.reviews.len()).sum(),
    }
}

/// Returns `true` if two differences concern the same property of the same object.
fn is_same(left: &Difference, detected: &Difference) -> bool {
    let property = |one: &Difference| match one {
        Difference::Changed { property, .. } => Some(*property),
        _ => None,
    };
    left.object() == detected.object()
        && (property(left) == property(detected) || property(detected).is_none() && property(left).is_none())
}

/// Describes a difference as an operation.
fn detected(difference: &Difference) -> Detected {
    let object = difference.object();
    let (change, words) = match difference {
        Difference::Missing { .. } => ("removed", format!("removed {object}")),
        Difference::LeftBehind { .. } => ("added", format!("added {object}")),
        Difference::Changed { property, .. } => ("changed", format!("changed {property} of {object}")),
    };
    Detected { change, words }
}
