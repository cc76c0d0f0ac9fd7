//! Writes operations as the text of a section.

use aludel_core::script::sqlite::{Kind, lex};

use super::operation::Operation;

/// The prefix of a line that asks a person a question.
const REVIEW: &str = "-- REVIEW: ";

/// Returns the text of a section. Each operation is below its reasons, and empty lines separate the
/// operations.
pub(super) fn section(operations: &[Operation]) -> String {
    operations.iter().map(operation).collect::<Vec<_>>().join("\n\n")
}

fn operation(operation: &Operation) -> String {
    let reasons = operation.reasons.iter().map(|reason| format!("-- {}", one_line(reason)));
    let reviews = operation.reviews.iter().map(|review| format!("{REVIEW}{}", one_line(review)));
    let lines: Vec<String> = reasons.chain(reviews).chain(operation.statements.iter().cloned()).collect();
    lines.join("\n")
}

/// Replaces control characters, because a comment ends at the end of its line.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Returns a script without its review lines, as if a person had removed them.
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
