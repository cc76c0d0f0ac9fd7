//! Compares the losses that a header declares, such as
//! `Loses: photos.title, rows of albums, counter of numbers`, with those that actually occur.
//!
//! Names are those from before the upgrade. They are written as in SQL, with the schema unless it
//! is `public`.

use std::collections::BTreeSet;
use std::fmt;

use aludel_core::chain::{Script, Section};
use aludel_core::nearest;
use aludel_core::problem::Problem;
use aludel_core::script::postgres::unquoted;

use super::difference::difference;
use super::fault::RowFault;
use super::image::{Image, TableImage};
use super::literals::Literals;
use crate::names::bare;
use crate::proof::Sources;

/// Data that a script loses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Loss {
    Column { table: String, column: String },
    Rows { table: String },
    Counter { sequence: String },
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { table, column } => write!(formatter, "{table}.{column}"),
            Self::Rows { table } => write!(formatter, "rows of {table}"),
            Self::Counter { sequence } => write!(formatter, "counter of {sequence}"),
        }
    }
}

/// Returns the loss errors of a script that was upgraded and downgraded.
pub(super) fn check(
    script: &Script,
    sources: &Sources,
    before: &Image,
    upgraded: &Image,
    restored: &Image,
) -> Vec<Problem> {
    let check = Check { script, sources, before, upgraded, restored };
    let mut problems = Vec::new();
    let mut declared = BTreeSet::new();
    for words in script.declared.loses.iter() {
        match parse(words, before) {
            Ok(loss) => drop(declared.insert(loss)),
            Err(suggestion) => {
                let fault = RowFault::UnknownLoss { loss: words.to_string(), suggestion };
                problems.push(Problem::at(sources.header(script, "Loses", words), &fault));
            }
        }
    }
    let mut real = BTreeSet::new();
    for table in before.tables() {
        check.table(table, &declared, &mut real, &mut problems);
    }
    check.counters(&declared, &mut real, &mut problems);
    for loss in declared.difference(&real).filter(|loss| check.could_show(loss, &real)) {
        let fault = RowFault::DeclaredButKept { loss: loss.to_string() };
        problems.push(Problem::at(sources.header(script, "Loses", &loss.to_string()), &fault));
    }
    problems
}

struct Check<'a> {
    script: &'a Script,
    sources: &'a Sources,
    before: &'a Image,
    upgraded: &'a Image,
    restored: &'a Image,
}

impl Check<'_> {
    fn table(
        &self,
        table: &TableImage,
        declared: &BTreeSet<Loss>,
        real: &mut BTreeSet<Loss>,
        problems: &mut Vec<Problem>,
    ) {
        let Some(restored) = self.restored.table(&table.name) else { return };
        let found = difference(table, restored);
        let name = table.name.clone();
        if found.lost > 0 {
            let loss = Loss::Rows { table: name.clone() };
            if !declared.contains(&loss) {
                let declare = loss.to_string();
                let of = table.rows.len();
                let fault = RowFault::RowsLost { table: name.clone(), lost: found.lost, of, declare };
                problems.push(self.blame(&table.name, None, &fault));
            }
            real.insert(loss);
        }
        let lost = |column: &String| Loss::Column { table: name.clone(), column: column.clone() };
        let columns: Vec<String> =
            found.columns.iter().filter(|column| !declared.contains(&lost(column))).cloned().collect();
        real.extend(found.columns.iter().map(lost));
        if let Some(first) = columns.first() {
            let declare = columns.iter().map(|column| lost(column).to_string()).collect();
            let fault = RowFault::ValuesLost { table: name.clone(), columns: columns.clone(), declare };
            problems.push(self.blame(&table.name, Some(first), &fault));
        }
        if found.left > 0 {
            let fault = RowFault::RowsLeftBehind { table: name, count: found.left };
            let section = &self.script.downgrade;
            let span = section.statements.last().cloned().unwrap_or_default();
            problems.push(Problem::at(self.sources.place(self.script, section, span), &fault));
        }
    }

    fn counters(&self, declared: &BTreeSet<Loss>, real: &mut BTreeSet<Loss>, problems: &mut Vec<Problem>) {
        for (sequence, was) in &self.before.counters {
            let is = self.restored.counters.get(sequence).copied();
            if is.is_some_and(|is| is >= *was) {
                continue;
            }
            let loss = Loss::Counter { sequence: sequence.clone() };
            // If the rows of a table are lost, its sequence restarts too.
            let goes_with_rows = real.iter().any(|loss| match loss {
                Loss::Rows { table } => sequence.starts_with(&format!("{table}_")),
                _ => false,
            });
            if !declared.contains(&loss) && !goes_with_rows {
                let declare = loss.to_string();
                let fault = RowFault::CounterFallsBack { sequence: sequence.clone(), was: *was, is, declare };
                problems.push(self.blame(sequence, None, &fault));
            }
            real.insert(loss);
        }
    }

    /// Locates an error at the statement that names the lost object: in the upgrade if the object
    /// is lost there, and otherwise in the downgrade.
    fn blame(&self, name: &str, column: Option<&str>, fault: &RowFault) -> Problem {
        let is_lost_in_upgrade = match (self.before.table(name), self.upgraded.table(name)) {
            (Some(before), Some(upgraded)) => {
                column.is_some_and(|column| upgraded.place(column).is_none())
                    || difference(before, upgraded) != super::difference::RowDifference::default()
            }
            _ => true,
        };
        let section = if is_lost_in_upgrade { &self.script.upgrade } else { &self.script.downgrade };
        let span = statement_naming(section, name, column);
        Problem::at(self.sources.place(self.script, section, span), fault)
    }

    /// Returns `true` if the rows could have revealed a loss. Data that the upgrade drops counts as
    /// lost, even if the downgrade happens to write the same values.
    fn could_show(&self, loss: &Loss, real: &BTreeSet<Loss>) -> bool {
        match loss {
            Loss::Rows { table } => self.before.table(table).is_some_and(|table| !table.rows.is_empty()),
            Loss::Column { table, column } => {
                !real.contains(&Loss::Rows { table: table.clone() })
                    && self.upgraded.table(table).is_some_and(|table| table.place(column).is_some())
                    && self.before.table(table).is_some_and(|table| has_values(table, column))
            }
            Loss::Counter { sequence } => self.before.counters.contains_key(sequence),
        }
    }
}

fn has_values(table: &TableImage, column: &str) -> bool {
    let Some(place) = table.place(column) else { return false };
    table.rows.iter().any(|row| row.get(place).is_some_and(Option::is_some))
}

/// Returns the first statement that removes or changes data and contains these names.
fn statement_naming(section: &Section, name: &str, column: Option<&str>) -> std::ops::Range<usize> {
    const VERBS: [&str; 6] = ["drop", "delete", "update", "truncate", "alter", "merge"];
    let names: Vec<String> = std::iter::once(name).chain(column).map(|name| unquoted(&bare(name))).collect();
    let has = |span: &&std::ops::Range<usize>, names: &[String]| {
        let text = section.sql.get((*span).clone()).unwrap_or_default();
        let words = Literals::read(text, &BTreeSet::new());
        names.iter().all(|name| words.names(name)) && VERBS.iter().any(|verb| words.names(verb))
    };
    let spans = &section.statements;
    let found = spans.iter().find(|span| has(span, &names));
    let found = found.or_else(|| spans.iter().find(|span| has(span, names.get(..1).unwrap_or_default())));
    found.or(spans.first()).cloned().unwrap_or_default()
}

/// Parses one declared loss. The error contains a suggested correction, if there is one.
fn parse(words: &str, before: &Image) -> Result<Loss, Option<String>> {
    let names = || before.tables().map(|table| table.name.as_str());
    if let Some(table) = words.strip_prefix("rows of ") {
        let loss = |table: &str| Loss::Rows { table: table.to_owned() };
        let known = before.table(table).map(|_| loss(table));
        return known.ok_or_else(|| nearest(table, names()).map(|name| loss(name).to_string()));
    }
    if let Some(sequence) = words.strip_prefix("counter of ") {
        return Ok(Loss::Counter { sequence: sequence.to_owned() });
    }
    let loss =
        |table: &str, column: &str| Loss::Column { table: table.to_owned(), column: column.to_owned() };
    let split = words.match_indices('.').map(|(dot, _)| words.split_at(dot));
    let split: Vec<(&str, &str)> =
        split.map(|(table, column)| (table, column.trim_start_matches('.'))).collect();
    let known = split
        .iter()
        .find(|(table, column)| before.table(table).is_some_and(|table| table.place(column).is_some()));
    if let Some((table, column)) = known {
        return Ok(loss(table, column));
    }
    let Some((table, column)) = split.last() else {
        return Err(before.table(words).map(|_| format!("rows of {words}")));
    };
    let suggestion = match before.table(table) {
        Some(image) => {
            nearest(column, image.columns.iter().map(String::as_str)).map(|column| loss(table, column))
        }
        None => nearest(table, names()).map(|table| loss(table, column)),
    };
    Err(suggestion.map(|loss| loss.to_string()))
}
