//! Compares two schemas, and plans the operations that lead from one to the other.

use super::cast::Casts;
use super::operation::{Operation, Operations};
use super::planner::{Affected, NewValues, Planner};
use super::state::State;
use super::{
    column, comment, constraint, domain, enums, function, index, policy, schema, sequence, table, trigger,
    view,
};

/// Creates the planner for the change from one schema to another.
pub(super) fn planner<'a>(
    was: &'a State,
    is: &'a State,
    casts: &'a Casts,
    new_values: NewValues,
) -> Planner<'a> {
    let mut planner = Planner { was, is, casts, new_values, affected: Affected::default() };
    planner.affected = Affected::find(&planner);
    planner
}

/// Returns the sorted operations.
pub(super) fn operations(planner: &Planner<'_>) -> Vec<Operation> {
    let mut operations = Operations::default();
    schema::plan(planner, &mut operations);
    enums::plan(planner, &mut operations);
    domain::plan(planner, &mut operations);
    sequence::plan(planner, &mut operations);
    table::plan(planner, &mut operations);
    column::plan(planner, &mut operations);
    constraint::plan(planner, &mut operations);
    index::plan(planner, &mut operations);
    function::plan(planner, &mut operations);
    view::plan(planner, &mut operations);
    trigger::plan(planner, &mut operations);
    policy::plan(planner, &mut operations);
    comment::plan(planner, &mut operations);
    operations.sorted(&planner.was.dependencies, &planner.is.dependencies)
}
