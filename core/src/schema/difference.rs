//! Changes of a schema, as a person would tell them.

use super::{Change, Changes, Column, Detail, ForeignKey, IndexDetail, Kind, Object, Table};

/// Changes as faults: what was is what was expected, what is was found. One sentence fragment each, sorted by object.
#[must_use]
pub fn tell(changes: &Changes) -> Vec<String> {
    let mut told = Vec::new();
    for ((kind, name), change) in &changes.objects {
        match change {
            Change { was: Some(was), is: None }
                if table_has(changes, *kind, was, |table| table.is.is_none()) => {}
            Change { was: Some(_), is: None } => told.push(format!("{} `{name}` is missing", kind.word())),
            Change { was: None, is: Some(is) }
                if table_has(changes, *kind, is, |table| table.was.is_none()) => {}
            Change { was: None, is: Some(_) } => {
                told.push(format!("{} `{name}` is left behind", kind.word()));
            }
            Change { was: Some(was), is: Some(is) } => tell_object(*kind, name, was, is, &mut told),
            Change { was: None, is: None } => {}
        }
    }
    told
}

/// An index or a trigger that comes or goes with its table is not worth a sentence of its own.
fn table_has(changes: &Changes, kind: Kind, object: &Object, condition: impl Fn(&Change) -> bool) -> bool {
    matches!(kind, Kind::Index | Kind::Trigger)
        && [Kind::Table, Kind::View]
            .into_iter()
            .any(|kind| changes.objects.get(&(kind, object.table.clone())).is_some_and(&condition))
}

fn tell_object(kind: Kind, name: &str, expected: &Object, found: &Object, told: &mut Vec<String>) {
    match (&expected.detail, &found.detail) {
        (Detail::Table(expected), Detail::Table(found)) => tell_table(name, expected, found, told),
        (Detail::Index(before), Detail::Index(after)) if before != after || expected.table != found.table => {
            let (was, is) = (index_words(&expected.table, before), index_words(&found.table, after));
            told.push(format!("index `{name}` was `{was}`, is `{is}`"));
        }
        _ if expected.table != found.table => told.push(format!(
            "{} `{name}` belonged to `{}`, belongs to `{}`",
            kind.word(),
            expected.table,
            found.table
        )),
        _ => {}
    }
}

fn tell_table(name: &str, expected: &Table, found: &Table, told: &mut Vec<String>) {
    let before = told.len();
    for column in &expected.columns {
        match found.columns.iter().find(|other| other.name == column.name) {
            None => told.push(format!("column `{name}.{}` is missing", column.name)),
            Some(other) if other != column => told.push(format!(
                "column `{name}.{}` was `{}`, is `{}`",
                column.name,
                column_words(column),
                column_words(other)
            )),
            Some(_) => {}
        }
    }
    for column in &found.columns {
        if !expected.columns.iter().any(|other| other.name == column.name) {
            told.push(format!("column `{name}.{}` is left behind", column.name));
        }
    }
    if told.len() == before && expected.columns != found.columns {
        told.push(format!(
            "the columns of `{name}` were in the order {}, are in the order {}",
            names(&expected.columns),
            names(&found.columns)
        ));
    }
    tell_set(name, "foreign key", &expected.foreign_keys, &found.foreign_keys, foreign_key_words, told);
    tell_set(
        name,
        "unique constraint",
        &expected.unique,
        &found.unique,
        |columns| format!("UNIQUE ({})", columns.join(", ")),
        told,
    );
    for (word, was, is) in [
        ("STRICT", expected.strict, found.strict),
        ("WITHOUT ROWID", expected.without_rowid, found.without_rowid),
    ] {
        if was != is {
            let change = if was { "was `{word}`, is not any more" } else { "was not `{word}`, is now" };
            told.push(format!("table `{name}` {}", change.replace("{word}", word)));
        }
    }
}

fn tell_set<T: PartialEq>(
    table: &str,
    what: &str,
    expected: &[T],
    found: &[T],
    words: impl Fn(&T) -> String,
    told: &mut Vec<String>,
) {
    let count = |items: &[T], item: &T| items.iter().filter(|other| *other == item).count();
    for item in expected.iter().filter(|item| count(found, item) < count(expected, item)) {
        told.push(format!("{what} `{}` of `{table}` is missing", words(item)));
    }
    for item in found.iter().filter(|item| count(expected, item) < count(found, item)) {
        told.push(format!("{what} `{}` of `{table}` is left behind", words(item)));
    }
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| format!("`{}`", column.name)).collect::<Vec<_>>().join(", ")
}

fn column_words(column: &Column) -> String {
    let mut words = vec![column.declared_type.clone()];
    if column.primary_key > 0 {
        words.push(format!("PRIMARY KEY #{}", column.primary_key));
    }
    if column.not_null {
        words.push("NOT NULL".to_owned());
    }
    if let Some(default) = &column.default {
        words.push(format!("DEFAULT {default}"));
    }
    match column.hidden {
        2 => words.push("GENERATED ALWAYS VIRTUAL".to_owned()),
        3 => words.push("GENERATED ALWAYS STORED".to_owned()),
        _ => {}
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn foreign_key_words(key: &ForeignKey) -> String {
    let to: Vec<&str> = key.to.iter().flatten().map(String::as_str).collect();
    let columns = if to.is_empty() { String::new() } else { format!(" ({})", to.join(", ")) };
    let action = |event: &str, action: &str| {
        if action == "NO ACTION" { String::new() } else { format!(" ON {event} {action}") }
    };
    format!(
        "FOREIGN KEY ({}) REFERENCES {}{columns}{}{}",
        key.from.join(", "),
        key.parent,
        action("UPDATE", &key.on_update),
        action("DELETE", &key.on_delete)
    )
}

fn index_words(table: &str, index: &IndexDetail) -> String {
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|column| {
            let name = column.name.as_deref().unwrap_or("<expression>");
            let collation = match column.collation.as_str() {
                "BINARY" => String::new(),
                collation => format!(" COLLATE {collation}"),
            };
            format!("{name}{collation}{}", if column.descending { " DESC" } else { "" })
        })
        .collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    let partial = if index.partial { " WHERE …" } else { "" };
    format!("{unique}INDEX ON {table} ({}){partial}", columns.join(", "))
}
