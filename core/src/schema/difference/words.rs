//! Describes differences to users.

use std::fmt;

use super::{Constraint, Difference};
use crate::schema::ddl::column_line;
use crate::schema::{Column, Definition, Event, Index, Object, Timing, Trigger, View, VirtualTable};

/// The maximum number of characters shown from a longer text, around the first difference.
const SHOWN: usize = 60;

/// A difference, and the words for an unexpected object.
struct Told<'a>(&'a Difference, &'static str);

impl Difference {
    /// Describes the difference between a database and the schema that the scripts create. Treats
    /// the schema of the scripts as the expected side.
    #[must_use]
    pub fn of_a_database(&self) -> String {
        Told(self, "is not created by the scripts").to_string()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Told(self, "is left behind").fmt(formatter)
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(difference, is_there) = self;
        match difference {
            Difference::Missing { kind, name } => write!(formatter, "{} `{name}` is missing", kind.word()),
            Difference::LeftBehind { kind, name } => write!(formatter, "{} `{name}` {is_there}", kind.word()),
            Difference::Respelled { kind, was, is } => {
                write!(formatter, "{} `{was}` is spelled `{is}`", kind.word())
            }
            Difference::Moved { kind, name, was, is } => {
                write!(formatter, "{} `{name}` belonged to `{was}`, now belongs to `{is}`", kind.word())
            }
            Difference::Column { table, was, is } => {
                column(formatter, table, was.as_deref(), is.as_deref(), is_there)
            }
            Difference::ColumnOrder { table, was, is } => write!(
                formatter,
                "the order of the columns of `{table}` was {}, is now {}",
                names(was),
                names(is)
            ),
            Difference::Constraint { table, was, is } => {
                constraint(formatter, table, was.as_ref(), is.as_ref(), is_there)
            }
            Difference::TableOption { table, option, was: true } => {
                write!(formatter, "table `{table}` was `{}`, no longer is", option.words())
            }
            Difference::TableOption { table, option, was: false } => {
                write!(formatter, "table `{table}` was not `{}`, now is", option.words())
            }
            Difference::Definition { was, is } => formatter.write_str(&definition(was, is)),
        }
    }
}

fn column(
    formatter: &mut fmt::Formatter<'_>,
    table: &str,
    was: Option<&Column>,
    is: Option<&Column>,
    is_there: &str,
) -> fmt::Result {
    match (was, is) {
        (Some(was), None) => write!(formatter, "column `{table}.{}` is missing", was.name),
        (None, Some(is)) => write!(formatter, "column `{table}.{}` {is_there}", is.name),
        (Some(was), Some(is)) => {
            write!(formatter, "column `{table}.{}` ", was.name)?;
            if was.name != is.name {
                write!(formatter, "is spelled `{}`", is.name)?;
            }
            let (line, other) = (column_words(was), column_words(is));
            match (was.name != is.name, line != other) {
                (true, true) => write!(formatter, ", and was {line}, is now {other}"),
                (false, _) => write!(formatter, "was {line}, is now {other}"),
                (true, false) => Ok(()),
            }
        }
        (None, None) => Ok(()),
    }
}

fn column_words(column: &Column) -> String {
    let line = column_line(column);
    if line.is_empty() { "only a name".to_owned() } else { format!("`{line}`") }
}

fn constraint(
    formatter: &mut fmt::Formatter<'_>,
    table: &str,
    was: Option<&Constraint>,
    is: Option<&Constraint>,
    is_there: &str,
) -> fmt::Result {
    match (was, is) {
        (Some(was), None) => write!(formatter, "{} `{was}` of `{table}` is missing", was.kind()),
        (None, Some(is)) => write!(formatter, "{} `{is}` of `{table}` {is_there}", is.kind()),
        (Some(was), Some(is)) => write!(formatter, "{} of `{table}` was `{was}`, is now `{is}`", was.kind()),
        (None, None) => Ok(()),
    }
}

fn names(columns: &[String]) -> String {
    columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
}

fn definition(was: &Object, is: &Object) -> String {
    let object = format!("{} `{}`", was.kind().word(), was.name());
    match (was.definition(), is.definition()) {
        (Definition::Index(was), Definition::Index(is)) => {
            format!("{object} was `{}`, is now `{}`", index(was), index(is))
        }
        (Definition::View(was), Definition::View(is)) => view(&object, was, is),
        (Definition::Trigger(was), Definition::Trigger(is)) => trigger(&object, was, is),
        (Definition::VirtualTable(was), Definition::VirtualTable(is)) => {
            changed(&object, &virtual_table(was), &virtual_table(is))
        }
        _ => changed(&object, was.sql(), is.sql()),
    }
}

fn index(index: &Index) -> String {
    format!("{}INDEX {}", if index.unique { "UNIQUE " } else { "" }, index.place())
}

fn virtual_table(table: &VirtualTable) -> String {
    format!("USING {}({})", table.module, table.arguments.join(", "))
}

fn view(object: &str, was: &View, is: &View) -> String {
    if was.columns != is.columns {
        let columns = |view: &View| match view.columns.as_slice() {
            [] => "those of its SELECT".to_owned(),
            columns => names(columns),
        };
        return format!("the columns of {object} were {}, are now {}", columns(was), columns(is));
    }
    changed(object, &was.select.written, &is.select.written)
}

/// Describes the change to a trigger. Triggers are long, so only the changed part is shown.
fn trigger(object: &str, was: &Trigger, is: &Trigger) -> String {
    let (before, after) = (occasion(was), occasion(is));
    if before != after {
        return format!("{object} was `{before}`, is now `{after}`");
    }
    if was.condition != is.condition {
        let condition = |trigger: &Trigger| {
            trigger.condition.as_ref().map_or("none".to_owned(), |when| format!("`{}`", when.written))
        };
        return format!("the WHEN of {object} was {}, is now {}", condition(was), condition(is));
    }
    let statements = was.body.iter().zip(&is.body);
    let differing = statements.enumerate().find(|(_, (was, is))| was != is);
    match differing {
        Some((position, (was, is))) => {
            changed(&format!("statement {} of {object}", position + 1), &was.written, &is.written)
        }
        None => format!("{object} had {} statements, now has {}", was.body.len(), is.body.len()),
    }
}

fn occasion(trigger: &Trigger) -> String {
    let timing = match trigger.timing {
        Timing::Before => "BEFORE",
        Timing::After => "AFTER",
        Timing::InsteadOf => "INSTEAD OF",
    };
    let event = match &trigger.event {
        Event::Delete => "DELETE".to_owned(),
        Event::Insert => "INSERT".to_owned(),
        Event::Update(columns) if columns.is_empty() => "UPDATE".to_owned(),
        Event::Update(columns) => {
            let columns: Vec<&str> = columns.iter().map(crate::schema::Name::as_str).collect();
            format!("UPDATE OF {}", columns.join(", "))
        }
    };
    format!("{timing} {event} ON {}", trigger.table)
}

/// Describes the change to a longer text, around the first difference.
fn changed(what: &str, was: &str, is: &str) -> String {
    if was == is {
        return format!("{what} differs");
    }
    let same = was.chars().zip(is.chars()).take_while(|(was, is)| was == is).count();
    format!("{what} was `{}`, is now `{}`", around(was, same), around(is, same))
}

/// Returns the characters around a position in a string.
fn around(text: &str, place: usize) -> String {
    let letters: Vec<char> =
        text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect();
    if letters.len() <= SHOWN {
        return letters.into_iter().collect();
    }
    let from = place.saturating_sub(SHOWN / 3).min(letters.len() - SHOWN);
    let shown: String = letters.iter().skip(from).take(SHOWN).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + SHOWN < letters.len() { "…" } else { "" };
    format!("{before}{shown}{after}")
}
