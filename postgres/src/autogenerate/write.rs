//! Formats operations as the text of a section.

use super::operation::Operation;

/// The beginning of a line that asks a person a question.
const REVIEW: &str = "-- REVIEW: ";

/// Returns the text of a section, with blank lines between operations.
pub(super) fn section(operations: &[Operation]) -> String {
    if operations.is_empty() {
        return "-- nothing to do".to_owned();
    }
    operations.iter().map(operation).collect::<Vec<_>>().join("\n\n")
}

fn operation(operation: &Operation) -> String {
    let reviews = operation.reviews.iter().map(|review| format!("{REVIEW}{}", one_line(review)));
    let statements = operation.statements.iter().map(|statement| format!("{statement};"));
    reviews.chain(statements).collect::<Vec<_>>().join("\n")
}

/// Replaces control characters, because a comment ends at the end of its line.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
