//! Where a script makes a table or a foreign key.

use std::ops::Range;

use crate::lint::statement::{Word, head, statements};
use crate::schema::ForeignKey;
use crate::script::sqlite::TokenType;
use crate::script::{ParsedScript, SectionKind};

/// Where an upgrade makes a table; else its marker.
pub(super) fn of_table(script: &ParsedScript, table: &str) -> Range<usize> {
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
pub(super) fn of_foreign_key(script: &ParsedScript, table: &str, key: &ForeignKey) -> Range<usize> {
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
    found.unwrap_or_else(|| of_table(script, table))
}
