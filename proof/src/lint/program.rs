//! `breaks-the-running-program`: upgrades that drop or rename tables or columns.

use std::ops::Range;

use aludel_core::schema::{Changes, Kind, Object};
use aludel_core::script::sqlite::TokenType;
use aludel_core::script::{ParsedScript, SectionKind};

use super::Finding;
use super::statement::{Word, names_onward, statements, subject};
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: "breaks-the-running-program",
    level: Level::Note,
    summary: "a script removes a column or table that the previous version of the program may read",
    explanation: "\
While a new version starts, the previous one may still be running on the same database, or you may
have to return to it tomorrow. It fails if it reads a column or table that was dropped or renamed.

    ALTER TABLE photos RENAME COLUMN name TO title;

To fix it, spread the change over two versions. In the first, a revision adds the new column, and
the program writes both columns and fills in the old rows. In a later version, a revision drops the
old column. If one process owns the file and stops for an upgrade, there is nothing to do.",
};

/// Reports existing tables and columns that an upgrade drops or renames.
pub(super) fn check(script: &ParsedScript, made: &Changes) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((kind, _), change) in &made.objects {
        let Some(was) = change.was.as_ref().filter(|_| *kind == Kind::Table) else { continue };
        let name = was.name();
        let Some(is) = &change.is else {
            findings.push(finding(place_of_table(script, name), &format!("table `{name}`")));
            continue;
        };
        let now = columns(is);
        let is_gone = |column: &&str| !now.iter().any(|other| other.eq_ignore_ascii_case(column));
        for gone in columns(was).into_iter().filter(is_gone) {
            let place = place_of_column(script, name, gone);
            findings.push(finding(place, &format!("column `{name}.{gone}`")));
        }
    }
    findings
}

fn columns(table: &Object) -> Vec<&str> {
    let columns = table.as_table().into_iter().flat_map(|table| &table.columns);
    columns.map(|column| column.name.as_str()).collect()
}

fn finding(place: Range<usize>, what: &str) -> Finding {
    Finding::new(
        &LINT,
        place,
        format!("this upgrade removes {what}: the previous version of the program fails if it reads it"),
        "removed here",
        "if the previous version may still run, add the replacement first, and drop the old one in a later version",
    )
}

/// Returns the place of a table in the statement that drops or renames it, or else the upgrade's
/// marker.
fn place_of_table(script: &ParsedScript, table: &str) -> Range<usize> {
    let Some(section) = script.section(SectionKind::Upgrade) else { return 0..0 };
    let about =
        |words: &Vec<Word<'_>>| subject(words).filter(|name| name.names(table)).map(|name| name.span.clone());
    let mut statements = statements(script, section).filter(|words| takes_away(words));
    statements.find_map(|words| about(&words)).unwrap_or_else(|| section.marker.clone())
}

/// Returns the place of a column in the statement that drops or renames it. In a rebuild, returns
/// the place of its table in the statement that drops the old table. Otherwise, returns the
/// upgrade's marker.
fn place_of_column(script: &ParsedScript, table: &str, column: &str) -> Range<usize> {
    let Some(section) = script.section(SectionKind::Upgrade) else { return 0..0 };
    let statements: Vec<Vec<Word<'_>>> = statements(script, section).collect();
    let names = names_onward(&statements, table);
    let is_its = |words: &&Vec<Word<'_>>| {
        takes_away(words) && subject(words).is_some_and(|word| names.iter().any(|name| word.names(name)))
    };
    let place = statements.iter().filter(is_its).find_map(|words| {
        // The first name is the table, which may have the same name as the column.
        let own = subject(words)?.span.end;
        words.iter().find(|word| word.span.start >= own && word.names(column))
    });
    let dropped = || {
        statements.iter().filter(is_its).find_map(|words| {
            subject(words).filter(|_| words.first().is_some_and(|first| first.kind == TokenType::TK_DROP))
        })
    };
    place.or_else(dropped).map_or_else(|| section.marker.clone(), |word| word.span.clone())
}

fn takes_away(words: &[Word<'_>]) -> bool {
    words.first().is_some_and(|first| matches!(first.kind, TokenType::TK_DROP | TokenType::TK_ALTER))
}
