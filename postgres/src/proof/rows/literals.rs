//! The literals of a statement, and the columns next to them.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::script::postgres::{Kind, Token, tokens};

/// The maximum number of tokens between a literal and its column.
const NEAR: usize = 16;

/// The words that begin a new condition.
const BORDERS: [&str; 10] = ["AND", "OR", "WHERE", "SET", "WHEN", "THEN", "ON", "VALUES", "HAVING", "FROM"];

/// The literals of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Literals {
    /// All literals.
    pub(super) all: Vec<String>,
    /// The literals next to the name of each column.
    near: BTreeMap<String, Vec<String>>,
    /// The words of the statement, interpreted as names.
    names: BTreeSet<String>,
}

impl Literals {
    /// Reads a statement and the code that it runs. `columns` contains the names of columns without
    /// quotes.
    pub(super) fn read(statement: &str, columns: &BTreeSet<String>) -> Self {
        let mut literals = Self::default();
        literals.add(statement, columns);
        literals
    }

    fn add(&mut self, text: &str, columns: &BTreeSet<String>) {
        let tokens = tokens(text);
        self.names.extend(tokens.iter().filter_map(Token::name));
        for (place, token) in tokens.iter().enumerate() {
            let Some(value) = literal(&tokens, place, columns) else { continue };
            if token.text.starts_with('$') {
                // The body of a code block or a function.
                self.add(&value, columns);
                continue;
            }
            if !self.all.contains(&value) {
                self.all.push(value.clone());
            }
            if let Some(column) = column_of(&tokens, place, columns) {
                let near = self.near.entry(column).or_default();
                if !near.contains(&value) {
                    near.push(value);
                }
            }
        }
    }

    /// Returns the literals next to a column.
    pub(super) fn near(&self, column: &str) -> &[String] {
        self.near.get(column).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns `true` if the statement has this word.
    pub(super) fn names(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// Returns the value of a token that is a string or a number, or `None` for any other token.
fn literal(tokens: &[Token<'_>], place: usize, columns: &BTreeSet<String>) -> Option<String> {
    let token = tokens.get(place)?;
    match token.kind {
        Kind::Number => {
            let before = |back: usize| place.checked_sub(back).and_then(|place| tokens.get(place));
            let is_operand = |token: &Token<'_>| {
                matches!(token.kind, Kind::Number | Kind::Symbol(')' | ']'))
                    || token.name().is_some_and(|name| columns.contains(&name))
            };
            let is_negative =
                before(1).is_some_and(|token| token.is_symbol('-')) && !before(2).is_some_and(is_operand);
            Some(if is_negative { format!("-{}", token.text) } else { token.text.to_owned() })
        }
        Kind::Bits => {
            Some(token.text.trim_start_matches(|letter: char| letter != '\'').trim_matches('\'').to_owned())
        }
        _ => token.value(),
    }
}

/// Returns the column of the condition or assignment that contains a literal: the last column
/// before the literal, or else the first one after it.
fn column_of(tokens: &[Token<'_>], place: usize, columns: &BTreeSet<String>) -> Option<String> {
    let before = tokens.get(place.saturating_sub(NEAR)..place)?;
    let after = tokens.get(place + 1..)?.iter().take(NEAR);
    let is_column = |token: &Token<'_>| token.name().filter(|name| columns.contains(name));
    let is_border = |token: &Token<'_>| BORDERS.iter().any(|word| token.is(word)) || token.is_symbol(';');
    for (back, token) in before.iter().enumerate().rev() {
        if let Some(column) = is_column(token) {
            return Some(column);
        }
        let is_between = || {
            let start = back.saturating_sub(3);
            token.is("AND")
                && before.get(start..back).is_some_and(|few| few.iter().any(|one| one.is("BETWEEN")))
        };
        if is_border(token) && !is_between() {
            break;
        }
    }
    after.take_while(|token| !is_border(token)).find_map(is_column)
}

#[cfg(test)]
mod tests {
    use super::Literals;

    #[test]
    fn literals_belong_to_the_nearest_column() {
        let check = |sql: &str, expected: &str| {
            let columns = ["a", "b"].map(str::to_owned).into();
            assert_eq!(Literals::read(sql, &columns).near("a").join(" "), expected, "{sql}");
        };
        check("DELETE FROM t WHERE a = 'x' OR b = 'y'", "x");
        check("DELETE FROM t WHERE 'x' <> \"a\" AND b > 2", "x");
        check("SELECT a IN ('x', 'O''Hara', NULL)", "x O'Hara");
        check("SELECT t.a BETWEEN -1 AND 5 AND b = 7", "-1 5");
        check("UPDATE t SET b = 1, a = lower(a) WHERE lower(a) LIKE '%x%'", "%x%");
        check("DO $$ BEGIN DELETE FROM t WHERE a = 'x'; END $$", "x");
    }
}
