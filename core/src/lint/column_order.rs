//! `column-order`

use std::sync::Arc;

use super::Finding;
use super::statement::head;
use crate::message::{Level, Message};
use crate::problem::listed;
use crate::schema::{Kind, Object, Schema, identifier};
use crate::script::sqlite::{Kind as Lexed, lex};
use crate::script::{ParsedScript, SectionKind};

pub(super) const LINT: Message = Message {
    code: "column-order",
    level: Level::Deny,
    summary: "a downgrade restores everything but the order of columns",
    explanation: "\
SQLite adds a column at the end. A downgrade that adds one anew which stood in the middle restores the
table but for the order: `SELECT *` and `INSERT INTO t VALUES (…)` mean something else then.

    -- upgrade
    ALTER TABLE photos DROP COLUMN title;      -- (id, title, date)
    -- downgrade
    ALTER TABLE photos ADD COLUMN title TEXT;  -- (id, date, title)

Way out: rebuild the table in the downgrade; the message shows the statements. If nothing reads the
columns by their order, say so in the header: `-- Allow: column-order`.",
};

/// A table that differs in the order of its columns and in nothing else.
#[derive(Debug, Clone)]
pub(crate) struct Reordered {
    /// As it was.
    pub(crate) was: Arc<Object>,
    /// The columns as they were, in order.
    pub(crate) expected: Vec<String>,
    /// The columns as they are, in order.
    pub(crate) found: Vec<String>,
    /// The columns that rows can be copied into: not the generated ones.
    pub(crate) written: Vec<String>,
}

/// Rule: a section leaves the columns in the order in which they were.
pub(super) fn finding(
    script: &ParsedScript,
    kind: SectionKind,
    table: &Reordered,
    schema: &Schema,
) -> Finding {
    let marker = script.section(kind).map_or(0..0, |section| section.marker.clone());
    let name = table.was.name();
    let mut finding = Finding::new(
        &LINT,
        marker,
        format!(
            "after this {kind}, the columns of `{name}` are in another order: they were {}, and are {}",
            listed(&table.expected),
            listed(&table.found)
        ),
        "after this section",
        "rebuild the table at the end of this section, with the order it had",
    );
    finding.note =
        rebuild(table, schema).map(|statements| format!("the rebuild:\n{}", statements.join("\n")));
    finding
}

/// The statements that bring the columns back into order: new table, copy, drop, rename, and what belongs to the table.
fn rebuild(table: &Reordered, schema: &Schema) -> Option<Vec<String>> {
    let name = table.was.name();
    let rebuilt = format!("{name}_in_order");
    let columns: Vec<String> = table.written.iter().map(|column| identifier(column)).collect();
    let columns = columns.join(", ");
    let mentions = |object: &&Arc<Object>| object.sql().to_lowercase().contains(&name.to_lowercase());
    let views: Vec<&Arc<Object>> = schema.of_kind(Kind::View).filter(mentions).collect();
    let belongs = |kind: Kind| schema.of_kind(kind).filter(|object| object.table().is(name));
    let mut statements: Vec<String> =
        views.iter().map(|view| format!("DROP VIEW {};", identifier(view.name()))).collect();
    statements.push(format!("{};", renamed(table.was.sql(), &rebuilt)?));
    statements.push(format!(
        "INSERT INTO {0} ({columns}) SELECT {columns} FROM {1};",
        identifier(&rebuilt),
        identifier(name)
    ));
    statements.push(format!("DROP TABLE {};", identifier(name)));
    statements.push(format!("ALTER TABLE {} RENAME TO {};", identifier(&rebuilt), identifier(name)));
    statements.extend(
        belongs(Kind::Index).chain(belongs(Kind::Trigger)).map(|object| format!("{};", object.sql())),
    );
    statements.extend(views.iter().map(|view| format!("{};", view.sql())));
    Some(statements)
}

/// The text of a `CREATE TABLE` with another name.
fn renamed(sql: &str, name: &str) -> Option<String> {
    let lexemes: Vec<_> = lex(sql);
    let words: Vec<_> = lexemes
        .iter()
        .filter_map(|lexeme| match lexeme.kind {
            Lexed::Token(token) => Some(super::statement::Word {
                token,
                text: sql.get(lexeme.span.clone())?,
                span: lexeme.span.clone(),
            }),
            _ => None,
        })
        .collect();
    let span = head(&words)?.span;
    Some(format!("{}{}{}", sql.get(..span.start)?, identifier(name), sql.get(span.end..)?))
}
