//! Steps as the text of a section.

use aludel_core::script::sqlite::{Kind, lex};

use super::step::Step;

/// What asks for a person.
const REVIEW: &str = "-- REVIEW: ";

/// The text of a section: each step with its reasons above it, and a line between two.
pub(super) fn section(steps: &[Step]) -> String {
    steps.iter().map(step).collect::<Vec<_>>().join("\n\n")
}

fn step(step: &Step) -> String {
    let reasons = step.reasons.iter().map(|reason| format!("-- {}", one_line(reason)));
    let reviews = step.reviews.iter().map(|review| format!("{REVIEW}{}", one_line(review)));
    let lines: Vec<String> = reasons.chain(reviews).chain(step.statements.iter().cloned()).collect();
    lines.join("\n")
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A script without the lines that ask for a person, as it is when a person has taken them out.
pub(super) fn without_reviews(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut end = 0;
    for lexeme in lex(text) {
        let comment = text.get(lexeme.span.clone()).unwrap_or_default();
        if lexeme.kind == Kind::LineComment && comment.starts_with(REVIEW.trim_end()) {
            kept.push_str(text.get(end..lexeme.span.start).unwrap_or_default());
            end = lexeme.span.end;
        }
    }
    kept + text.get(end..).unwrap_or_default()
}
