//! Writes a schema as readable SQL.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::difference::Constraint;
use super::sqlite::without_a_comment_behind;
use super::{
    Action, Column, Conflict, Definition, Expression, ForeignKey, Index, IndexTerm, Indexed, KeyColumn, Kind,
    Name, Object, Schema, Table, identifier,
};
use crate::script::sqlite::{is_literal, quoted};

impl Schema {
    /// Returns a script that creates this schema in an empty database: tables, parents first, then
    /// indexes, views and triggers. Each column is on a separate line.
    ///
    /// Tables and indexes are generated. Views, triggers, virtual tables and objects that the
    /// grammar cannot parse keep their text.
    #[must_use]
    pub fn ddl(&self) -> String {
        let objects = self.in_order();
        let of_kind = |kind| objects.iter().filter(move |object| object.kind() == kind);
        let written = |kind| of_kind(kind).map(|object| object.ddl()).collect::<Vec<_>>();
        let blocks = [
            written(Kind::Table).join("\n\n"),
            written(Kind::Index).join("\n"),
            written(Kind::View).join("\n\n"),
            written(Kind::Trigger).join("\n\n"),
        ];
        let blocks: Vec<String> = blocks.into_iter().filter(|block| !block.is_empty()).collect();
        if blocks.is_empty() { String::new() } else { blocks.join("\n\n") + "\n" }
    }

    /// Returns the objects in an order in which they can be created: tables, parents first, then
    /// indexes, views and triggers.
    #[must_use]
    pub fn in_order(&self) -> Vec<&Object> {
        let others = [Kind::Index, Kind::View, Kind::Trigger].into_iter().flat_map(|kind| self.of_kind(kind));
        parents_first(self).into_iter().chain(others.map(Arc::as_ref)).collect()
    }
}

impl Object {
    /// Returns the statement that drops this object, including its semicolon.
    #[must_use]
    pub fn drop_ddl(&self) -> String {
        format!("DROP {} {};", self.kind().word().to_uppercase(), identifier(self.name()))
    }

    /// Returns the statement that creates this object, including its semicolon.
    #[must_use]
    pub fn ddl(&self) -> String {
        match self.definition() {
            Definition::Table(table) => table.ddl(self.name()),
            Definition::Index(index) => index.ddl(self.name()),
            Definition::VirtualTable(_)
            | Definition::View(_)
            | Definition::Trigger(_)
            | Definition::Unread(_) => {
                format!("{};", without_a_comment_behind(self.sql()))
            }
        }
    }
}

impl Table {
    /// Returns the statement that creates this table under the given name, including its semicolon.
    #[must_use]
    pub fn ddl(&self, name: &str) -> String {
        let inline = |constraint: &Constraint, column: &Column| {
            own_column(constraint, self).is_some_and(|own| own.is(&column.name))
        };
        let constraints = Constraint::all(self);
        let said_not_null = self.rowid_alias().filter(|_| self.primary_key.iter().any(|key| key.not_null.0));
        let columns = self.columns.iter().map(|column| {
            let own = || constraints.iter().filter(|constraint| inline(constraint, column));
            let is_key = |constraint: &&Constraint| matches!(constraint, Constraint::PrimaryKey(_));
            let (first, rest) = column_words(column);
            let words = [identifier(&column.name), first]
                .into_iter()
                .chain(own().filter(is_key).map(next_to_its_column));
            let not_null =
                said_not_null.filter(|alias| alias.name == column.name).map(|_| "NOT NULL".to_owned());
            let words = words
                .chain(not_null)
                .chain([rest])
                .chain(own().filter(|own| !is_key(own)).map(next_to_its_column));
            words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
        });
        let after = constraints.iter().filter(|constraint| own_column(constraint, self).is_none());
        let lines: Vec<String> =
            columns.chain(after.map(ToString::to_string)).map(|line| format!("    {line}")).collect();
        let options = [("STRICT", self.strict), ("WITHOUT ROWID", self.without_rowid)];
        let options: Vec<&str> = options.iter().filter(|(_, has)| *has).map(|(words, _)| *words).collect();
        let space = if options.is_empty() { "" } else { " " };
        format!("CREATE TABLE {} (\n{}\n){space}{};", identifier(name), lines.join(",\n"), options.join(", "))
    }
}

impl Index {
    /// Returns the statement that creates this index under the given name, including its semicolon.
    #[must_use]
    pub fn ddl(&self, name: &str) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        format!("CREATE {unique}INDEX {} {};", identifier(name), self.place())
    }

    /// Returns the part of the statement that begins with `ON`, such as
    /// `ON photos (taken_at DESC) WHERE …`.
    pub(super) fn place(&self) -> String {
        let terms: Vec<String> = self.terms.iter().map(term).collect();
        let mut words = format!("ON {} ({})", identifier(self.table.as_str()), terms.join(", "));
        if let Some(filter) = &self.filter {
            let _ = write!(words, " WHERE {}", filter.written);
        }
        words
    }
}

impl Column {
    /// Returns the column as written in a table: its name, its type and its own constraints.
    #[must_use]
    pub fn definition(&self) -> String {
        let line = column_line(self);
        let name = identifier(&self.name);
        if line.is_empty() { name } else { format!("{name} {line}") }
    }
}

impl ForeignKey {
    /// Returns the foreign key as written next to its only column.
    #[must_use]
    pub fn beside_its_column(&self) -> String {
        named(self.name.as_ref()) + &references(self)
    }
}

impl Conflict {
    /// Returns ` ON CONFLICT …` with its leading space, or an empty string for SQLite's default.
    #[must_use]
    pub fn clause(self) -> String {
        on_conflict(self)
    }
}

fn term(term: &IndexTerm) -> String {
    let mut words = match (&term.what, &term.collation) {
        (Indexed::Column(column), _) => identifier(column.as_str()),
        (Indexed::Expression(expression), None) => expression.written.clone(),
        (Indexed::Expression(expression), Some(_)) => format!("({})", expression.written),
    };
    if let Some(collation) = &term.collation {
        let _ = write!(words, " COLLATE {}", identifier(collation.as_str()));
    }
    if term.descending {
        words.push_str(" DESC");
    }
    words
}

/// Returns a column without its name, in two parts: the type, and the rest of the definition.
fn column_words(column: &Column) -> (String, String) {
    let mut rest = Vec::new();
    if let Some(not_null) = &column.not_null {
        rest.push(format!("{}NOT NULL{}", named(not_null.name.as_ref()), on_conflict(not_null.on_conflict)));
    }
    if let Some(default) = &column.default {
        rest.push(format!("DEFAULT {}", default_words(default)));
    }
    if let Some(collation) = &column.collation {
        rest.push(format!("COLLATE {}", identifier(collation.as_str())));
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        rest.push(format!("GENERATED ALWAYS AS ({}) {kind}", generated.expression.written));
    }
    (column.declared_type.as_ref().map(type_words).unwrap_or_default(), rest.join(" "))
}

/// Returns a declared type, in quotes unless it consists of words and an optional size.
fn type_words(declared: &Name) -> String {
    let (words, size) = declared.as_str().split_once('(').unwrap_or((declared.as_str(), "0)"));
    let is_word = |word: &str| identifier(word) == word;
    let is_size = |letter: char| letter.is_ascii_alphanumeric() || "+-,.)".contains(letter);
    if words.split(' ').all(is_word) && size.chars().all(is_size) {
        declared.to_string()
    } else {
        quoted(declared.as_str())
    }
}

/// Returns a column on one line, without its name and without multi-column constraints.
pub(super) fn column_line(column: &Column) -> String {
    let (first, rest) = column_words(column);
    [first, rest].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Returns a default, in parentheses unless it is a literal
/// (<https://sqlite.org/syntax/column-constraint.html>).
fn default_words(default: &Expression) -> String {
    if is_literal(&default.written) { default.written.clone() } else { format!("({})", default.written) }
}

/// Returns the column next to which a constraint is written, or `None` if it is written after all
/// columns.
fn own_column<'c>(constraint: &'c Constraint, table: &Table) -> Option<&'c Name> {
    match constraint {
        Constraint::PrimaryKey(key) => match key.columns.as_slice() {
            [KeyColumn { column, collation: None, .. }] => Some(column),
            _ => None,
        },
        Constraint::Unique(unique) if unique.name.is_none() => match unique.columns.as_slice() {
            [KeyColumn { column, collation: None, descending: false }] => Some(column),
            _ => None,
        },
        Constraint::ForeignKey(key) if key.name.is_none() => match key.columns.as_slice() {
            [column] => Some(column),
            _ => None,
        },
        Constraint::Check(check) => {
            check.beside.0.as_ref().filter(|column| table.column(column.as_str()).is_some())
        }
        Constraint::Unique(_) | Constraint::ForeignKey(_) => None,
    }
}

/// Returns a constraint as written next to its column.
fn next_to_its_column(constraint: &Constraint) -> String {
    match constraint {
        Constraint::PrimaryKey(key) => {
            let descending = if key.columns.iter().any(|column| column.descending) { " DESC" } else { "" };
            let autoincrement = if key.autoincrement { " AUTOINCREMENT" } else { "" };
            format!(
                "{}PRIMARY KEY{descending}{}{autoincrement}",
                named(key.name.as_ref()),
                on_conflict(key.on_conflict)
            )
        }
        Constraint::Unique(unique) => format!("UNIQUE{}", on_conflict(unique.on_conflict)),
        Constraint::ForeignKey(key) => references(key),
        Constraint::Check(check) => {
            format!("{}CHECK ({})", named(check.name.as_ref()), check.expression.written)
        }
    }
}

impl std::fmt::Display for Constraint {
    /// Writes a constraint as it appears after all columns.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PrimaryKey(key) => {
                let autoincrement = if key.autoincrement { " AUTOINCREMENT" } else { "" };
                let (name, columns) = (named(key.name.as_ref()), key_columns(&key.columns));
                write!(
                    formatter,
                    "{name}PRIMARY KEY ({columns}{autoincrement}){}",
                    on_conflict(key.on_conflict)
                )
            }
            Self::Unique(unique) => {
                let (name, columns) = (named(unique.name.as_ref()), key_columns(&unique.columns));
                write!(formatter, "{name}UNIQUE ({columns}){}", on_conflict(unique.on_conflict))
            }
            Self::Check(check) => {
                write!(formatter, "{}CHECK ({})", named(check.name.as_ref()), check.expression.written)
            }
            Self::ForeignKey(key) => {
                let (name, columns) = (named(key.name.as_ref()), names(&key.columns));
                write!(formatter, "{name}FOREIGN KEY ({columns}) {}", references(key))
            }
        }
    }
}

fn references(key: &ForeignKey) -> String {
    let mut words = format!("REFERENCES {}", identifier(key.parent.as_str()));
    if !key.parent_columns.is_empty() {
        let _ = write!(words, " ({})", names(&key.parent_columns));
    }
    for (event, action) in [("UPDATE", key.on_update), ("DELETE", key.on_delete)] {
        if action != Action::NoAction {
            let _ = write!(words, " ON {event} {}", action.words());
        }
    }
    if key.deferred {
        words.push_str(" DEFERRABLE INITIALLY DEFERRED");
    }
    words
}

fn key_columns(columns: &[KeyColumn]) -> String {
    let words = columns.iter().map(|key| {
        let collation = key.collation.as_ref().map(|name| format!(" COLLATE {}", identifier(name.as_str())));
        let descending = if key.descending { " DESC" } else { "" };
        format!("{}{}{descending}", identifier(key.column.as_str()), collation.unwrap_or_default())
    });
    words.collect::<Vec<_>>().join(", ")
}

fn names(names: &[Name]) -> String {
    names.iter().map(|name| identifier(name.as_str())).collect::<Vec<_>>().join(", ")
}

fn named(name: Option<&String>) -> String {
    name.map(|name| format!("CONSTRAINT {} ", identifier(name))).unwrap_or_default()
}

fn on_conflict(conflict: Conflict) -> String {
    if conflict == Conflict::Abort { String::new() } else { format!(" ON CONFLICT {}", conflict.word()) }
}

/// Returns the tables ordered so that parents precede children, unless their foreign keys form a
/// cycle. Ordinary tables come before virtual tables. Otherwise, tables are sorted by name.
#[must_use]
pub fn parents_first(schema: &Schema) -> Vec<&Object> {
    let mut ordered = Vec::new();
    let mut seen = BTreeSet::new();
    let of_kind = |ordinary: bool| {
        let tables = schema.of_kind(Kind::Table).map(Arc::as_ref);
        tables.filter(move |table| table.as_table().is_some() == ordinary)
    };
    for table in of_kind(true) {
        let mut way = vec![(table, false)];
        while let Some((table, parents_are_told)) = way.pop() {
            if parents_are_told {
                ordered.push(table);
            } else if seen.insert(table.key()) {
                way.push((table, true));
                let keys = table.as_table().map(|table| table.foreign_keys.as_slice()).unwrap_or_default();
                let parents =
                    keys.iter().rev().filter_map(|key| schema.object(Kind::Table, key.parent.as_str()));
                way.extend(
                    parents
                        .filter(|parent| parent.as_table().is_some())
                        .map(|parent| (parent.as_ref(), false)),
                );
            }
        }
    }
    ordered.extend(of_kind(false));
    ordered
}
