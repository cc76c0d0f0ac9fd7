//! The literals in SQL text, from which the values of candidates are derived.
//!
//! Text is read token by token. A literal belongs to the column whose name precedes it. The meaning
//! of the surrounding words is ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aludel_core::script::sqlite::{self, TokenType, unquoted};
use rusqlite::{Connection, Result};

use super::cell::Cell;
use super::json;

/// The maximum length of text that is generated because a number may be a length.
const LONGEST: i64 = 10_000;

/// A token and its text.
type Token<'a> = (TokenType, &'a str);

/// Values that conditions often look for, regardless of the statement.
const TEXTS: [&str; 20] = [
    "",
    " a ",
    "Ä",
    "abc",
    "007",
    "It's",
    "1",
    "12",
    "2021-03-04",
    "2021-03-04 05:06:07",
    "2099-12-31 00:00:00",
    "1901-01-01",
    "{\"a\": 1}",
    "a,b",
    "A b",
    "a;b",
    "a/b",
    "x@y.zz",
    "0",
    "null",
];
const INTEGERS: [i64; 9] = [-1, 0, 1, 2, 3, 7, 100, 1_099_511_627_776, 1_614_834_367];
const REALS: [f64; 4] = [1.5, 0.333_333_333_333_333_3, -0.5, 19.99];

/// The values that rows for one statement may contain.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The literals that follow a column's name, by that name in lowercase.
    by_column: BTreeMap<String, Vec<Cell>>,
    /// All literals.
    pub(super) exact: Rc<Vec<Cell>>,
    /// JSON that contains the paths of the statement.
    pub(super) json: Rc<Vec<Cell>>,
    /// Values that conditions often look for.
    pub(super) usual: Rc<Vec<Cell>>,
}

impl Words {
    /// Reads the literals in a statement that reaches these columns.
    pub(super) fn literals(sql: &str, columns: &BTreeSet<String>) -> Self {
        let tokens = tokens(sql);
        let mut words = Self::default();
        let mut column = String::new();
        let mut exact = Vec::new();
        for (place, token) in tokens.iter().enumerate() {
            let back = |steps: usize| place.checked_sub(steps).and_then(|place| tokens.get(place)).copied();
            let name = name(token);
            let is_column = name.as_ref().is_some_and(|name| columns.contains(name));
            if let Some(value) = value(token, back(1)).filter(|_| !is_column) {
                exact.push(value.clone());
                words.by_column.entry(column.clone()).or_default().push(value);
            } else if let Some(name) = name.filter(|_| is_column) {
                // `'x' = a`
                let left = back(1).filter(|before| compares(*before)).and_then(|_| value(&back(2)?, None));
                words.by_column.entry(name.clone()).or_default().extend(left);
                column = name;
            }
        }
        words.exact = Rc::new(exact);
        words
    }

    /// Adds the literals of another statement.
    pub(super) fn add(&mut self, other: Self) {
        for (column, values) in other.by_column {
            self.by_column.entry(column).or_default().extend(values);
        }
        for (own, others) in [(&mut self.exact, other.exact), (&mut self.json, other.json)] {
            *own = Rc::new(own.iter().chain(others.iter()).cloned().collect());
        }
        // They are the same for each statement.
        self.usual = other.usual;
    }

    /// Reads a statement, and collects the values that its rows may contain. A statement that reads
    /// JSON requires a connection.
    pub(super) fn read(sql: &str, columns: &BTreeSet<String>, json: Option<&Connection>) -> Result<Self> {
        let mut words = Self::literals(sql, columns);
        if let Some(connection) = json {
            let paths = paths(&tokens(sql), &words.exact);
            words.json = Rc::new(json::holding(connection, &paths, &words.exact)?);
        }
        words.usual = Rc::new(usual());
        Ok(words)
    }

    /// Returns the literals that follow a column's name, and values close to them.
    pub(super) fn of(&self, column: &str) -> (Rc<Vec<Cell>>, Rc<Vec<Cell>>) {
        let exact = self.by_column.get(&column.to_lowercase()).cloned().unwrap_or_default();
        let near = exact.iter().flat_map(near).collect();
        (Rc::new(exact), Rc::new(near))
    }
}

/// Returns the values that conditions often look for.
pub(super) fn usual() -> Vec<Cell> {
    let numbers = INTEGERS.map(Cell::Integer).into_iter().chain(REALS.map(Cell::real));
    let blobs = [Cell::Blob(vec![0, 255]), Cell::Blob(Vec::new())];
    TEXTS.map(Cell::text).into_iter().chain(numbers).chain(blobs).collect()
}

/// Returns the literals in SQL text, each with values close to it.
pub(super) fn literals(sql: &str) -> Vec<Cell> {
    let tokens = tokens(sql);
    let values = tokens.iter().enumerate().filter_map(|(place, token)| {
        let before = place.checked_sub(1).and_then(|place| tokens.get(place)).copied();
        value(token, before).filter(|_| token.0 != TokenType::TK_ID)
    });
    let values: Vec<Cell> = values.collect();
    values.iter().cloned().chain(values.iter().flat_map(near)).collect()
}

/// Returns the names in SQL text.
pub(super) fn names(sql: &str) -> Vec<String> {
    tokens(sql)
        .into_iter()
        .filter(|(kind, _)| *kind == TokenType::TK_ID)
        .map(|(_, text)| unquoted(text))
        .collect()
}

fn tokens(sql: &str) -> Vec<Token<'_>> {
    sqlite::tokens(sql).into_iter().map(|token| (token.kind, token.text)).collect()
}

fn compares((kind, _): Token<'_>) -> bool {
    use TokenType::{TK_EQ, TK_GE, TK_GT, TK_LE, TK_LT, TK_NE};
    matches!(kind, TK_EQ | TK_GE | TK_GT | TK_LE | TK_LT | TK_NE)
}

/// Returns the name that a token may be, in lowercase, or `None` if it cannot be a name. Some
/// keywords are also names.
fn name((kind, text): &Token<'_>) -> Option<String> {
    let first = text.chars().next()?;
    let is_name = first.is_alphabetic() || matches!(first, '_' | '"' | '[' | '`');
    (is_name && !matches!(kind, TokenType::TK_BLOB | TokenType::TK_STRING))
        .then(|| unquoted(text).to_lowercase())
}

/// Returns the value of a token, or `None` if it is not a literal. A double-quoted token counts as
/// a string, because SQLite accepts double-quoted string literals.
fn value((kind, text): &Token<'_>, before: Option<Token<'_>>) -> Option<Cell> {
    let is_negative = before.is_some_and(|(kind, _)| kind == TokenType::TK_MINUS);
    match kind {
        TokenType::TK_STRING => Some(Cell::text(unquoted(text))),
        TokenType::TK_ID if text.starts_with('"') => Some(Cell::text(unquoted(text))),
        TokenType::TK_INTEGER => {
            let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
            let number = hexadecimal
                .map_or_else(|| text.parse().ok(), |digits| i64::from_str_radix(digits, 16).ok())?;
            Some(Cell::Integer(if is_negative { -number } else { number }))
        }
        TokenType::TK_FLOAT => {
            let number: f64 = text.parse().ok()?;
            Some(Cell::real(if is_negative { -number } else { number }))
        }
        TokenType::TK_BLOB => {
            let digits = text.get(2..text.len().checked_sub(1)?)?;
            let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            (0..digits.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>().map(Cell::Blob)
        }
        _ => None,
    }
}

/// Returns the paths into JSON: literals that begin with `$`, and operands of `->`.
fn paths(tokens: &[Token<'_>], exact: &[Cell]) -> Vec<String> {
    let text = |cell: &Cell| match cell {
        Cell::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    };
    let mut paths: Vec<String> = exact.iter().filter_map(text).filter(|text| text.starts_with('$')).collect();
    let mut arrows = String::from("$");
    for pair in tokens.windows(2) {
        let [(TokenType::TK_PTR, _), operand] = pair else { continue };
        let step = match value(operand, None) {
            Some(Cell::Integer(number)) => format!("[{number}]"),
            Some(cell) => match text(&cell) {
                Some(text) if text.starts_with('$') => text.get(1..).unwrap_or_default().to_owned(),
                Some(text) => format!(".{text}"),
                None => continue,
            },
            None => continue,
        };
        paths.push(format!("${step}"));
        arrows.push_str(&step);
    }
    if !paths.contains(&arrows) && arrows.len() > 1 {
        paths.push(arrows);
    }
    paths
}

/// Returns a value, and other values that a condition distinguishes from it.
pub(super) fn near(value: &Cell) -> Vec<Cell> {
    let mut found = vec![value.clone()];
    match value {
        Cell::Null => {}
        Cell::Integer(number) => near_number(*number, &mut found),
        Cell::Real(bits) => {
            let number = f64::from_bits(*bits);
            found.extend([number + 0.25, number - 0.25, number.floor(), number.ceil()].map(Cell::real));
            found.push(Cell::text(format!("{number:?}")));
        }
        Cell::Text(text) => near_text(&String::from_utf8_lossy(text), &mut found),
        Cell::Blob(bytes) => {
            found.push(Cell::Blob([bytes.as_slice(), &[1]].concat()));
            found.push(Cell::Blob([b"a", bytes.as_slice()].concat()));
        }
    }
    found
}

fn near_number(number: i64, found: &mut Vec<Cell>) {
    let others = [
        number.saturating_add(1),
        number.saturating_sub(1),
        number.wrapping_neg(),
        number / 2,
        number.saturating_mul(2),
    ];
    found.extend(others.map(Cell::Integer));
    found.push(Cell::text(number.to_string()));
    found.push(Cell::text(format!("x{number}y")));
    if (2..=LONGEST).contains(&number) {
        let long = |length: i64| {
            usize::try_from(length).map(|length| "Größe, ".chars().cycle().take(length).collect::<String>())
        };
        found.extend(
            [number - 1, number, number + 1, number + 7]
                .into_iter()
                .filter_map(|length| long(length).ok())
                .map(Cell::text),
        );
    }
}

fn near_text(text: &str, found: &mut Vec<Cell>) {
    let mut texts = vec![
        format!("x{text}y"),
        format!("{text}y"),
        format!("x{text}"),
        format!("{text}x{text}"),
        format!(" {text} "),
        text.to_uppercase(),
        text.to_lowercase(),
    ];
    if text.contains(['%', '_', '*', '?', '[']) {
        for filling in ["", "a", "7"] {
            texts.push(matching(text, filling, ['%', '_']));
            texts.push(matching(text, filling, ['*', '?']));
        }
    }
    let is_number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u32>().ok());
    if let (4, Some(_)) = (text.len(), is_number(0, 4)) {
        texts.extend([format!("{text}-06-15"), format!("{text}-06-15 10:11:12")]);
    }
    if let (Some(year), Some("-"), Some(_)) = (is_number(0, 4), text.get(4..5), is_number(5, 7)) {
        let rest = text.get(4..).unwrap_or_default();
        texts.extend([format!("{:04}{rest}", year.saturating_sub(1)), format!("{:04}{rest}", year + 1)]);
    }
    found.extend(texts.into_iter().map(Cell::text));
    found.push(Cell::Blob(text.as_bytes().to_vec()));
}

/// Returns text that matches a LIKE or GLOB pattern, given its wildcards for any number of
/// characters and for a single character.
fn matching(pattern: &str, filling: &str, [many, one]: [char; 2]) -> String {
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter == many {
            text.push_str(filling);
        } else if letter == one {
            text.push_str(if filling.is_empty() { "x" } else { filling });
        } else if letter == '[' && many == '*' {
            let class: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
            let first = class.chars().next();
            text.extend(if first == Some('^') { Some('~') } else { first });
        } else {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn literals_count_for_the_column_before_them() {
        let check = |sql: &str, expected: &str| {
            let columns = ["a", "b"].map(str::to_owned).into();
            let words = Words::literals(sql, &columns);
            let told: Vec<String> = words.of("a").0.iter().map(ToString::to_string).collect();
            assert_eq!(told.join(" "), expected, "{sql}");
        };
        check("DELETE FROM t WHERE a = 'x' OR b = 'y'", "'x'");
        check("DELETE FROM t WHERE 'x' <> \"A\"", "'x'");
        check("DELETE FROM t WHERE a = \"x\"", "'x'");
        check("SELECT a IN ('x', 'O''Hara', NULL)", "'x' 'O''Hara'");
        check("SELECT a BETWEEN -1 AND 5 AND b = 7", "-1 5");
        check("SELECT lower(a) = 'x', a = X'00ff'", "'x' x'00ff'");
    }
}
