//! `column-order`

use std::sync::Arc;

use super::Finding;
use super::statement::{head, unquoted};
use crate::message::{Level, Message};
use crate::problem::listed;
use crate::schema::{Kind, Object, Schema};
use crate::script::sqlite::{Kind as Lexed, lex, quoted};
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
    let name = &table.was.table;
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
    let name = &table.was.table;
    let rebuilt = format!("{name}_in_order");
    let columns: Vec<String> = table.written.iter().map(|column| plain(column)).collect();
    let columns = columns.join(", ");
    let mentions = |object: &Object| object.sql.to_lowercase().contains(&name.to_lowercase());
    let views: Vec<(&String, &Arc<Object>)> = schema
        .objects
        .iter()
        .filter(|((kind, _), object)| *kind == Kind::View && mentions(object))
        .map(|((_, name), object)| (name, object))
        .collect();
    let belongs = |kind: Kind| {
        let objects = schema.objects.iter().filter(move |((other, _), _)| *other == kind);
        objects.filter(|(_, object)| object.table.eq_ignore_ascii_case(name)).map(|(_, object)| object)
    };
    let mut statements: Vec<String> =
        views.iter().map(|(view, _)| format!("DROP VIEW {};", plain(view))).collect();
    statements.push(format!("{};", renamed(&table.was.sql, &rebuilt)?));
    statements.push(format!(
        "INSERT INTO {0} ({columns}) SELECT {columns} FROM {1};",
        plain(&rebuilt),
        plain(name)
    ));
    statements.push(format!("DROP TABLE {};", plain(name)));
    statements.push(format!("ALTER TABLE {} RENAME TO {};", plain(&rebuilt), plain(name)));
    statements
        .extend(belongs(Kind::Index).chain(belongs(Kind::Trigger)).map(|object| format!("{};", object.sql)));
    statements.extend(views.iter().map(|(_, object)| format!("{};", object.sql)));
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
    Some(format!("{}{}{}", sql.get(..span.start)?, plain(name), sql.get(span.end..)?))
}

/// A name, in quotes where it needs them.
fn plain(name: &str) -> String {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|letter: char| letter.is_ascii_digit());
    let is_one_name = matches!(lex(name).as_slice(), [only] if only.kind == Lexed::Token(crate::script::sqlite::TokenType::TK_ID));
    if is_word && is_one_name && unquoted(name) == name { name.to_owned() } else { quoted(name) }
}
