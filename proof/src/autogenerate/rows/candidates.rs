//! Values that may be tried, as they can be told from a column and from what its constraints say.

use aludel_core::schema::{Column, Table, identifier};
use aludel_core::script::sqlite::{Kind, TokenType, lex};

use super::choose::Others;
use super::fill::Affinity;

/// A text that stands in is no longer than this.
const LONGEST_TEXT: usize = 100;

/// What may stand in other columns besides.
pub(super) fn far(affinity: Affinity, hold: Others) -> Vec<String> {
    let far: &[&str] = match affinity {
        Affinity::Integer | Affinity::Real | Affinity::Numeric if hold == Others::Anything => {
            &["-1000000", "5", "1000000", "'a'", "x'ff'"]
        }
        Affinity::Integer | Affinity::Real | Affinity::Numeric => &["-1000000", "5", "1000000"],
        Affinity::Text => &["'a'", "'zzz'"],
        Affinity::Blob => &["x'ff'"],
    };
    far.iter().map(|&value| value.to_owned()).collect()
}

/// What a value may be where it depends on another column.
pub(super) fn told_from(other: &Column, table: &Table) -> Vec<String> {
    let name = identifier(&other.name);
    match Affinity::of(other, table) {
        Affinity::Integer | Affinity::Real | Affinity::Numeric => {
            vec![name.clone(), format!("{name} + 1"), format!("{name} - 1")]
        }
        Affinity::Text => vec![name.clone(), format!("{name} || '0'")],
        Affinity::Blob => vec![name],
    }
}

/// A value made of the number of a row and of the value before.
pub(super) type Shape = Box<dyn Fn(&str, &str) -> String>;

pub(super) fn shapes(
    affinity: Affinity,
    table: &Table,
    own: Option<&str>,
    literals: &[String],
) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    match affinity {
        Affinity::Integer | Affinity::Real | Affinity::Numeric => {
            shapes.push(Box::new(|number, _| number.to_owned()));
            return shapes;
        }
        Affinity::Text if own.is_some() => {
            shapes.push(Box::new(|number, own| format!("{number} || '-' || {own}")));
        }
        Affinity::Text => shapes.push(Box::new(|number, _| number.to_owned())),
        Affinity::Blob if table.strict || own.is_some() => {
            shapes.push(Box::new(|number, _| format!("CAST({number} AS BLOB)")));
        }
        Affinity::Blob => shapes.push(Box::new(|number, _| number.to_owned())),
    }
    for literal in literals {
        if let Some(length) = length_of(literal) {
            let padded = move |number: &str| format!("printf('%0{length}d', {number})");
            shapes.push(match affinity {
                Affinity::Blob => Box::new(move |number, _| format!("CAST({} AS BLOB)", padded(number))),
                _ => Box::new(move |number, _| padded(number)),
            });
        } else if affinity == Affinity::Text && literal.starts_with('\'') {
            let (front, back) = (literal.clone(), literal.clone());
            shapes.push(Box::new(move |number, _| format!("{front} || {number}")));
            shapes.push(Box::new(move |number, _| format!("{number} || {back}")));
        }
    }
    shapes
}

fn length_of(literal: &str) -> Option<usize> {
    literal.parse().ok().filter(|length| (1..=LONGEST_TEXT).contains(length))
}

/// What a constraint that says a number may take: one more or less, or something of that length.
pub(super) fn near(literal: &str, affinity: Affinity) -> Vec<String> {
    let Ok(number) = literal.parse::<i32>() else { return Vec::new() };
    let length = usize::try_from(number).unwrap_or_default().min(LONGEST_TEXT);
    match affinity {
        Affinity::Text => vec![format!("'{}'", "x".repeat(length))],
        Affinity::Blob => vec![format!("zeroblob({length})")],
        Affinity::Integer | Affinity::Real | Affinity::Numeric => {
            let near = [number.checked_add(1), number.checked_sub(1)];
            near.into_iter().flatten().map(|number| number.to_string()).collect()
        }
    }
}

pub(super) fn literals(sql: &str) -> Vec<String> {
    let lexemes = lex(sql).into_iter();
    let of_literals = lexemes.filter(|lexeme| {
        matches!(
            lexeme.kind,
            Kind::Token(
                TokenType::TK_STRING | TokenType::TK_BLOB | TokenType::TK_INTEGER | TokenType::TK_FLOAT
            )
        )
    });
    of_literals.filter_map(|lexeme| sql.get(lexeme.span).map(str::to_owned)).collect()
}
