//! The declared type of a column (<https://sqlite.org/syntax/type-name.html>).

use std::borrow::Cow;

use sqlite3_parser::ast::{Expr, Literal, Type, TypeSize, UnaryOperator};

use crate::script::sqlite::tokens;

/// Returns a declared type with one space between words. Removes the quotes if the whole type is
/// quoted.
pub(super) fn type_words(declared: &Type<'_>) -> String {
    let is_plain =
        |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_' || letter.is_ascii_whitespace();
    let name: Cow<'_, str> = if declared.name.bytes().all(is_plain) {
        Cow::Borrowed(declared.name)
    } else {
        Cow::Owned(without_comments_and_quotes(declared.name))
    };
    let words = name.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let number = |size: &Expr<'_>| match size {
        Expr::Unary(UnaryOperator::Negative, Expr::Literal(Literal::Numeric(number))) => format!("-{number}"),
        Expr::Unary(_, Expr::Literal(Literal::Numeric(number))) => format!("+{number}"),
        Expr::Literal(Literal::Numeric(number)) => (*number).to_owned(),
        _ => String::new(),
    };
    let size = match &declared.size {
        None => String::new(),
        Some(TypeSize::MaxSize(size)) => format!("({})", number(size)),
        Some(TypeSize::TypeSize(size, scale)) => format!("({},{})", number(size), number(scale)),
    };
    words + &size
}

fn without_comments_and_quotes(name: &str) -> String {
    match tokens(name).as_slice() {
        [only] => only.name(),
        words => words.iter().map(|word| word.text).collect::<Vec<_>>().join(" "),
    }
}
