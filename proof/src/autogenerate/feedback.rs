//! Applies the results of the proof to a plan: losses to declare, and questions for a person.
//!
//! If no plan keeps every row in both directions, a plan is written anyway. Each rejected row is
//! shown in a question at the statement that rejects it. A script with a question does not compile.

use aludel_core::problem::{Problem, Remedy};
use aludel_core::script::{ParsedScript, SectionKind};

use super::generate::Planned;
use super::operation::Operation;
use crate::proof::fails_again;

/// A plan that did not pass the proof.
pub(super) struct Refused {
    pub(super) planned: Planned,
    /// The script without questions, as proved.
    pub(super) script: Option<ParsedScript>,
    /// The problems that the proof found.
    pub(super) problems: Vec<Problem>,
}

impl Refused {
    /// Declares the losses that the proof found, and removes declarations of losses that do not
    /// occur. Returns `true` if there was any other problem.
    pub(super) fn declare_losses(&mut self) -> bool {
        let losses = &mut self.planned.up.losses;
        let is_own = |problem: &Problem| at(self.script.as_ref(), problem).is_some();
        let (found, others): (Vec<Problem>, Vec<Problem>) =
            std::mem::take(&mut self.problems).into_iter().partition(|problem| {
                is_own(problem) && matches!(problem.remedy(), Remedy::Declare(_) | Remedy::Undeclare)
            });
        for problem in found {
            match &problem.remedy() {
                Remedy::Declare(missing) => losses.extend_from_slice(missing),
                _ => losses.retain(|loss| Some(loss.as_str()) != text(&problem)),
            }
        }
        losses.sort();
        losses.dedup();
        self.problems = others;
        !self.problems.is_empty()
    }

    /// Returns `true` if rows conflict with the downgrade.
    pub(super) fn has_rows_in_downgrade(&self) -> bool {
        self.problems.iter().any(|problem| {
            let section = at(self.script.as_ref(), problem).and_then(|(section, _)| section);
            problem.remedy() == Remedy::Rows && section == Some(SectionKind::Downgrade)
        })
    }

    /// Returns `true` if all problems concern rows.
    pub(super) fn is_about_rows(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| is_about_rows(problem) && at(self.script.as_ref(), problem).is_some())
    }

    /// Adds a question to the statement that caused each problem. Returns `None` if a problem does
    /// not concern rows.
    pub(super) fn ask(mut self) -> Option<Planned> {
        for problem in self.problems.iter().filter(|_| self.script.is_some()) {
            if !is_about_rows(problem) {
                return None;
            }
            let (section, statement) = at(self.script.as_ref(), problem)?;
            let operations = match section? {
                SectionKind::Upgrade => &mut self.planned.up.operations,
                SectionKind::Downgrade => &mut self.planned.down.operations,
                SectionKind::Sample => return None,
            };
            let operation = operation_of(operations, statement)?;
            let question = question(problem);
            if !operation.reviews.contains(&question) {
                operation.reviews.push(question);
            }
        }
        self.script.map(|_| self.planned)
    }
}

/// Returns the section and the number of the statement at the place of a problem. Returns `None` if
/// the problem is not in this script.
fn at(script: Option<&ParsedScript>, problem: &Problem) -> Option<(Option<SectionKind>, usize)> {
    let (script, place) = (script?, problem.place.as_ref()?);
    if place.source.path != script.source.path {
        return None;
    }
    let start = place.span.start;
    let begun = |section: &&aludel_core::script::Section| section.marker.start <= start;
    let section = script.sections.iter().filter(begun).max_by_key(|section| section.marker.start);
    let statements = section.map(|section| section.statements.as_slice()).unwrap_or_default();
    let number = statements.iter().take_while(|statement| statement.end <= start).count();
    Some((section.map(|section| section.kind), number.min(statements.len().saturating_sub(1))))
}

/// Returns the operation that contains the statement with this number in the section, or `None` if
/// there is none.
fn operation_of(operations: &mut [Operation], statement: usize) -> Option<&mut Operation> {
    let mut last = 0;
    operations.iter_mut().find(|operation| {
        last += operation.statements.len();
        statement < last
    })
}

fn text(problem: &Problem) -> Option<&str> {
    let place = problem.place.as_ref()?;
    place.source.text.get(place.span.clone())
}

/// Returns `true` if a person who knows the rows can solve the problem. A wrong schema is not such
/// a problem.
fn is_about_rows(problem: &Problem) -> bool {
    problem.remedy() != Remedy::Person || fails_again(problem)
}

fn question(problem: &Problem) -> String {
    let row = problem.notes.first().map(|row| format!(" ({row})")).unwrap_or_default();
    format!("{}{row}: how should such rows be handled?", problem.title())
}
