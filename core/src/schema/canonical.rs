//! The canonical form of a schema and of its objects.

use std::fmt::Write as _;

use super::{
    Check, Column, Conflict, Definition, Event, Expression, ForeignKey, Index, IndexTerm, Indexed, KeyColumn,
    Name, NotNull, Object, PrimaryKey, Schema, Table, Timing, Trigger, Unique, View, VirtualTable,
};
use crate::script::sqlite::quoted;

impl Schema {
    /// Returns the canonical form. Two schemas are equal if and only if their canonical forms are.
    ///
    /// The first line is `aludel schema 2`. Then each object, sorted by kind and name, has a line
    /// with its kind and name. The parts of the object follow in a fixed order, one per line,
    /// indented by two spaces. Columns are sorted by name, because their order is not a difference.
    /// Names are in double quotes, and names that refer to something are in lowercase. Keywords of
    /// the format are in lowercase, and SQL keywords are in uppercase, so that the end of an
    /// expression is unambiguous. Within a line, `\` is written as `\\`, and a line break as `\n`.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut form = Form { text: "aludel schema 2\n".to_owned(), columns: Columns::ByName };
        for object in self.objects.values() {
            form.object(object);
        }
        form.text
    }
}

impl Object {
    /// Returns this object's part of the canonical form.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.form(Columns::ByName)
    }

    /// Returns this object's part of the first canonical form, `aludel schema 1`, which preserves
    /// the order of columns.
    pub(super) fn canonical_in_order(&self) -> String {
        self.form(Columns::InOrder)
    }

    fn form(&self, columns: Columns) -> String {
        let mut form = Form { text: String::new(), columns };
        form.object(self);
        form.text
    }
}

/// The order of the columns of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Columns {
    ByName,
    InOrder,
}

struct Form {
    text: String,
    columns: Columns,
}

impl Form {
    fn line(&mut self, indent: &str, words: &str) {
        self.text.push_str(indent);
        if words.contains(['\\', '\n', '\r']) {
            let words = words.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
            self.text.push_str(&words);
        } else {
            self.text.push_str(words);
        }
        self.text.push('\n');
    }

    fn part(&mut self, words: &str) {
        self.line("  ", words);
    }

    fn parts<'a, T: 'a>(&mut self, items: impl IntoIterator<Item = &'a T>, words: impl Fn(&T) -> String) {
        for item in items {
            self.part(&words(item));
        }
    }

    fn object(&mut self, object: &Object) {
        let kind = object.kind().word();
        self.line("", &format!("{kind} {} on {}", quoted(object.name()), reference(object.table())));
        match object.definition() {
            Definition::Table(table) => self.table(table),
            Definition::VirtualTable(table) => self.virtual_table(table),
            Definition::Index(index) => self.index(index),
            Definition::View(view) => self.view(view),
            Definition::Trigger(trigger) => self.trigger(trigger),
            Definition::Unread(tokens) => self.parts(tokens, |token| format!("token {token}")),
        }
    }

    fn table(&mut self, table: &Table) {
        for (word, has) in [("strict", table.strict), ("without rowid", table.without_rowid)] {
            if has {
                self.part(word);
            }
        }
        let mut columns: Vec<&Column> = table.columns.iter().collect();
        if self.columns == Columns::ByName {
            columns.sort_by_key(|column| column.name.to_ascii_lowercase());
        }
        self.parts(columns, column);
        self.parts(&table.primary_key, primary_key);
        self.parts(&table.unique, unique);
        self.parts(&table.checks, check);
        self.parts(&table.foreign_keys, foreign_key);
    }

    fn virtual_table(&mut self, table: &VirtualTable) {
        self.part(&format!("using {}", reference(&table.module)));
        self.parts(&table.arguments, |argument| format!("argument {argument}"));
    }

    fn index(&mut self, index: &Index) {
        self.part(&format!("{}of {}", if index.unique { "unique " } else { "" }, reference(&index.table)));
        self.parts(&index.terms, term);
        self.parts(&index.filter, |filter| format!("where {}", filter.canonical));
    }

    fn view(&mut self, view: &View) {
        self.parts(&view.columns, |column| format!("column {}", quoted(column)));
        self.part(&view.select.canonical);
    }

    fn trigger(&mut self, trigger: &Trigger) {
        let timing = match trigger.timing {
            Timing::Before => "before",
            Timing::After => "after",
            Timing::InsteadOf => "instead of",
        };
        let event = match &trigger.event {
            Event::Delete => "delete".to_owned(),
            Event::Insert => "insert".to_owned(),
            Event::Update(columns) => format!("update {}", references(columns)),
        };
        self.part(&format!("{timing} {event} of {}", reference(&trigger.table)));
        self.parts(&trigger.condition, |when| format!("when {}", when.canonical));
        self.parts(&trigger.body, |statement| format!("do {}", statement.canonical));
    }
}

fn column(column: &Column) -> String {
    let mut words = format!("column {}", quoted(&column.name));
    if let Some(declared) = &column.declared_type {
        let _ = write!(words, " type {}", reference(declared));
    }
    if let Some(NotNull { name, on_conflict }) = &column.not_null {
        let _ = write!(words, " not null{}", constraint(name.as_ref(), *on_conflict));
    }
    if let Some(Expression { canonical, .. }) = &column.default {
        let _ = write!(words, " default {canonical}");
    }
    if let Some(collation) = &column.collation {
        let _ = write!(words, " collate {}", reference(collation));
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "stored" } else { "virtual" };
        let _ = write!(words, " {kind} {}", generated.expression.canonical);
    }
    words
}

fn primary_key(key: &PrimaryKey) -> String {
    let autoincrement = if key.autoincrement { " autoincrement" } else { "" };
    let constraint = constraint(key.name.as_ref(), key.on_conflict);
    format!("primary key{constraint}{autoincrement}{}", key_columns(&key.columns))
}

fn unique(unique: &Unique) -> String {
    let constraint = constraint(unique.name.as_ref(), unique.on_conflict);
    format!("unique{constraint}{}", key_columns(&unique.columns))
}

fn check(check: &Check) -> String {
    format!("check{} : {}", constraint(check.name.as_ref(), Conflict::Abort), check.expression.canonical)
}

fn foreign_key(key: &ForeignKey) -> String {
    format!(
        "foreign key{} columns {} references {} {} update {} delete {}{}",
        constraint(key.name.as_ref(), Conflict::Abort),
        references(&key.columns),
        reference(&key.parent),
        references(&key.parent_columns),
        key.on_update.words(),
        key.on_delete.words(),
        if key.deferred { " deferred" } else { "" }
    )
}

fn term(term: &IndexTerm) -> String {
    let what = match &term.what {
        Indexed::Column(column) => format!("column {}", reference(column)),
        Indexed::Expression(expression) => format!("expression {}", expression.canonical),
    };
    what + &settings(term.collation.as_ref(), term.descending)
}

fn key_columns(columns: &[KeyColumn]) -> String {
    let words = columns.iter().map(|key| {
        format!(" {}{}", reference(&key.column), settings(key.collation.as_ref(), key.descending))
    });
    words.collect()
}

fn settings(collation: Option<&Name>, descending: bool) -> String {
    let collation = collation.map(|name| format!(" collate {}", reference(name))).unwrap_or_default();
    collation + if descending { " desc" } else { "" }
}

fn constraint(name: Option<&String>, conflict: Conflict) -> String {
    let name = name.map(|name| format!(" named {}", quoted(name))).unwrap_or_default();
    if conflict == Conflict::Abort { name } else { format!("{name} or {}", conflict.word()) }
}

fn references(names: &[Name]) -> String {
    let names: Vec<String> = names.iter().map(reference).collect();
    format!("({})", names.join(" "))
}

fn reference(name: &Name) -> String {
    quoted(name.folded())
}
