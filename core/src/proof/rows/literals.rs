//! The values that a column should hold since the scripts treat them in a way of their own: those that SQL names for it, in a CHECK or where a
//! script compares, and one that a change of type may not bring back.
//!
//! A script that treats rows with `status = 'draft'` in its own way is only seen at work where such a row is there. Texts are read token by
//! token: what stands beside a column's name counts, whatever the rest means.

use std::collections::BTreeMap;

use super::cell::Cell;
use super::taken::Taken;
use super::uses::{self, Uses};
use super::values::{self, Sort};
use crate::schema::{Change, Changes, Column, Object, Schema, Table};
use crate::script::sqlite::{Kind, Lexeme, TokenType, lex, unquoted};

/// How many values are kept for one column.
const MOST: usize = 12;

/// A text that is another one once a number was made of it.
const CODE: &str = "007";

/// JSON that is another text once a function of SQLite wrote it anew.
const SPACED: &str = "{ \"Name\": \"Zoë\", \"n\": [1, 2.50] }";

/// Times a hundred it is 1998.9999999999998.
const PRICE: f64 = 19.99;

/// Functions that put a value in the place of NULL, or NULL in the place of a value.
const SUBSTITUTES: [&str; 3] = ["coalesce", "ifnull", "nullif"];

/// Values by the name of the column, in lowercase.
#[derive(Debug, Clone, Default)]
pub(super) struct Literals {
    by_column: BTreeMap<String, Vec<Cell>>,
    uses: Uses,
    taken: Taken,
    /// The later name of a column.
    renamed: BTreeMap<String, String>,
}

/// A token that matters.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Value(Cell),
    /// `=`, `IS`, `IN (`, `BETWEEN`, `WHEN`, …: what stands between a column and a value.
    Link,
    /// `<`, `>`, …: the values beside the one that is named matter as well.
    Order,
    /// `LIKE` and `GLOB`.
    Pattern,
    /// `coalesce` and its like: the column that follows stands beside the values after it.
    Substitute,
    /// `CASE`: the column counts up to the `END`.
    Case,
    End,
    /// Between values, and around them.
    Filling,
    Other,
}

impl Literals {
    /// Takes a value for each column of texts whose type is changed. What columns are used for is known then.
    pub(super) fn read_types(&mut self, made: &Changes) {
        for Change { was, is } in made.objects.values() {
            let tables =
                was.as_deref().and_then(Object::as_table).zip(is.as_deref().and_then(Object::as_table));
            let Some((was, is)) = tables else { continue };
            for was in &was.columns {
                if !matches!(self.sort(was), Sort::Text | Sort::Any) {
                    continue;
                }
                if is.column(&was.name).is_some_and(|is| is.declared_type != was.declared_type) {
                    self.add(&was.name, &Cell::text(CODE), &Token::Link);
                }
            }
        }
    }

    /// Takes the uses that a statement shows.
    pub(super) fn read_uses(&mut self, sql: &str) {
        self.uses.read(sql);
    }

    /// Takes the parts of texts that a statement replaces, and the JSON that it writes anew. What stands in `own` as well is the script's own.
    pub(super) fn read_parts(&mut self, sql: &str, own: &str) {
        self.uses.read_parts(sql, own);
        self.uses.read_rewritten(sql, own);
    }

    /// Takes the keys that a statement of an upgrade writes or asks for.
    pub(super) fn read_keys(&mut self, sql: &str) {
        self.taken.read(sql);
    }

    /// The keys that rows of a user may have, each as values by column.
    pub(super) fn taken(&self, schema: &Schema, name: &str, table: &Table) -> Vec<Vec<(String, Cell)>> {
        self.taken.rows(schema, name, table)
    }

    /// Takes the name that a statement of an upgrade gives to a column: what scripts do to it later stands beside that.
    pub(super) fn read_rename(&mut self, sql: &str) {
        if let Some((was, is)) = uses::renamed(sql) {
            self.renamed.insert(was, is);
        }
    }

    /// Texts for a column that the scripts treat in a way of their own: with what they replace, longer than they ask for, and JSON as no
    /// function of SQLite writes it.
    pub(super) fn texts(&self, column: &Column) -> Vec<Cell> {
        let names = self.names(column);
        let spaced = || names.iter().any(|name| self.uses.is_rewritten(name)).then(|| Cell::text(SPACED));
        match self.sort(column) {
            Sort::Json => spaced().into_iter().collect(),
            Sort::Text => {
                let parts = names.iter().flat_map(|name| self.uses.with_parts(name)).map(Cell::text);
                let long = names.iter().filter_map(|name| self.uses.length(name)).max().map(values::longer);
                parts.chain(long).chain(spaced()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A number that is less than a whole one once it is multiplied, where scripts cut the product.
    pub(super) fn price(&self, column: &Column) -> Option<Cell> {
        let is_cut = || self.names(column).iter().any(|name| self.uses.is_cut(name));
        (matches!(self.sort(column), Sort::Real | Sort::Number) && is_cut()).then(|| Cell::real(PRICE))
    }

    /// What a column holds: as its declaration says, or, where that says no more than text, as scripts use it.
    pub(super) fn sort(&self, column: &Column) -> Sort {
        match Sort::of(column) {
            Sort::Text => {
                self.names(column).iter().find_map(|name| self.uses.sort(name)).unwrap_or(Sort::Text)
            }
            sort => sort,
        }
    }

    /// The name of a column and its later ones, in lowercase.
    fn names(&self, column: &Column) -> Vec<String> {
        let mut names = vec![column.name.to_lowercase()];
        while let Some(next) = names.last().and_then(|name| self.renamed.get(name)) {
            if names.contains(next) {
                break;
            }
            names.push(next.clone());
        }
        names
    }

    /// Takes the values that a text names.
    pub(super) fn read(&mut self, sql: &str) {
        let mut column: Option<String> = None;
        let mut cases: Vec<String> = Vec::new();
        let mut link = Token::Other;
        let mut earlier: Option<Cell> = None;
        for token in tokens(sql) {
            match token {
                Token::Name(name) => {
                    if let (Some(value), true) = (earlier.take(), is_link(&link)) {
                        self.add(&name, &value, &link);
                    }
                    if link == Token::Case {
                        cases.push(name.clone());
                    }
                    let stays = link == Token::Substitute;
                    (column, link) = (Some(name), if stays { Token::Substitute } else { Token::Other });
                }
                Token::Value(value) => {
                    if let (Some(column), true) = (&column, is_link(&link)) {
                        self.add(column, &value, &link);
                    } else {
                        earlier = Some(value);
                    }
                }
                Token::Link | Token::Order | Token::Pattern => link = token,
                Token::Substitute => (column, link) = (None, Token::Substitute),
                Token::Case => (column, link) = (None, Token::Case),
                Token::End => (column, link) = (cases.pop().and(None), Token::Other),
                Token::Filling => {}
                Token::Other => {
                    column = cases.last().cloned();
                    (link, earlier) = (Token::Other, None);
                }
            }
        }
    }

    /// The values for a column. A word beside JSON is not in its place: `json_type(tags) = 'array'`.
    pub(super) fn of(&self, column: &Column) -> Vec<Cell> {
        let names = self.names(column);
        let mut values: Vec<Cell> = names.iter().flat_map(|name| self.named(name)).cloned().collect();
        if self.sort(column) == Sort::Json {
            values.retain(
                |value| matches!(value, Cell::Text(text) if matches!(text.first(), Some(b'{' | b'['))),
            );
        }
        values
    }

    /// The values that stand beside a column of this name.
    pub(super) fn named(&self, column: &str) -> &[Cell] {
        self.by_column.get(&column.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// All values.
    pub(super) fn all(&self) -> impl Iterator<Item = &Cell> {
        self.by_column.values().flatten()
    }

    fn add(&mut self, column: &str, value: &Cell, link: &Token) {
        let mut values = vec![value.clone()];
        match (link, value) {
            (Token::Order, Cell::Integer(number)) => {
                values.extend([number.saturating_add(1), number.saturating_sub(1)].map(Cell::Integer));
            }
            (Token::Pattern, Cell::Text(pattern)) => {
                values = vec![Cell::text(matching(&String::from_utf8_lossy(pattern)))];
            }
            _ => {}
        }
        let known = self.by_column.entry(column.to_lowercase()).or_default();
        for value in values {
            if known.len() < MOST && !known.contains(&value) {
                known.push(value);
            }
        }
    }
}

fn is_link(token: &Token) -> bool {
    matches!(token, Token::Link | Token::Order | Token::Pattern | Token::Substitute)
}

/// A text that a pattern of LIKE or GLOB takes: without what may be missing, and with one letter where one has to be.
fn matching(pattern: &str) -> String {
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' | '*' => {}
            '_' | '?' => text.push('x'),
            '[' => {
                let class: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let mut within = class.chars();
                match within.next() {
                    Some('^') => text.push(if class.contains('x') { '~' } else { 'x' }),
                    Some(first) => text.push(first),
                    None => {}
                }
            }
            letter => text.push(letter),
        }
    }
    text
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut negative = false;
    let mut found = Vec::new();
    for lexeme in lex(sql) {
        let Kind::Token(kind) = lexeme.kind else { continue };
        let text = sql.get(lexeme.span.clone()).unwrap_or_default();
        let was_negative = std::mem::replace(&mut negative, kind == TokenType::TK_MINUS);
        if let Some(token) = token(kind, text, was_negative) {
            found.push(token);
        }
    }
    found
}

fn token(kind: TokenType, text: &str, negative: bool) -> Option<Token> {
    Some(match kind {
        TokenType::TK_STRING => Token::Value(Cell::text(unquoted(text))),
        TokenType::TK_INTEGER => {
            let number: i64 = text.parse().ok()?;
            Token::Value(Cell::Integer(if negative { -number } else { number }))
        }
        TokenType::TK_FLOAT => {
            let number: f64 = text.parse().ok()?;
            Token::Value(Cell::real(if negative { -number } else { number }))
        }
        TokenType::TK_ID if SUBSTITUTES.iter().any(|name| name.eq_ignore_ascii_case(text)) => {
            Token::Substitute
        }
        TokenType::TK_ID | TokenType::TK_KEY => Token::Name(unquoted(text)),
        TokenType::TK_EQ
        | TokenType::TK_NE
        | TokenType::TK_IS
        | TokenType::TK_IN
        | TokenType::TK_BETWEEN
        | TokenType::TK_WHEN => Token::Link,
        TokenType::TK_LT | TokenType::TK_LE | TokenType::TK_GT | TokenType::TK_GE => Token::Order,
        TokenType::TK_LIKE_KW => Token::Pattern,
        TokenType::TK_CASE => Token::Case,
        TokenType::TK_END => Token::End,
        TokenType::TK_LP
        | TokenType::TK_RP
        | TokenType::TK_COMMA
        | TokenType::TK_DOT
        | TokenType::TK_NOT
        | TokenType::TK_MINUS
        | TokenType::TK_THEN => Token::Filling,
        TokenType::TK_AND => return None,
        _ => Token::Other,
    })
}

/// The value that a literal is, alone or behind a minus.
pub(super) fn literal(tokens: &[uses::Token<'_>]) -> Option<Cell> {
    let (negative, (kind, text)) = match tokens {
        [(TokenType::TK_MINUS, _), number] => (true, number),
        [only] => (false, only),
        _ => return None,
    };
    match token(*kind, text, negative)? {
        Token::Value(value) => Some(value),
        _ => None,
    }
}

/// The names in a text, whatever they stand for.
pub(super) fn names(sql: &str) -> Vec<String> {
    let name = |lexeme: Lexeme| {
        let is_name = lexeme.kind == Kind::Token(TokenType::TK_ID);
        is_name.then(|| sql.get(lexeme.span).map(unquoted))?
    };
    lex(sql).into_iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::Literals;

    fn told(sql: &str, column: &str) -> String {
        let mut literals = Literals::default();
        literals.read(sql);
        literals.named(column).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_beside_a_column_are_its_own() {
        let check = |sql: &str, expected: &str| assert_eq!(told(sql, "a"), expected, "{sql}");
        check("DELETE FROM t WHERE a = 'x' OR b = 'y'", "'x'");
        check("DELETE FROM t WHERE 'x' <> \"A\"", "'x'");
        check("a IN ('x', 'O''Hara', NULL)", "'x' 'O''Hara'");
        check("a BETWEEN -1 AND 5 AND b = 7", "-1 5");
        check("b = 7 AND a IS NOT NULL", "");
        check("lower(a) = 'x'", "'x'");
        check("a >= 10", "10 11 9");
        check("a LIKE 'x%y_'", "'xyx'");
        check("a GLOB '[A-Z]*'", "'A'");
        check("SET b = CASE a WHEN 1 THEN 'one' WHEN 2 THEN 'two' END, c = 3", "1 'one' 2 'two'");
        check("SET a = coalesce(a, 0)", "0");
        check("SET b = ifnull(nullif(t.a, 'none'), '-')", "'none' '-'");
        check("SELECT a, 7", "");
    }
}
