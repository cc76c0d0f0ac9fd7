//! `drops-what-it-did-not-make`: downgrades that drop an older table and recreate it without its
//! rows.

use std::ops::Range;

use aludel_core::schema::{Changes, Kind, Name};
use aludel_core::script::sqlite::TokenType;
use aludel_core::script::{ParsedScript, SectionKind};

use super::Finding;
use super::statement::{Head, Verb, Word, head, statements};
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: "drops-what-it-did-not-make",
    level: Level::Deny,
    summary: "a downgrade drops a table that existed before the upgrade, and recreates it without its rows",
    explanation: "\
A downgrade must undo what its upgrade did, and nothing else. If it drops a table that existed
before and recreates it, the schema is restored but every row is lost.

    -- upgrade
    ALTER TABLE photos ADD COLUMN rating INTEGER CHECK (rating < 6);
    -- downgrade
    DROP TABLE photos;
    CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);

To fix it, change the table in place (`ALTER TABLE photos DROP COLUMN rating`). Or rebuild it with
its rows: create the new table under a different name, copy the rows with `INSERT INTO … SELECT …`,
drop the old table, and rename the new one.

If a downgrade drops something and does not recreate it, the error is `not-reversed`.",
};

/// Reports downgrades that lose the rows of tables that their upgrade did not create.
pub(super) fn check(script: &ParsedScript, made: &Changes) -> Vec<Finding> {
    let Some(section) = script.section(SectionKind::Downgrade) else { return Vec::new() };
    let text = script.source.text.get(section.text.clone()).unwrap_or_default().to_ascii_lowercase();
    if !text.contains("drop") || !text.contains("create") {
        return Vec::new();
    }
    let statements: Vec<Vec<Word<'_>>> = statements(script, section).collect();
    let heads: Vec<Option<Head>> = statements.iter().map(|words| head(words)).collect();
    let mut findings = Vec::new();
    for (position, dropped) in heads.iter().enumerate() {
        let Some(dropped) =
            dropped.as_ref().filter(|head| head.verb == Verb::Drop && head.kind == Kind::Table)
        else {
            continue;
        };
        let is_made_anew = heads.iter().skip(position).flatten().any(|head| {
            head.verb == Verb::Create
                && head.kind == Kind::Table
                && !head.is_virtual
                && head.name.eq_ignore_ascii_case(&dropped.name)
        });
        let is_copied = statements.iter().take(position).any(|words| {
            head(words).is_none_or(|head| head.verb == Verb::Create) && reads(words, &dropped.name)
        });
        let were_there = was_there(made, &dropped.name) && !drops_itself(script, &dropped.name);
        if is_made_anew && !is_copied && were_there {
            findings.push(finding(dropped));
        }
    }
    findings
}

/// Returns `true` if a table existed before the upgrade.
fn was_there(made: &Changes, table: &str) -> bool {
    made.objects.get(&(Kind::Table, Name::new(table))).is_none_or(|change| change.was.is_some())
}

/// Returns `true` if the upgrade itself drops the table, and so loses its rows.
fn drops_itself(script: &ParsedScript, table: &str) -> bool {
    drop_of(script, SectionKind::Upgrade, Kind::Table, table).is_some()
}

/// Returns `true` if a statement reads from a table.
fn reads(words: &[Word<'_>], table: &str) -> bool {
    words.windows(2).any(|pair| match pair {
        [before, name] => {
            matches!(
                before.kind,
                TokenType::TK_FROM | TokenType::TK_JOIN | TokenType::TK_COMMA | TokenType::TK_DOT
            ) && name.names(table)
        }
        _ => false,
    })
}

fn finding(dropped: &Head) -> Finding {
    let name = &dropped.name;
    let finding = Finding::new(
        &LINT,
        dropped.span.clone(),
        format!(
            "this downgrade drops table `{name}`, which existed before the upgrade, and recreates it without its rows"
        ),
        "its rows are lost here",
        "change the table in place, or rebuild it with its rows: create a new table, `INSERT INTO … SELECT …`, drop the old one, rename the new one",
    );
    Finding { rows_of: Some(Name::new(name)), ..finding }
}

/// Returns the place where a section drops an object, or `None` if it does not.
pub(super) fn drop_of(
    script: &ParsedScript,
    section: SectionKind,
    kind: Kind,
    name: &str,
) -> Option<Range<usize>> {
    let section = script.section(section)?;
    let heads = statements(script, section).filter_map(|words| head(&words));
    let mut drops = heads.filter(|head| head.verb == Verb::Drop && head.kind == kind);
    drops.find(|head| head.name.eq_ignore_ascii_case(name)).map(|head| head.span)
}
