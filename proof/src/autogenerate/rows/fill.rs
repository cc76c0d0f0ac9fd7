//! What stands in a column for rows that have no value for it, and what a change of type does to values.

use aludel_core::schema::{Column, Expression, Name, Schema, Table};
use aludel_core::script::sqlite::{Kind, TokenType, lex};
use rusqlite::Connection;

use super::choose::{Chooser, Others};
use crate::autogenerate::changed::Changed;
use crate::autogenerate::step::Way;

/// What a column makes of the values that it is given (<https://sqlite.org/datatype3.html#type_affinity>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::autogenerate) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    /// Rule: the first of these words that the declared type holds decides.
    pub(in crate::autogenerate) fn of(column: &Column, table: &Table) -> Self {
        let declared = column.declared_type.as_ref().map_or("", Name::folded);
        let holds = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if holds(&["int"]) {
            Self::Integer
        } else if holds(&["char", "clob", "text"]) {
            Self::Text
        } else if declared.is_empty() || holds(&["blob"]) || (table.strict && declared == "any") {
            Self::Blob
        } else if holds(&["real", "floa", "doub"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// Whether a person would write such a literal into the column.
    pub(in crate::autogenerate) fn suits(self, literal: &str) -> bool {
        let is_text = literal.starts_with('\'');
        match self {
            Self::Integer | Self::Real | Self::Numeric => !is_text && !literal.starts_with(['x', 'X']),
            Self::Text => is_text,
            Self::Blob => true,
        }
    }

    pub(in crate::autogenerate) fn literals(self) -> &'static [&'static str] {
        match self {
            Self::Integer | Self::Numeric => &["0", "1", "2"],
            Self::Real => &["0.0", "1.0", "2.0"],
            Self::Text => &["''", "'0'", "'[]'", "'{}'", "'1970-01-01'", "'1970-01-01 00:00:00'"],
            Self::Blob => &["x''", "0"],
        }
    }
}

/// Whether values may not come through a change of type and back: a number that becomes text and again a number is the same one, text that
/// becomes a number need not be. In a STRICT table, what does not fit stops the statement.
pub(in crate::autogenerate) fn may_lose(was: (&Column, &Table), is: (&Column, &Table)) -> bool {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    let (before, after) = (Affinity::of(was.0, was.1), Affinity::of(is.0, is.1));
    let takes_anything = is.0.declared_type.as_ref().is_none_or(|words| words.is("any"));
    match (before, after) {
        (before, after) if before == after => false,
        (_, Blob) => is.1.strict && !takes_anything,
        (Numeric | Real, Integer) | (Real, Numeric) => is.1.strict,
        (Text | Blob, _) | (Integer | Numeric, Real) => true,
        (Integer | Numeric | Real, _) => false,
    }
}

/// The question that a lossy change of type asks.
pub(in crate::autogenerate) fn type_review(table: &str, was: &Column, is: &Column) -> String {
    let words =
        |column: &Column| column.declared_type.as_ref().map_or("no type".to_owned(), |of| format!("{of}"));
    format!(
        "`{table}.{}` changes from {} to {}, and SQLite converts its values: is no important data lost?",
        is.name,
        words(was),
        words(is)
    )
}

/// The question that a type which is enforced from now on asks.
pub(in crate::autogenerate) fn strict_review(table: &str, column: &Column, of: &str) -> String {
    format!(
        "values of `{table}.{}` that are not {of} are converted with CAST: is that right for your data?",
        column.name
    )
}

/// The question that a key which has to be a number from now on asks.
pub(in crate::autogenerate) fn number_review(table: &str, column: &Column) -> String {
    format!(
        "keys in `{table}.{}` that are not integers are replaced, and references to them follow: does nothing else use these keys?",
        column.name
    )
}

/// What rows get in a column that is NOT NULL, and the question whether that is right.
pub(in crate::autogenerate) struct Fill {
    pub(in crate::autogenerate) value: String,
    pub(in crate::autogenerate) review: Option<String>,
}

/// What rows without a value get in a NOT NULL column: something of their own where no two may have the same, else the column's default, else
/// something that its constraints take.
pub(in crate::autogenerate) fn fill(
    connection: &Connection,
    changed: &Changed<'_>,
    column: &Column,
    (rowid, target): (Option<&'static str>, &Schema),
    way: Way,
) -> Fill {
    let table = changed.is;
    let value = match (&column.default, changed.must_differ(column)) {
        (_, true) => {
            let number = rowid.unwrap_or("row_number() OVER ()");
            Chooser { connection, name: changed.name, table, reads: changed.was }
                .distinct(column, number, None)
                .unwrap_or_else(|| number.to_owned())
        }
        (Some(default), false) => {
            let value = in_parentheses(&default.written);
            match instead_of_default(connection, changed, column, &value) {
                Some(other) => other,
                None => return Fill { value, review: None },
            }
        }
        (None, false) => changed
            .any_parent(column, target)
            .or_else(|| together_with_new(connection, changed, column))
            .unwrap_or_else(|| {
                let tables = (changed.name, [changed.was, table]);
                candidate(connection, tables, column, Others::where_rows(changed.mending))
            }),
    };
    let (why, which) = match &column.default {
        Some(_) if !changed.must_differ(column) => ("has a DEFAULT that constraints refuse", "existing rows"),
        Some(_) | None => ("is NOT NULL", "rows without a value"),
    };
    let review = way.asks(|| {
        format!(
            "`{}.{}` {why}: which value should {which} get? {value} is a placeholder",
            changed.name, column.name
        )
    });
    Fill { value, review }
}

/// What rows get in a new column that constraints tie to other new ones.
fn together_with_new(connection: &Connection, changed: &Changed<'_>, column: &Column) -> Option<String> {
    let chooser = Chooser { connection, name: changed.name, table: changed.is, reads: changed.was };
    let own = changed.is.column(&column.name)?;
    let values = chooser.together_with_new(own, changed.was)?;
    let is_told_elsewhere = |column: &Column| {
        let refers =
            changed.is.foreign_keys.iter().flat_map(|key| &key.columns).any(|name| name.is(&column.name));
        refers || changed.must_differ(column)
    };
    if values.iter().any(|(column, _)| is_told_elsewhere(column)) {
        return None;
    }
    values.into_iter().find(|(other, _)| other.name == column.name).map(|(_, value)| value)
}

/// What rows get in a new column whose default its constraints refuse.
fn instead_of_default(
    connection: &Connection,
    changed: &Changed<'_>,
    column: &Column,
    default: &str,
) -> Option<String> {
    let chooser = Chooser { connection, name: changed.name, table: changed.is, reads: changed.was };
    let hold = Others::where_rows(changed.mending);
    if chooser.takes(column, default, hold) {
        return None;
    }
    let may_be_null = column.not_null.is_none();
    let of_their_type = || chooser.value(column, may_be_null, Others::OfTheirType);
    chooser.or_else(column, default, may_be_null, hold).or_else(of_their_type)
}

/// Whether a new column has a default that its constraints refuse.
pub(in crate::autogenerate) fn refuses_its_default(
    connection: &Connection,
    changed: &Changed<'_>,
    column: &Column,
) -> bool {
    let chooser = Chooser { connection, name: changed.name, table: changed.is, reads: changed.was };
    let hold = Others::where_rows(changed.mending);
    let refuses = |default: &Expression| !chooser.takes(column, &in_parentheses(&default.written), hold);
    column.default.as_ref().is_some_and(refuses)
}

/// What the CHECK constraints of the column take: a value of its type, one that stands in a constraint, or one told from another column.
pub(in crate::autogenerate) fn candidate(
    connection: &Connection,
    (name, [reads, table]): (&str, [&Table; 2]),
    column: &Column,
    hold: Others,
) -> String {
    let chooser = Chooser { connection, name, table, reads };
    let value = |hold| chooser.value(column, false, hold);
    let of_their_type = || value(Others::OfTheirType);
    let found = value(Others::Anything)
        .or_else(|| {
            chooser.or_else(column, &of_their_type()?, false, hold).filter(|_| hold == Others::Anything)
        })
        .or_else(of_their_type)
        .or_else(|| chooser.value_alone(column));
    let first = || Affinity::of(column, table).literals().first().copied().unwrap_or("0");
    found.unwrap_or_else(|| first().to_owned())
}

/// An expression as an operand.
pub(in crate::autogenerate) fn in_parentheses(expression: &str) -> String {
    if is_constant(expression) { expression.to_owned() } else { format!("({expression})") }
}

/// Whether a default is the same for each row, as `ADD COLUMN` asks for (<https://sqlite.org/lang_altertable.html#altertabaddcol>).
pub(in crate::autogenerate) fn is_constant(default: &str) -> bool {
    let tokens: Vec<(Kind, String)> = lex(default)
        .into_iter()
        .map(|lexeme| (lexeme.kind, default.get(lexeme.span).unwrap_or_default().to_ascii_uppercase()))
        .collect();
    let unsigned = match tokens.as_slice() {
        [(Kind::Token(TokenType::TK_MINUS | TokenType::TK_PLUS), _), rest @ ..] => rest,
        all => all,
    };
    match unsigned {
        [(Kind::Token(kind), word)] => match kind {
            TokenType::TK_STRING
            | TokenType::TK_BLOB
            | TokenType::TK_INTEGER
            | TokenType::TK_FLOAT
            | TokenType::TK_NULL => true,
            TokenType::TK_ID => ["TRUE", "FALSE"].contains(&word.as_str()),
            _ => false,
        },
        _ => false,
    }
}
