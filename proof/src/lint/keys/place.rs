//! Finds the place where a script creates a table or a foreign key.

use std::ops::Range;

use aludel_core::schema::{ForeignKey, Kind};
use aludel_core::script::sqlite::TokenType;
use aludel_core::script::{ParsedScript, Section, SectionKind};

use crate::lint::statement::{Verb, Word, head, names_backward, statements, subject};

/// Returns the place where an upgrade creates the table or renames a table to this name, or else the
/// upgrade's marker.
pub(super) fn of_table(script: &ParsedScript, table: &str) -> Range<usize> {
    let Some(section) = script.section(SectionKind::Upgrade) else { return 0..0 };
    let made = |words: Vec<Word<'_>>| {
        let made = head(&words).filter(|head| head.verb == Verb::Create && head.kind == Kind::Table);
        made.filter(|head| head.name.eq_ignore_ascii_case(table)).map(|head| head.span)
    };
    let found = statements(script, section).find_map(made);
    found.or_else(|| renamed(script, section, table)).unwrap_or_else(|| section.marker.clone())
}

fn renamed(script: &ParsedScript, section: &Section, table: &str) -> Option<Range<usize>> {
    let is_alter =
        |words: &Vec<Word<'_>>| words.first().is_some_and(|first| first.kind == TokenType::TK_ALTER);
    let mut alterations = statements(script, section).filter(is_alter);
    alterations.find_map(|words| words.iter().find(|word| word.names(table)).map(|word| word.span.clone()))
}

/// Returns the place where an upgrade refers to the parent of a foreign key. The statement must
/// concern the table, under any of its names, and mention the columns. If there is no such
/// statement, returns the place where the upgrade creates the table.
pub(super) fn of_foreign_key(script: &ParsedScript, table: &str, key: &ForeignKey) -> Range<usize> {
    let Some(section) = script.section(SectionKind::Upgrade) else { return 0..0 };
    let statements: Vec<Vec<Word<'_>>> = statements(script, section).collect();
    let names = names_backward(&statements, table);
    let is_about_it =
        |words: &&Vec<Word<'_>>| subject(words).is_some_and(|word| names.iter().any(|name| word.names(name)));
    let found = statements.iter().filter(is_about_it).find_map(|words| reference(words, key));
    found.unwrap_or_else(|| of_table(script, table))
}

/// Returns the place of `REFERENCES` in a statement that mentions the columns of a foreign key, or
/// `None` if there is none.
fn reference(words: &[Word<'_>], key: &ForeignKey) -> Option<Range<usize>> {
    let has_columns = key.columns.iter().all(|column| words.iter().any(|word| word.names(column.as_str())));
    let mut last_column = false;
    let position = words.windows(2).position(|pair| match pair {
        [word, parent] => {
            last_column |= key.columns.iter().any(|column| word.names(column.as_str()));
            last_column && word.kind == TokenType::TK_REFERENCES && parent.names(key.parent.as_str())
        }
        _ => false,
    })?;
    let pair = words.get(position..position + 2).filter(|_| has_columns)?;
    Some(pair.first()?.span.start..pair.last()?.span.end)
}
