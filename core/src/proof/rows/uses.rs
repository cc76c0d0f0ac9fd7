//! How scripts use the texts of a column: as JSON, as a date, or cut at a length.
//!
//! A script that reads `payload` with `json_extract` was written for a column of JSON, whatever its declared type says; one that keeps the
//! first hundred letters only loses something where a text is longer. Texts are read token by token.

use std::collections::{BTreeMap, BTreeSet};

use super::values::Sort;
use crate::script::sqlite::{Kind, Lexeme, TokenType, lex, unquoted};

/// The longest text that is made because a script asks for its length.
const LONGEST: usize = 10_000;

/// How many parts of texts are heeded for one column.
const MOST_PARTS: usize = 3;

/// Parts of the words that matter: a statement without any of them is not read.
const SIGNS: [&str; 9] = ["json", "->", "date", "time", "day", "epoch", "length", "substr", "cast"];

/// Functions whose first argument is JSON (<https://sqlite.org/json1.html>).
const OF_JSON: [&str; 15] = [
    "json",
    "jsonb",
    "json_array_length",
    "json_each",
    "json_extract",
    "json_insert",
    "json_patch",
    "json_remove",
    "json_replace",
    "json_set",
    "json_tree",
    "json_type",
    "jsonb_extract",
    "jsonb_remove",
    "jsonb_set",
];

/// Functions whose first argument is a date (<https://sqlite.org/lang_datefunc.html>).
const OF_DATES: [&str; 5] = ["date", "datetime", "julianday", "time", "unixepoch"];

/// Uses by the name of the column, in lowercase.
#[derive(Debug, Clone, Default)]
pub(super) struct Uses {
    json: BTreeSet<String>,
    /// Columns of which scripts ask whether they hold JSON: some row may not.
    doubted: BTreeSet<String>,
    dates: BTreeSet<String>,
    lengths: BTreeMap<String, usize>,
    parts: BTreeMap<String, Vec<String>>,
    rewritten: BTreeSet<String>,
    /// Columns of numbers whose products scripts cut to whole ones.
    cut: BTreeSet<String>,
}

/// A token of SQL and its text.
pub(super) type Token<'a> = (TokenType, &'a str);

impl Uses {
    /// Takes the uses that a statement shows.
    pub(super) fn read(&mut self, sql: &str) {
        let lower = sql.to_ascii_lowercase();
        if !SIGNS.iter().any(|sign| lower.contains(sign)) {
            return;
        }
        let tokens = tokens(sql);
        for place in 0..tokens.len() {
            self.read_at(tokens.get(place..).unwrap_or_default());
        }
    }

    /// Takes the parts of texts that a script replaces or takes away. One that stands in `own` as well, the upgrade, is there since the script
    /// wrote it.
    pub(super) fn read_parts(&mut self, sql: &str, own: &str) {
        let lower = sql.to_ascii_lowercase();
        if !["replace", "trim"].iter().any(|sign| lower.contains(sign)) {
            return;
        }
        let tokens = tokens(sql);
        for place in 0..tokens.len() {
            let found = part_at(tokens.get(place..).unwrap_or_default());
            if let Some((column, part)) = found.filter(|(_, part)| !own.contains(part)) {
                self.parts.entry(column).or_default().push(part);
            }
        }
    }

    /// Takes the columns whose JSON a statement writes anew, unless `own`, the upgrade, wrote it.
    pub(super) fn read_rewritten(&mut self, sql: &str, own: &str) {
        let is_json = |sql: &str| sql.to_ascii_lowercase().contains("json");
        if is_json(sql) && !is_json(own) {
            self.rewritten.extend(rewritten(&tokens(sql)));
        }
    }

    /// Whether scripts write the JSON of a column anew.
    pub(super) fn is_rewritten(&self, column: &str) -> bool {
        self.rewritten.contains(column)
    }

    /// Whether scripts cut products of a column to whole numbers.
    pub(super) fn is_cut(&self, column: &str) -> bool {
        self.cut.contains(column)
    }

    /// Texts with the parts in them that scripts look for.
    pub(super) fn with_parts(&self, column: &str) -> impl Iterator<Item = String> {
        let parts = self.parts.get(&column.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
        parts.iter().take(MOST_PARTS).map(|part| format!("{part}x{part}"))
    }

    fn read_at(&mut self, tokens: &[Token<'_>]) {
        let (function, rest) = match tokens {
            [(TokenType::TK_ID, column), (TokenType::TK_PTR, _), ..] => {
                self.json.insert(lowercase(column));
                return;
            }
            [(TokenType::TK_CAST, _), (TokenType::TK_LP, _), rest @ ..] => {
                let product = column(rest)
                    .filter(|(_, after)| matches!(behind_functions(after), [(TokenType::TK_STAR, _), ..]));
                self.cut.extend(product.map(|(column, _)| column));
                return;
            }
            [(TokenType::TK_ID, function), (TokenType::TK_LP, _), rest @ ..] => (lowercase(function), rest),
            _ => return,
        };
        let rest = match rest {
            [_, (TokenType::TK_COMMA, _), date @ ..] if function == "strftime" => date,
            rest => rest,
        };
        let Some((column, after)) = column(rest) else { return };
        match function.as_str() {
            "strftime" => drop(self.dates.insert(column)),
            name if OF_DATES.contains(&name) => drop(self.dates.insert(column)),
            name if OF_JSON.contains(&name) => drop(self.json.insert(column)),
            "json_valid" => drop(self.doubted.insert(column)),
            "length" => self.note_length(column, compared(after)),
            "substr" | "substring" => self.note_length(column, cut(after)),
            _ => {}
        }
    }

    fn note_length(&mut self, column: String, length: Option<usize>) {
        let Some(length) = length.filter(|length| *length <= LONGEST) else { return };
        let known = self.lengths.entry(column).or_default();
        *known = length.max(*known);
    }

    /// What a column of texts holds, where scripts say so.
    pub(super) fn sort(&self, column: &str) -> Option<Sort> {
        let column = column.to_lowercase();
        if self.json.contains(&column) && !self.doubted.contains(&column) {
            return Some(Sort::Json);
        }
        self.dates.contains(&column).then_some(Sort::DateTime)
    }

    /// The length that scripts compare texts of a column with, or cut them at.
    pub(super) fn length(&self, column: &str) -> Option<usize> {
        self.lengths.get(&column.to_lowercase()).copied()
    }
}

pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let token = |lexeme: Lexeme| match lexeme.kind {
        Kind::Token(token) => Some((token, sql.get(lexeme.span)?)),
        Kind::LineComment | Kind::BlockComment | Kind::Invalid => None,
    };
    lex(sql).into_iter().filter_map(token).collect()
}

/// `replace(title, 'old', …`: the column and the part.
fn part_at(tokens: &[Token<'_>]) -> Option<(String, String)> {
    use TokenType::{TK_COMMA, TK_ID, TK_LP, TK_REPLACE, TK_STRING};
    let [(TK_ID | TK_REPLACE, function), (TK_LP, _), rest @ ..] = tokens else { return None };
    let looks = ["replace", "trim", "ltrim", "rtrim"].iter().any(|name| name.eq_ignore_ascii_case(function));
    let (column, after) = column(rest).filter(|_| looks)?;
    match behind_functions(after) {
        [(TK_COMMA, _), (TK_STRING, part), ..] => Some((column, unquoted(part))),
        _ => None,
    }
}

/// The columns that stand in `json(…)` or `jsonb(…)`, but not where that is an argument of another function of JSON, whose result is new.
fn rewritten(tokens: &[Token<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<bool> = Vec::new();
    for place in 0..tokens.len() {
        match tokens.get(place..).unwrap_or_default() {
            [(TokenType::TK_ID, function), (TokenType::TK_LP, _), rest @ ..] => {
                let writes = ["json", "jsonb"].iter().any(|name| name.eq_ignore_ascii_case(function));
                if writes && !open.contains(&true) {
                    found.extend(column(rest).map(|(column, _)| column));
                }
            }
            [(TokenType::TK_LP, _), ..] => {
                let before = place.checked_sub(1).and_then(|place| tokens.get(place));
                open.push(before.is_some_and(|(_, name)| lowercase(name).starts_with("json")));
            }
            [(TokenType::TK_RP, _), ..] => drop(open.pop()),
            _ => {}
        }
    }
    found
}

/// `RENAME COLUMN a TO b`: both names, in lowercase.
pub(super) fn renamed(sql: &str) -> Option<(String, String)> {
    use TokenType::{TK_ALTER, TK_COLUMNKW, TK_RENAME, TK_TABLE, TK_TO};
    let tokens = tokens(sql);
    let [(TK_ALTER, _), (TK_TABLE, _), rest @ ..] = tokens.as_slice() else { return None };
    let rename = rest.iter().position(|token| token.0 == TK_RENAME)?;
    match rest.get(rename + 1..)? {
        [(TK_COLUMNKW, _), (_, was), (TK_TO, _), (_, is), ..] | [(_, was), (TK_TO, _), (_, is), ..] => {
            Some((lowercase(was), lowercase(is)))
        }
        _ => None,
    }
}

fn lowercase(name: &str) -> String {
    unquoted(name).to_lowercase()
}

/// The column that an argument begins with, inside other functions or behind the name of its table, and what follows it.
fn column<'t, 's>(tokens: &'t [Token<'s>]) -> Option<(String, &'t [Token<'s>])> {
    match tokens {
        [(TokenType::TK_ID, _), (TokenType::TK_LP | TokenType::TK_DOT, _), rest @ ..] => column(rest),
        [(TokenType::TK_ID, name), rest @ ..] => Some((lowercase(name), rest)),
        _ => None,
    }
}

/// What follows the functions that stand around a column.
fn behind_functions<'t, 's>(mut tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
    while let [(TokenType::TK_RP, _), rest @ ..] = tokens {
        tokens = rest;
    }
    tokens
}

/// `) <= 100`: the number.
fn compared(tokens: &[Token<'_>]) -> Option<usize> {
    use TokenType::{TK_EQ, TK_GE, TK_GT, TK_LE, TK_LT, TK_NE};
    match tokens {
        [
            (TokenType::TK_RP, _),
            (TK_EQ | TK_GE | TK_GT | TK_LE | TK_LT | TK_NE, _),
            (TokenType::TK_INTEGER, number),
            ..,
        ] => number.parse().ok(),
        _ => None,
    }
}

/// `, 1, 100)`: where the text ends.
fn cut(tokens: &[Token<'_>]) -> Option<usize> {
    use TokenType::{TK_COMMA, TK_INTEGER};
    match behind_functions(tokens) {
        [(TK_COMMA, _), (TK_INTEGER, from), (TK_COMMA, _), (TK_INTEGER, length), ..] => {
            let (from, length): (usize, usize) = (from.parse().ok()?, length.parse().ok()?);
            Some(from.saturating_sub(1).saturating_add(length))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Uses;
    use crate::proof::rows::values::Sort;

    #[test]
    fn functions_say_what_a_column_holds() {
        let check = |sql: &str, expected: Option<Sort>| {
            let mut uses = Uses::default();
            uses.read(sql);
            assert_eq!(uses.sort("a"), expected, "{sql}");
        };
        check("UPDATE t SET b = json_extract(t.a, '$.b')", Some(Sort::Json));
        check("UPDATE t SET b = \"A\" ->> 'b'", Some(Sort::Json));
        check("CREATE INDEX i ON t (json_extract(coalesce(a, '{}'), '$.b'))", Some(Sort::Json));
        check("SELECT json_array(a), json_object('a', a), 'json(a)' FROM t", None);
        check("UPDATE t SET b = a ->> 'b' WHERE json_valid(a)", None);
        check("UPDATE t SET b = unixepoch(a)", Some(Sort::DateTime));
        check("UPDATE t SET b = strftime('%Y', NEW.a)", Some(Sort::DateTime));
        check("UPDATE t SET b = date(b)", None);
    }

    #[test]
    fn products_are_cut_to_whole_numbers() {
        let check = |sql: &str, expected: bool| {
            let mut uses = Uses::default();
            uses.read(sql);
            assert_eq!(uses.is_cut("a"), expected, "{sql}");
        };
        check("UPDATE t SET b = CAST(a * 100 AS INTEGER)", true);
        check("UPDATE t SET b = CAST(round(t.a) * 100 AS INTEGER)", true);
        check("UPDATE t SET b = CAST(a AS INTEGER) * 100", false);
    }

    #[test]
    fn texts_hold_what_a_script_replaces() {
        let check = |sql: &str, expected: &[&str]| {
            let mut uses = Uses::default();
            uses.read_parts(sql, "'/new/'");
            assert_eq!(uses.with_parts("a").collect::<Vec<_>>(), expected, "{sql}");
        };
        check("UPDATE t SET a = replace(lower(t.a), '/old/', '/new/')", &["/old/x/old/"]);
        check("UPDATE t SET a = rtrim(a, '.jpg')", &[".jpgx.jpg"]);
        check("UPDATE t SET a = replace(a, '/new/', '/old/')", &[]);
        check("REPLACE INTO t (a) VALUES ('b')", &[]);
        check("UPDATE t SET a = trim(a)", &[]);
    }

    #[test]
    fn json_is_written_anew_unless_it_becomes_a_part() {
        let check = |sql: &str, expected: bool| {
            let mut uses = Uses::default();
            uses.read_rewritten(sql, "");
            assert_eq!(uses.is_rewritten("a"), expected, "{sql}");
        };
        check("UPDATE t SET a = json(a)", true);
        check("INSERT INTO n SELECT id, coalesce(jsonb(t.\"A\"), '{}') FROM t", true);
        check("UPDATE t SET b = json_set(b, '$.a', json(a))", false);
        check("UPDATE t SET a = json_set(a, '$.b', 1)", false);
    }

    #[test]
    fn the_length_that_matters_is_the_longest() {
        let check = |sql: &str, expected: Option<usize>| {
            let mut uses = Uses::default();
            uses.read(sql);
            assert_eq!(uses.length("a"), expected, "{sql}");
        };
        check("UPDATE t SET a = substr(a, 1, 100)", Some(100));
        check("UPDATE t SET a = substr(trim(a), 3, 40) WHERE length(a) > 20", Some(42));
        check("DELETE FROM t WHERE length(a) >= 99999999", None);
        check("UPDATE t SET a = substr(a, instr(a, ' ') + 1)", None);
    }
}
