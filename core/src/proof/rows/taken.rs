//! Keys that rows of a user may have already: those that a script writes without minding, `INSERT OR REPLACE`, and those that it asks for,
//! `DELETE … WHERE key = 'theme'`.
//!
//! What such a script does to rows that are not its own is only seen where such a row is there. A key that a script brings itself, by a plain
//! INSERT or by changing another one, is its own: there it has to be free. Statements of upgrades are read token by token.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::Cell;
use super::literals::literal;
use super::uses::{Token, tokens};
use crate::schema::{Definition, Indexed, Kind, Schema, Table};
use crate::script::sqlite::{TokenType, unquoted};

/// How many rows are heeded for one table.
const MOST: usize = 3;

/// Values by column, as far as they are known.
type Given = BTreeMap<Column, Cell>;

/// A column as a statement has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    /// In lowercase.
    Name(String),
    /// Its place in the table.
    Place(usize),
}

/// What scripts do to the keys of one table.
#[derive(Debug, Clone, Default)]
struct Keys {
    /// Rows that scripts write without minding whether their key is taken.
    written: Vec<Given>,
    /// Rows that scripts ask for.
    asked_for: Vec<Given>,
    /// Rows that scripts bring, which cannot be there before.
    brought: Vec<Given>,
    /// Something brings rows that cannot be told.
    is_unclear: bool,
}

/// By the name of the table, in lowercase.
#[derive(Debug, Clone, Default)]
pub(super) struct Taken {
    by_table: BTreeMap<String, Keys>,
}

impl Taken {
    /// Takes what a statement of an upgrade says.
    pub(super) fn read(&mut self, sql: &str) {
        let tokens = tokens(sql);
        let Some((first, _)) = tokens.first() else { return };
        match first {
            TokenType::TK_INSERT | TokenType::TK_REPLACE => self.read_insert(&tokens),
            TokenType::TK_UPDATE | TokenType::TK_DELETE => self.read_change(&tokens),
            TokenType::TK_WITH => {
                if let Some((table, _)) = behind(&tokens, TokenType::TK_INTO).and_then(name) {
                    self.by_table.entry(table).or_default().is_unclear = true;
                }
            }
            _ => {}
        }
    }

    /// The keys that rows of a table may have, each as values by the column's name in lowercase.
    pub(super) fn rows(&self, schema: &Schema, name: &str, table: &Table) -> Vec<Vec<(String, Cell)>> {
        let known = self.by_table.get(&name.to_lowercase()).filter(|known| !known.is_unclear);
        let Some(known) = known else { return Vec::new() };
        let keys = in_keys(schema, name, table);
        let columns: Vec<String> =
            table.columns.iter().filter(|column| column.generated.is_none()).map(lowercase).collect();
        let named = |given: &Given| -> Vec<(String, Cell)> {
            let named = given.iter().filter_map(|(column, cell)| {
                let column = match column {
                    Column::Name(column) => column,
                    Column::Place(place) => columns.get(*place)?,
                };
                Some((column.clone(), cell.clone()))
            });
            named.collect()
        };
        let of_keys = |mut row: Vec<(String, Cell)>| {
            row.retain(|(column, _)| keys.contains(column));
            row
        };
        let brought: BTreeSet<(String, Cell)> =
            known.brought.iter().flat_map(|row| of_keys(named(row))).collect();
        let may_be_there = |row: &Vec<(String, Cell)>| {
            let key = of_keys(row.clone());
            !key.is_empty() && !key.iter().any(|value| brought.contains(value))
        };
        // What a script writes is not what was there: beside the key the row is another one.
        let written = known.written.iter().map(|row| of_keys(named(row)));
        let asked_for = known.asked_for.iter().map(named);
        written.chain(asked_for).filter(may_be_there).take(MOST).collect()
    }

    fn read_insert(&mut self, tokens: &[Token<'_>]) {
        let Some((table, rest)) = behind(tokens, TokenType::TK_INTO).and_then(name) else { return };
        let (columns, rest) = match rest {
            [(TokenType::TK_LP, _), inside @ ..] => {
                let (columns, rest) = list(inside);
                (
                    columns.into_iter().map(|tokens| tokens.first().map(|token| column(token.1))).collect(),
                    rest,
                )
            }
            rest => (Vec::new(), rest),
        };
        let place = |number: usize| match columns.get(number) {
            Some(column) => column.clone(),
            None => Some(Column::Place(number)),
        };
        let given = |values: Vec<&[Token<'_>]>| -> Given {
            let values = values.into_iter().enumerate();
            values.filter_map(|(number, value)| Some((place(number)?, literal(value)?))).collect()
        };
        let rows: Vec<Given> = rows(rest).into_iter().map(given).collect();
        let known = self.by_table.entry(table).or_default();
        if minds_nothing(tokens) { &mut known.written } else { &mut known.brought }.extend(rows);
    }

    fn read_change(&mut self, tokens: &[Token<'_>]) {
        let head = tokens.iter().position(|token| {
            matches!(token.0, TokenType::TK_SET | TokenType::TK_WHERE | TokenType::TK_SEMI)
        });
        let (head, rest) = tokens.split_at(head.unwrap_or(tokens.len()));
        let is_table = |token: &&Token<'_>| token.0 == TokenType::TK_ID;
        let Some((_, table)) = head.iter().rfind(is_table) else { return };
        let condition = rest.iter().position(|token| token.0 == TokenType::TK_WHERE);
        let (set, condition) = rest.split_at(condition.unwrap_or(rest.len()));
        let (set, condition) = (equal(set), equal(condition));
        let known = self.by_table.entry(unquoted(table).to_lowercase()).or_default();
        known.brought.extend((!set.is_empty()).then_some(set));
        known.asked_for.extend((!condition.is_empty()).then_some(condition));
    }
}

/// Whether an INSERT goes on where its key is taken.
fn minds_nothing(tokens: &[Token<'_>]) -> bool {
    use TokenType::{TK_CONFLICT, TK_EXISTS, TK_IGNORE, TK_NOT, TK_ON, TK_OR, TK_REPLACE};
    let says = |pair: &[Token<'_>]| {
        matches!(
            pair,
            [(TK_OR, _), (TK_REPLACE | TK_IGNORE, _)]
                | [(TK_ON, _), (TK_CONFLICT, _)]
                | [(TK_NOT, _), (TK_EXISTS, _)]
        )
    };
    matches!(tokens, [(TK_REPLACE, _), ..]) || tokens.windows(2).any(says)
}

/// The columns that stand in a primary key, a UNIQUE constraint or a unique index, in lowercase.
fn in_keys(schema: &Schema, name: &str, table: &Table) -> BTreeSet<String> {
    let primary = table.primary_key.iter().flat_map(|key| &key.columns);
    let unique = table.unique.iter().flat_map(|unique| &unique.columns);
    let mut keys: BTreeSet<String> =
        primary.chain(unique).map(|key| key.column.as_str().to_lowercase()).collect();
    for object in schema.of_kind(Kind::Index) {
        let Definition::Index(index) = object.definition() else { continue };
        let terms = index.terms.iter().filter(|_| index.unique && index.table.is(name));
        keys.extend(terms.filter_map(|term| match &term.what {
            Indexed::Column(column) => Some(column.as_str().to_lowercase()),
            Indexed::Expression(_) => None,
        }));
    }
    keys
}

fn lowercase(column: &crate::schema::Column) -> String {
    column.name.to_lowercase()
}

fn column(name: &str) -> Column {
    Column::Name(unquoted(name).to_lowercase())
}

/// What follows the first token of this kind.
fn behind<'t, 's>(tokens: &'t [Token<'s>], kind: TokenType) -> Option<&'t [Token<'s>]> {
    let place = tokens.iter().position(|token| token.0 == kind)?;
    tokens.get(place + 1..)
}

/// The name of a table, behind that of its database, in lowercase, and what follows it.
fn name<'t, 's>(tokens: &'t [Token<'s>]) -> Option<(String, &'t [Token<'s>])> {
    match tokens {
        [_, (TokenType::TK_DOT, _), rest @ ..] => name(rest),
        [(_, name), rest @ ..] => Some((unquoted(name).to_lowercase(), rest)),
        [] => None,
    }
}

/// The items of a list, up to its end, and what follows that.
fn list<'t, 's>(tokens: &'t [Token<'s>]) -> (Vec<&'t [Token<'s>]>, &'t [Token<'s>]) {
    use TokenType::{TK_COMMA, TK_FROM, TK_LP, TK_RP, TK_SEMI, TK_UNION, TK_WHERE};
    let (mut items, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (place, (kind, _)) in tokens.iter().enumerate() {
        let is_end = depth == 0 && matches!(kind, TK_FROM | TK_RP | TK_SEMI | TK_UNION | TK_WHERE);
        if is_end || depth == 0 && *kind == TK_COMMA {
            items.extend(tokens.get(start..place));
            start = place + 1;
        }
        if is_end {
            return (items, tokens.get(start..).unwrap_or_default());
        }
        match kind {
            TK_LP => depth += 1,
            TK_RP => depth -= 1,
            _ => {}
        }
    }
    items.extend(tokens.get(start..));
    (items, &[])
}

/// The rows of `VALUES (…), (…)`, and the one of `SELECT …`.
fn rows<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<Vec<&'t [Token<'s>]>> {
    let mut found = Vec::new();
    match tokens {
        [(TokenType::TK_SELECT, _), rest @ ..] => found.push(list(rest).0),
        [(TokenType::TK_VALUES, _), rest @ ..] => {
            let mut rest = rest;
            while let [(TokenType::TK_LP, _), inside @ ..] = rest {
                let (row, after) = list(inside);
                found.push(row);
                rest = after.strip_prefix(&[(TokenType::TK_COMMA, ",")]).unwrap_or_default();
            }
        }
        _ => {}
    }
    found
}

/// The columns that are equal to a value, or to the first of some: `key = 'theme'`, `id IN (1, 2)`.
fn equal(tokens: &[Token<'_>]) -> Given {
    use TokenType::{TK_EQ, TK_ID, TK_IN, TK_IS, TK_KEY, TK_LP};
    let mut given = Given::new();
    for place in 0..tokens.len() {
        let ([(TK_ID | TK_KEY, name), (TK_EQ | TK_IS, _), value, ..]
        | [(TK_ID | TK_KEY, name), (TK_IN, _), (TK_LP, _), value, ..]) =
            tokens.get(place..).unwrap_or_default()
        else {
            continue;
        };
        if let Some(cell) = literal(std::slice::from_ref(value)) {
            given.entry(column(name)).or_insert(cell);
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::Taken;
    use crate::schema::{Column, Conflict, KeyColumn, Name, Schema, Table, Unique};

    fn told(statements: &[&str]) -> String {
        let mut taken = Taken::default();
        for sql in statements {
            taken.read(sql);
        }
        let columns =
            ["id", "key", "value"].map(|name| Column { name: name.to_owned(), ..Column::default() });
        let key = |name: &str| KeyColumn { column: Name::new(name), collation: None, descending: false };
        let unique =
            Unique { columns: vec![key("id"), key("Key")], name: None, on_conflict: Conflict::default() };
        let table = Table { columns: columns.to_vec(), unique: vec![unique], ..Table::default() };
        let rows = taken.rows(&Schema::default(), "T", &table);
        let row = |row: Vec<(String, super::Cell)>| {
            row.iter().map(|(column, cell)| format!("{column}={cell}")).collect::<Vec<_>>().join(" ")
        };
        rows.into_iter().map(row).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn keys_that_a_script_writes_without_minding_or_asks_for() {
        let check = |sql: &str, expected: &str| assert_eq!(told(&[sql]), expected, "{sql}");
        check("INSERT OR REPLACE INTO t VALUES (1, 'a', 'x'), (-2, lower('b'), 'y')", "id=1 key='a'; id=-2");
        check("REPLACE INTO main.\"T\" (value, \"key\") VALUES ('x', 'it''s')", "key='it''s'");
        check("INSERT INTO t (key) SELECT 'a' WHERE NOT EXISTS (SELECT 1 FROM t WHERE key = 'a')", "key='a'");
        check("INSERT INTO t (key, value) VALUES ('a', 1) ON CONFLICT (key) DO NOTHING", "key='a'");
        check("DELETE FROM t WHERE key IN ('a', 'b') AND value = 3", "key='a' value=3");
        check("UPDATE t SET value = 1 WHERE id = 7", "id=7");
        check("INSERT INTO t VALUES (1, 'a', replace('x', 'y', 'z'))", "");
        check("INSERT OR IGNORE INTO t SELECT * FROM u", "");
        check("DELETE FROM t WHERE value = 3 OR key LIKE 'a%'", "");
    }

    #[test]
    fn keys_that_scripts_bring_are_free() {
        let delete = "DELETE FROM t WHERE key = 'a'";
        assert_eq!(told(&["INSERT INTO t (key) VALUES ('a')", delete]), "");
        assert_eq!(told(&["INSERT INTO t (key) VALUES ('b')", delete]), "key='a'");
        assert_eq!(told(&["UPDATE t SET key = 'a' WHERE key = 'b'", delete]), "key='b'");
        assert_eq!(told(&["WITH n AS (VALUES (1)) INSERT INTO t SELECT * FROM n", delete]), "");
    }
}
