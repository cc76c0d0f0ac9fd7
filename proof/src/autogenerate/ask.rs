//! Turns the problems of a script into questions for a person.
//!
//! A script with a question does not compile. So if no plan carries every row there and back, a
//! plan is written all the same, and each refused row is shown next to the statement that refused
//! it.

use std::ops::Range;

use aludel_core::problem::{Problem, Remedy};
use aludel_core::script::SectionKind;

use super::generate::Planned;
use super::step::Step;
use crate::proof::ProofFault;

/// A plan that did not pass the proof.
pub(super) struct Refused {
    pub(super) planned: Planned,
    /// The proved script, without questions.
    pub(super) text: String,
    /// The problems that the proof found.
    pub(super) problems: Vec<Problem>,
}

/// Returns the plan with the fewest questions. Returns `None` if a problem cannot be turned into a
/// question about its statement.
pub(super) fn fewest_questions(refused: Vec<Refused>) -> Option<Planned> {
    let asked = refused.into_iter().filter_map(|refused| {
        let Refused { mut planned, text, problems } = refused;
        for problem in &problems {
            ask(&mut planned, &text, problem)?;
        }
        Some((problems.len(), planned))
    });
    asked.min_by_key(|(questions, _)| *questions).map(|(_, planned)| planned)
}

/// Adds the question of a problem to the statement that it is about.
fn ask(planned: &mut Planned, text: &str, problem: &Problem) -> Option<()> {
    if !is_about_rows(problem) {
        return None;
    }
    let place = problem.place.as_ref().filter(|place| place.source.text == text)?;
    let downgrade = marker(text, SectionKind::Downgrade)?;
    let (steps, section) = if place.span.start < marker(text, SectionKind::Upgrade)? {
        return None;
    } else if place.span.start < downgrade {
        (&mut planned.up.steps, marker(text, SectionKind::Upgrade)?)
    } else {
        (&mut planned.down.steps, downgrade)
    };
    let at = step_at(steps, text, section, place.span.start).unwrap_or(steps.len().saturating_sub(1));
    let step = steps.get_mut(at)?;
    let question = question(problem);
    if !step.reviews.contains(&question) {
        step.reviews.push(question);
    }
    Some(())
}

/// Returns the place of a section's marker in a generated script.
fn marker(text: &str, section: SectionKind) -> Option<usize> {
    text.find(&format!("\n-- {section}\n"))
}

/// Returns the step with the statement at a place.
fn step_at(steps: &[Step], text: &str, section: usize, place: usize) -> Option<usize> {
    let mut from = section;
    for (number, step) in steps.iter().enumerate() {
        for statement in &step.statements {
            let start = from + text.get(from..)?.find(statement.as_str())?;
            let span: Range<usize> = start..start + statement.len();
            if span.contains(&place) {
                return Some(number);
            }
            from = span.end;
        }
    }
    None
}

/// Returns `true` if a person who knows the rows can answer. A wrong schema is not a question.
fn is_about_rows(problem: &Problem) -> bool {
    problem.remedy != Remedy::Person || problem.code == ProofFault::FAILS_AGAIN
}

fn question(problem: &Problem) -> String {
    let Problem { title, notes, .. } = problem;
    let row = notes.first().map(|row| format!(" ({row})")).unwrap_or_default();
    format!("{title}{row}: how should such rows be handled?")
}
