//! `foreign-key-mismatch`, `foreign-key-without-index`, `nullable-primary-key`: what is known of a table where all is applied.
//!
//! A parent or an index may be made by a later script, so all three are judged at the head, and told at the script that made the key.

use std::collections::BTreeMap;
use std::ops::Range;

use rusqlite::Connection;

use super::Finding;
use super::drops::drop_of;
use super::statement::{Word, head, statements};
use crate::chain::Assembled;
use crate::graph::Index;
use crate::message::{Level, Message};
use crate::problem::listed;
use crate::schema::{self, Changes, Definition, ForeignKey, Indexed, Key, Kind, Name, Object, Schema, Table};
use crate::script::sqlite::{TokenType, quoted, words_of};
use crate::script::{ParsedScript, SectionKind};

pub(super) const MISMATCH: Message = Message {
    code: "foreign-key-mismatch",
    level: Level::Deny,
    summary: "a foreign key refers to a table that is not there, or to columns that are no key",
    explanation: "\
SQLite takes such a foreign key when it is made, and refuses every write later: \"foreign key
mismatch\", or \"no such table\" (<https://sqlite.org/foreignkeys.html#fk_indexes>). The parent columns
must be its PRIMARY KEY, or have a UNIQUE constraint or a unique index, on exactly these columns, with
their own collations and without WHERE.

    CREATE TABLE photos (id INTEGER PRIMARY KEY, uuid TEXT);
    CREATE TABLE faces (photo TEXT REFERENCES photos (uuid));     -- `uuid` is not UNIQUE

Way out: refer to the primary key, make the parent columns unique (`CREATE UNIQUE INDEX … ON photos
(uuid)`), or correct the name. It is judged where the whole chain is applied: the parent may come later.",
};

pub(super) const WITHOUT_INDEX: Message = Message {
    code: "foreign-key-without-index",
    level: Level::Note,
    summary: "the columns of a foreign key have no index: deleting a parent reads the whole table",
    explanation: "\
Whenever a row of the parent is deleted or its key changes, SQLite looks for rows that refer to it
(<https://sqlite.org/foreignkeys.html#fk_indexes>). Without an index that begins with the columns of
the foreign key it reads the whole child table, each time.

    CREATE TABLE faces (id INTEGER PRIMARY KEY, photo INTEGER REFERENCES photos);

Way out: `CREATE INDEX ix_faces_photo ON faces (photo);`, in this script or a later one. A small table
needs none.",
};

pub(super) const NULLABLE: Message = Message {
    code: "nullable-primary-key",
    level: Level::Note,
    summary: "a primary key takes NULL, any number of times",
    explanation: "\
For a mistake of its early days, SQLite takes NULL in a PRIMARY KEY that is not INTEGER, unless the
table is STRICT or WITHOUT ROWID (<https://sqlite.org/quirks.html#primary_keys_can_sometimes_contain_nulls>).

    CREATE TABLE tags (name TEXT PRIMARY KEY);      -- takes a hundred rows without a name

Way out: `name TEXT NOT NULL PRIMARY KEY`, or make the table STRICT or WITHOUT ROWID.",
};

/// Which script made which keys.
#[derive(Debug, Default)]
pub(super) struct Introduced {
    foreign: BTreeMap<(Name, ForeignKey), Index>,
    primary: BTreeMap<Name, Index>,
    /// Which script took a table or an index of it away at last, and what it is called; by the table.
    gone: BTreeMap<Name, (Index, Key)>,
}

impl Introduced {
    /// Notes the keys that an upgrade made.
    pub(super) fn note(&mut self, script: Index, made: &Changes) {
        for (key, change) in made.objects.iter().rev().filter(|(_, change)| change.is.is_none()) {
            let table = change.was.as_ref().map(|was| was.table().clone()).unwrap_or_default();
            if matches!(key.0, Kind::Table | Kind::Index) {
                self.gone.insert(table, (script, key.clone()));
            }
        }
        for ((_, name), change) in made.objects.iter().filter(|((kind, _), _)| *kind == Kind::Table) {
            let (was, is) = (
                change.was.as_deref().and_then(Object::as_table),
                change.is.as_deref().and_then(Object::as_table),
            );
            let Some(is) = is else { continue };
            let old = |key: &ForeignKey| was.is_some_and(|was| was.foreign_keys.contains(key));
            for key in is.foreign_keys.iter().filter(|key| !old(key)) {
                self.foreign.insert((name.clone(), key.clone()), script);
            }
            if was.is_none_or(|was| !takes_null(was)) {
                self.primary.insert(name.clone(), script);
            }
        }
    }
}

/// Rule: a foreign key refers to a key, and has an index; a primary key is never NULL.
pub(super) fn check(
    assembled: &Assembled,
    connection: &Connection,
    schema: &Schema,
    introduced: &Introduced,
    is_whole: bool,
) -> Vec<(Index, Finding)> {
    let mut found = Vec::new();
    for (name, table) in schema.tables() {
        let refusal = if table.foreign_keys.is_empty() { None } else { mismatch(connection, name) };
        for key in &table.foreign_keys {
            let Some((index, script)) =
                script_of(assembled, introduced.foreign.get(&(Name::new(name), key.clone())))
            else {
                continue;
            };
            let place = || place_of_foreign_key(script, name, key);
            let taken = || taken_away(assembled, introduced, index, &key.parent);
            if schema.object(Kind::Table, key.parent.as_str()).is_none() {
                if is_whole {
                    let (index, place) = taken().unwrap_or_else(|| (index, place()));
                    found.push((index, without_parent(place, name, key)));
                }
            } else if refusal.as_deref().is_some_and(|refusal| names_parent(refusal, key))
                && !is_key(schema, key)
            {
                let (index, place) = taken().unwrap_or_else(|| (index, place()));
                found.push((index, no_key(place, name, key)));
            } else if !has_index(schema, name, table, &key.columns) {
                found.push((index, without_index(place(), name, key)));
            }
        }
        if takes_null(table)
            && let Some((index, script)) = script_of(assembled, introduced.primary.get(&Name::new(name)))
        {
            found.push((index, nullable(place_of_table(script, name), name)));
        }
    }
    found
}

/// A later script that took the parent, or an index of it, away, and where.
fn taken_away(
    assembled: &Assembled,
    introduced: &Introduced,
    made_by: Index,
    parent: &Name,
) -> Option<(Index, Range<usize>)> {
    let (index, (kind, name)) = introduced.gone.get(parent)?;
    let script = assembled.scripts.get(*index).filter(|_| *index > made_by)?;
    Some((*index, drop_of(script, SectionKind::Upgrade, *kind, name.as_str())?))
}

/// Whether SQLite's refusal is about the parent of a foreign key.
fn names_parent(refusal: &str, key: &ForeignKey) -> bool {
    refusal.ends_with(&format!("referencing \"{}\"", key.parent))
}

fn script_of<'a>(assembled: &'a Assembled, index: Option<&Index>) -> Option<(Index, &'a ParsedScript)> {
    Some((*index?, assembled.scripts.get(*index?)?))
}

/// What SQLite says of the foreign keys of a table, where it refuses to check them.
fn mismatch(connection: &Connection, table: &str) -> Option<String> {
    let check = connection.prepare(&format!("PRAGMA main.foreign_key_check({})", quoted(table)));
    let error = check.and_then(|mut check| check.query([])?.next().map(|_| ())).err()?;
    Some(words_of(&error).0).filter(|message| message.starts_with("foreign key mismatch"))
}

/// Whether the parent's columns are certainly a key: SQLite names the parent only, and a table may refer to it twice.
fn is_key(schema: &Schema, key: &ForeignKey) -> bool {
    let Some(parent) = schema.table(key.parent.as_str()) else { return false };
    let primary = primary_key(parent);
    if key.parent_columns.is_empty() {
        return primary.len() == key.columns.len();
    }
    let same = |columns: &[Name]| {
        columns.len() == key.parent_columns.len()
            && columns.iter().all(|column| key.parent_columns.contains(column))
    };
    let mut unique = indexes(schema, key.parent.as_str()).filter(|index| index.unique);
    same(&primary)
        || unique_constraints(parent).any(|columns| same(&columns))
        || unique.any(|index| same(&columns_of(index)))
}

/// The indexes of a table that hold all of its rows.
fn indexes<'s>(schema: &'s Schema, table: &'s str) -> impl Iterator<Item = &'s schema::Index> {
    let on_the_table = schema.of_kind(Kind::Index).filter(move |object| object.table().is(table));
    on_the_table.filter_map(|object| match object.definition() {
        Definition::Index(index) if index.filter.is_none() => Some(index),
        _ => None,
    })
}

/// The columns that an index begins with, up to an expression.
fn columns_of(index: &schema::Index) -> Vec<Name> {
    let columns = index.terms.iter().map_while(|term| match &term.what {
        Indexed::Column(column) => Some(column.clone()),
        Indexed::Expression(_) => None,
    });
    columns.collect()
}

fn primary_key(table: &Table) -> Vec<Name> {
    let columns = table.primary_key.iter().flat_map(|key| &key.columns);
    columns.map(|column| column.column.clone()).collect()
}

fn unique_constraints(table: &Table) -> impl Iterator<Item = Vec<Name>> {
    table.unique.iter().map(|unique| unique.columns.iter().map(|column| column.column.clone()).collect())
}

/// Whether an index, a UNIQUE constraint or the primary key begins with some columns, in any order of them.
fn has_index(schema: &Schema, name: &str, table: &Table, columns: &[Name]) -> bool {
    let begins = |index: &[Name]| {
        index.get(..columns.len()).is_some_and(|start| columns.iter().all(|column| start.contains(column)))
    };
    begins(&primary_key(table))
        || unique_constraints(table).any(|unique| begins(&unique))
        || indexes(schema, name).any(|index| begins(&columns_of(index)))
}

/// Whether a primary key takes NULL.
fn takes_null(table: &Table) -> bool {
    let key = primary_key(table);
    let may_be_null =
        |name: &Name| table.column(name.as_str()).is_some_and(|column| column.not_null.is_none());
    !table.strict && !table.without_rowid && table.rowid_alias().is_none() && key.iter().any(may_be_null)
}

fn written(names: &[Name]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn without_parent(place: Range<usize>, table: &str, key: &ForeignKey) -> Finding {
    Finding::new(
        &MISMATCH,
        place,
        format!(
            "a foreign key of `{table}` refers to table `{}`, which is not there where the whole chain is applied",
            key.parent
        ),
        "SQLite refuses every row that has such a key",
        "correct the name, or make the table",
    )
}

fn no_key(place: Range<usize>, table: &str, key: &ForeignKey) -> Finding {
    let to = written(&key.parent_columns);
    let columns = if to.is_empty() { "its primary key".to_owned() } else { listed(&to) };
    Finding::new(
        &MISMATCH,
        place,
        format!(
            "a foreign key of `{table}` refers to {columns} of `{}`, which no constraint makes unique",
            key.parent
        ),
        "SQLite refuses every write with `foreign key mismatch`",
        "refer to the primary key, or make the columns unique with a UNIQUE constraint or a unique index",
    )
}

fn without_index(place: Range<usize>, table: &str, key: &ForeignKey) -> Finding {
    let columns = written(&key.columns);
    Finding::new(
        &WITHOUT_INDEX,
        place,
        format!("no index begins with {} of `{table}`, which refers to `{}`", listed(&columns), key.parent),
        "deleting a parent reads the whole table",
        format!(
            "where `{table}` grows large: `CREATE INDEX ix_{table}_{} ON {table} ({});`",
            columns.join("_"),
            columns.join(", ")
        ),
    )
}

fn nullable(place: Range<usize>, table: &str) -> Finding {
    Finding::new(
        &NULLABLE,
        place,
        format!("the primary key of `{table}` takes NULL, any number of times"),
        "made here",
        "write `NOT NULL` beside it, or make the table STRICT or WITHOUT ROWID",
    )
}

/// Where an upgrade makes a table; else its marker.
fn place_of_table(script: &ParsedScript, table: &str) -> Range<usize> {
    let Some(section) = script.section(SectionKind::Upgrade) else { return 0..0 };
    let mut names = statements(script, section).filter_map(|words| {
        let made = head(&words).filter(|head| head.name.eq_ignore_ascii_case(table)).map(|head| head.span);
        made.or_else(|| renamed(&words, table))
    });
    names.next().unwrap_or_else(|| section.marker.clone())
}

fn renamed(words: &[Word<'_>], table: &str) -> Option<Range<usize>> {
    let is_alter = words.first()?.token == TokenType::TK_ALTER;
    words.iter().filter(|_| is_alter).find(|word| word.names(table)).map(|word| word.span.clone())
}

/// Where an upgrade refers to the parent of a foreign key: in the statement that names its columns; else where it makes the table.
fn place_of_foreign_key(script: &ParsedScript, table: &str, key: &ForeignKey) -> Range<usize> {
    let references = |words: Vec<Word<'_>>| {
        let has_columns =
            key.columns.iter().all(|column| words.iter().any(|word| word.names(column.as_str())));
        let mut last_column = false;
        let position = words.windows(2).position(|pair| match pair {
            [word, parent] => {
                last_column |= key.columns.iter().any(|column| word.names(column.as_str()));
                last_column && word.token == TokenType::TK_REFERENCES && parent.names(key.parent.as_str())
            }
            _ => false,
        })?;
        let pair = words.get(position..position + 2).filter(|_| has_columns)?;
        Some(pair.first()?.span.start..pair.last()?.span.end)
    };
    let section = script.section(SectionKind::Upgrade);
    let found = section.and_then(|section| statements(script, section).find_map(references));
    found.unwrap_or_else(|| place_of_table(script, table))
}
