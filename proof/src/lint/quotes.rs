//! `double-quoted-string`: double-quoted names that SQLite interprets as strings.

use std::ops::Range;

use aludel_core::nearest;
use aludel_core::schema::Schema;
use aludel_core::script::ParsedScript;
use aludel_core::script::sqlite::{TokenType, text_literal, unquoted};

use super::Finding;
use super::statement::{Word, words};
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: "double-quoted-string",
    level: Level::Deny,
    summary: "a double-quoted name is not a column, so SQLite treats it as a string",
    explanation: "\
Double quotes are for names. If no column has the name, SQLite treats it as a string instead of
reporting an error (<https://sqlite.org/quirks.html#dblquote>), and a typo becomes a value.

    UPDATE photos SET name = \"titel\";      -- every photo is now called `titel`

This is an error if a table in the statement has a column with a similar name, and a note otherwise.
SQLite can be built to reject double-quoted strings, and the `sqlite3` program rejects them.

To fix it, correct the name. If it is meant as a string, use single quotes: `'titel'`.",
};

/// Returns the finding for a name in double quotes that SQLite interpreted as a string. Returns
/// `None` if the name is not in the statement.
pub(super) fn check(
    schema: &Schema,
    script: &ParsedScript,
    statement: &Range<usize>,
    message: &str,
) -> Option<Finding> {
    if message.starts_with("error in ") {
        // SQLite's warning is about an existing view or trigger, not about this statement.
        return None;
    }
    let words = words(script, statement);
    let is_meant = |text: &str| message.contains(text) || message.ends_with(&unquoted(text));
    let word = words
        .iter()
        .find(|word| word.kind == TokenType::TK_ID && word.text.starts_with('"') && is_meant(word.text))?;
    let name = unquoted(word.text);
    let title = format!("no such column: `{name}`; SQLite treats it as the string `{}`", text_literal(&name));
    let finding = |label: &str, help: String| Finding::new(&LINT, word.span.clone(), title, label, help);
    let others: Vec<&Word<'_>> = words.iter().filter(|other| other.span != word.span).collect();
    Some(match meant(schema, &others, &name) {
        Some(nearest) => finding(
            "double quotes are for names",
            format!(
                "did you mean the column `{nearest}`? If it is a string, write `{}`",
                text_literal(&name)
            ),
        ),
        None => finding(
            "a string in double quotes, which are for names",
            format!("write `{}`", text_literal(&name)),
        )
        .into_note(),
    })
}

/// Returns the column with the most similar name among the tables that the statement mentions, or
/// `None` if no name is similar.
fn meant<'a>(schema: &'a Schema, words: &[&Word<'_>], name: &str) -> Option<&'a str> {
    let tables = schema.tables().filter(|(table, _)| words.iter().any(|word| word.names(table)));
    let columns = tables.flat_map(|(_, table)| &table.columns).map(|column| column.name.as_str());
    nearest(name, columns)
}
