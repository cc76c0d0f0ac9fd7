//! `double-quoted-string`

use std::ops::Range;

use aludel_core::nearest;
use aludel_core::schema::Schema;
use aludel_core::script::ParsedScript;
use aludel_core::script::sqlite::{TokenType, unquoted};

use super::Finding;
use super::statement::{Word, words};
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: "double-quoted-string",
    level: Level::Deny,
    summary: "a name in double quotes is no column, and SQLite takes it as text",
    explanation: "\
Double quotes stand for names. Where no column has the name, SQLite takes the word as text instead of
saying so (<https://sqlite.org/quirks.html#dblquote>), and a typo becomes a value.

    UPDATE photos SET name = \"titel\";      -- every photo is now called `titel`

It is a fault where a column of a table in the statement has nearly this name, else a note: SQLite can be
built to refuse such statements, and the program `sqlite3` does.

Way out: correct the name; if it is meant as text, write single quotes: `'titel'`.",
};

/// Rule: what stands in double quotes is a name.
pub(super) fn check(
    schema: &Schema,
    script: &ParsedScript,
    statement: &Range<usize>,
    message: &str,
) -> Option<Finding> {
    if message.starts_with("error in ") {
        // A view or a trigger that was there before.
        return None;
    }
    let words = words(script, statement);
    let is_meant = |text: &str| message.contains(text) || message.ends_with(&unquoted(text));
    let word = words
        .iter()
        .find(|word| word.token == TokenType::TK_ID && word.text.starts_with('"') && is_meant(word.text))?;
    let name = unquoted(word.text);
    let title = format!("there is no column `{name}`, and SQLite takes it as the text `{}`", literal(&name));
    let finding = |label: &str, help: String| Finding::new(&LINT, word.span.clone(), title, label, help);
    let others: Vec<&Word<'_>> = words.iter().filter(|other| other.span != word.span).collect();
    Some(match meant(schema, &others, &name) {
        Some(nearest) => finding(
            "a name, by its quotes",
            format!(
                "did you mean the column `{nearest}`? If it is meant as text, write `{}`",
                literal(&name)
            ),
        ),
        None => finding("text, in the quotes of a name", format!("write `{}`", literal(&name))).into_note(),
    })
}

/// The column whose name is nearly this one, of a table that the statement names: it sees no other.
fn meant<'a>(schema: &'a Schema, words: &[&Word<'_>], name: &str) -> Option<&'a str> {
    let tables = schema.tables().filter(|(table, _)| words.iter().any(|word| word.names(table)));
    let columns = tables.flat_map(|(_, table)| &table.columns).map(|column| column.name.as_str());
    nearest(name, columns)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
