//! `breaks-the-running-program`

use std::ops::Range;

use super::Finding;
use super::statement::statements;
use crate::message::{Level, Message};
use crate::schema::{Changes, Kind, Object};
use crate::script::sqlite::{TokenType, unquoted};
use crate::script::{ParsedScript, SectionKind};

pub(super) const LINT: Message = Message {
    code: "breaks-the-running-program",
    level: Level::Note,
    summary: "a column or table is gone that the program of the version before reads",
    explanation: "\
While a new version starts, the one before may still be running on the same database, or be needed
again tomorrow. A column or table that is dropped or renamed is not there for it any more.

    ALTER TABLE photos RENAME COLUMN name TO title;

Way out, where that matters: expand, fill, contract. One revision adds the new column, the program
writes both and fills in the old rows, and a revision of a later version drops the old one. Where one
process owns the file and is stopped for an upgrade, nothing is to be done.",
};

/// Rule: what was there stays there.
pub(super) fn check(script: &ParsedScript, made: &Changes) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((kind, _), change) in &made.objects {
        let Some(was) = change.was.as_ref().filter(|_| *kind == Kind::Table) else { continue };
        let name = was.name();
        let Some(is) = &change.is else {
            findings.push(finding(script, name, &format!("table `{name}`")));
            continue;
        };
        let now = columns(is);
        for gone in columns(was)
            .into_iter()
            .filter(|column| !now.iter().any(|other| other.eq_ignore_ascii_case(column)))
        {
            findings.push(finding(script, gone, &format!("column `{name}.{gone}`")));
        }
    }
    findings
}

fn columns(table: &Object) -> Vec<&str> {
    let columns = table.as_table().into_iter().flat_map(|table| &table.columns);
    columns.map(|column| column.name.as_str()).collect()
}

fn finding(script: &ParsedScript, name: &str, what: &str) -> Finding {
    Finding::new(
        &LINT,
        place(script, name),
        format!("{what} is gone after this upgrade: a program of the version before that reads it fails"),
        "goes here",
        "if such a program may still run, add the new one first, and drop the old one in a later version",
    )
}

/// Where an upgrade drops or renames something; else its marker.
fn place(script: &ParsedScript, name: &str) -> Range<usize> {
    let Some(section) = script.section(SectionKind::Upgrade) else { return 0..0 };
    let mut changing = statements(script, section).filter(|words| {
        words.first().is_some_and(|first| matches!(first.token, TokenType::TK_DROP | TokenType::TK_ALTER))
    });
    let word = changing.find_map(|words| {
        words.iter().find(|word| unquoted(word.text).eq_ignore_ascii_case(name)).map(|word| word.span.clone())
    });
    word.unwrap_or_else(|| section.marker.clone())
}
