//! Makes a table anew, where `ALTER TABLE` cannot change it (<https://sqlite.org/lang_altertable.html#otheralter>).
//!
//! The new table is made under another name, the rows are copied, the old table is dropped, the new one takes its name. Scripts run with the
//! enforcement of foreign keys off, so dropping the old table deletes no row of another, and what refers to its name refers to the new one.
//! Rowids, the counter of AUTOINCREMENT and indexes are carried over here; triggers, and views over the table, by whoever orders the steps:
//! they have to be gone when the new table takes its name.

use rusqlite::Connection;

use super::changed::Changed;
use super::fill::{fill, may_lose, type_review};
use super::mend::{Mend, mends};
use super::mention::plain;
use super::step::{Step, Way};
use crate::schema::{Column, Conflict, Kind, Name, Schema, Table, identifier};
use crate::script::sqlite::{Kind as Lexical, TokenType, lex};

/// The words for a rowid, as long as no column has them (<https://sqlite.org/rowidtable.html>).
const ROWID: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// A longer list of columns takes a line a column.
const LONGEST_LIST: usize = 80;

/// The word for the rowid of a table; none where it has none, or no free word for it.
pub(super) fn rowid_word(table: &Table) -> Option<&'static str> {
    ROWID.into_iter().find(|word| table.column(word).is_none()).filter(|_| !table.without_rowid)
}

/// The statements that make a table anew, with the indexes that stay.
pub(super) fn step(changed: &Changed<'_>, schemas: [&Schema; 2], connection: &Connection, way: Way) -> Step {
    let Changed { name, was, is, .. } = changed;
    let temporary = free_name(name, schemas);
    let mends = mends(changed, schemas, connection, way);
    let [_, after] = schemas;
    let copy = Copier { changed, target: after, mends, connection, way }.copy();
    let (old, new) = (identifier(name), identifier(&temporary));
    let mut statements = vec![with_qualifier(&is.ddl(&temporary), name, &new)];
    statements.extend(copy.statement(&old, &new, is));
    if counts(was) && counts(is) {
        statements.extend(carry_the_counter(name, &temporary));
    }
    statements.push(format!("DROP TABLE {old};"));
    statements.push(format!("ALTER TABLE {new} RENAME TO {old};"));
    statements.extend(indexes_that_stay(name, schemas));
    let mut reasons: Vec<String> = changed.detected.iter().map(ToString::to_string).collect();
    reasons.push(format!("`{name}` is made anew, since ALTER TABLE cannot do this"));
    Step { reasons, reviews: copy.reviews, statements }
}

/// The indexes of a table that are the same before and after, in their own words.
pub(super) fn indexes_that_stay(table: &str, [was, is]: [&Schema; 2]) -> Vec<String> {
    let table = Name::new(table);
    let of_table = was.of_kind(Kind::Index).filter(|index| *index.table() == table);
    let stay = of_table.filter(|index| is.objects.get(&index.key()).is_some_and(|other| other == *index));
    stay.map(|index| format!("{};", index.sql())).collect()
}

fn counts(table: &Table) -> bool {
    table.primary_key.as_ref().is_some_and(|key| key.autoincrement)
}

fn carry_the_counter(old: &str, new: &str) -> [String; 2] {
    let literal = |name: &str| format!("'{}'", name.replace('\'', "''"));
    let (old, new) = (literal(old), literal(new));
    [
        format!("DELETE FROM sqlite_sequence WHERE name = {new};"),
        format!(
            "INSERT INTO sqlite_sequence (name, seq)\nSELECT {new}, seq FROM sqlite_sequence WHERE name = {old};"
        ),
    ]
}

fn free_name(table: &str, schemas: [&Schema; 2]) -> String {
    let is_taken = |name: &str| {
        let name = Name::new(name);
        schemas.iter().any(|schema| schema.objects.keys().any(|(_, other)| *other == name))
    };
    let mut name = format!("new_{table}");
    while is_taken(&name) {
        name.insert_str(0, "new_");
    }
    name
}

/// A constraint may name the table before a column; SQLite puts the old name back when the table takes it.
fn with_qualifier(ddl: &str, table: &str, new: &str) -> String {
    let lexemes = lex(ddl);
    let mut text = String::with_capacity(ddl.len());
    let mut end = 0;
    for pair in lexemes.windows(2) {
        let [qualifier, dot] = pair else { continue };
        let word = ddl.get(qualifier.span.clone()).unwrap_or_default();
        if dot.kind == Lexical::Token(TokenType::TK_DOT) && plain(word).eq_ignore_ascii_case(table) {
            text.push_str(ddl.get(end..qualifier.span.start).unwrap_or_default());
            text.push_str(new);
            end = qualifier.span.end;
        }
    }
    text + ddl.get(end..).unwrap_or_default()
}

/// What is copied: the new columns, and what each gets.
#[derive(Default)]
struct Copy {
    into: Vec<String>,
    values: Vec<String>,
    reviews: Vec<String>,
}

/// Decides what is copied.
struct Copier<'a> {
    changed: &'a Changed<'a>,
    target: &'a Schema,
    mends: Vec<Mend>,
    connection: &'a Connection,
    way: Way,
}

impl Copier<'_> {
    fn copy(&self) -> Copy {
        let mut copy = Copy::default();
        let Changed { was, is, .. } = self.changed;
        if let (Some(from), Some(to), None) = (rowid_word(was), rowid_word(is), is.rowid_alias()) {
            copy.add(to.to_owned(), from.to_owned());
        }
        for column in is.columns.iter().filter(|column| column.generated.is_none()) {
            if let Some(value) = self.value(column, &mut copy.reviews) {
                copy.add(identifier(&column.name), value);
            }
        }
        copy
    }

    /// What a column gets; nothing where its default is right.
    fn value(&self, column: &Column, reviews: &mut Vec<String>) -> Option<String> {
        let Changed { name, was, is, .. } = self.changed;
        let is_rowid = is.rowid_alias().is_some_and(|alias| alias.name == column.name);
        let must_be_there = column.not_null.is_some() || (is_in_key(is, column) && !is_rowid);
        let mut filled = || {
            let known = (rowid_word(was), self.target);
            let fill = fill(self.connection, self.changed, column, known, self.way);
            reviews.extend(fill.review);
            fill.value
        };
        let Some(before) = was.column(&column.name) else {
            return match (is_rowid, &column.default) {
                (true, _) => rowid_word(was).map(str::to_owned),
                (false, default)
                    if must_be_there && (default.is_none() || self.changed.must_differ(column)) =>
                {
                    Some(filled())
                }
                (false, Some(_)) if self.changed.must_differ(column) => Some("NULL".to_owned()),
                (false, _) => None,
            };
        };
        let own = identifier(&before.name);
        let mut value = if column.not_null.is_some() && before.not_null.is_none() && !is_alias(was, before) {
            format!("coalesce({own}, {})", filled())
        } else {
            own
        };
        if may_lose((before, was), (column, is)) {
            reviews.extend(self.way.asks(|| type_review(name, before, column)));
        }
        for mend in self.mends.iter().filter(|mend| mend.column == column.name) {
            value = mend.instead_of(&value);
            reviews.extend(mend.review.clone());
        }
        Some(value)
    }
}

impl Copy {
    fn add(&mut self, column: String, value: String) {
        self.into.push(column);
        self.values.push(value);
    }

    /// Every row is copied or the statement fails, whatever conflict clauses the new table has.
    fn statement(&self, old: &str, new: &str, is: &Table) -> Option<String> {
        let or_abort = if has_conflict_clauses(is) { " OR ABORT" } else { "" };
        let (into, values) = (list(&self.into), list(&self.values));
        let columns = if into.contains('\n') { format!("({into}\n)") } else { format!("({into})") };
        let gap = if values.contains('\n') { "" } else { " " };
        (!self.into.is_empty())
            .then(|| format!("INSERT{or_abort} INTO {new} {columns}\nSELECT{gap}{values}\nFROM {old};"))
    }
}

fn list(words: &[String]) -> String {
    let line = words.join(", ");
    if line.len() <= LONGEST_LIST { line } else { format!("\n    {}", words.join(",\n    ")) }
}

fn is_in_key(table: &Table, column: &Column) -> bool {
    table.primary_key.iter().flat_map(|key| &key.columns).any(|key| key.column.is(&column.name))
}

fn is_alias(table: &Table, column: &Column) -> bool {
    table.rowid_alias().is_some_and(|alias| alias.name == column.name)
}

fn has_conflict_clauses(table: &Table) -> bool {
    let keys = table.primary_key.iter().map(|key| key.on_conflict);
    let unique = table.unique.iter().map(|unique| unique.on_conflict);
    let not_null = table.columns.iter().filter_map(|column| Some(column.not_null.as_ref()?.on_conflict));
    keys.chain(unique).chain(not_null).any(|conflict| conflict != Conflict::Abort)
}
