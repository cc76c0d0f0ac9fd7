//! `if-exists`: `IF EXISTS` and `IF NOT EXISTS` clauses that hide a wrong assumption.

use std::collections::BTreeMap;
use std::ops::Range;

use aludel_core::graph::Index;
use aludel_core::nearest;
use aludel_core::schema::{Kind, Schema};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::{Connection, OptionalExtension as _};

use super::Finding;
use super::statement::{Head, Verb, head, renamed_to, statements, words};
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: "if-exists",
    level: Level::Deny,
    summary: "`IF EXISTS` or `IF NOT EXISTS` hides a wrong assumption of a script",
    explanation: "\
A script runs at one place in the chain, so it is known which objects exist. If
`CREATE … IF NOT EXISTS` finds the object, or `DROP … IF EXISTS` does not, the statement does
nothing: its author was wrong about the schema, and nobody notices.

    CREATE TABLE IF NOT EXISTS tags (id INTEGER PRIMARY KEY, name TEXT);
    -- an earlier script created `tags` without `name`: it stays as it was, and the next query fails

    DROP INDEX IF EXISTS ix_photo_date;
    -- the index is called `ix_photos_date`, and stays

To fix it, remove the clause. If the statement then fails, correct the name, alter the existing
table, or remove the statement.

A clause without an effect can be removed, and is reported as a note, one for each script. So is a
clause for an object that is recreated in the same section, or that was dropped with its table. To
allow the lint in an old history, write `if-exists = { allow_up_to = \"3f2c9a1b7d10\" }` under
`[lints]` in `aludel.toml`.",
};

/// Returns `true` if a statement may contain an `IF EXISTS` or `IF NOT EXISTS` clause.
pub(super) fn is_candidate(script: &ParsedScript, statement: &Range<usize>) -> bool {
    let bytes = script.source.text.as_bytes().get(statement.clone()).unwrap_or_default();
    let begins = |word: &[u8]| bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    (begins(b"CREATE") || begins(b"DROP"))
        && bytes.windows(6).take(LONGEST_HEAD).any(|window| window.eq_ignore_ascii_case(b"EXISTS"))
}

/// The maximum distance between the start of a statement and the clause, in bytes. Comments may
/// precede the clause.
const LONGEST_HEAD: usize = 1000;

/// Returns the finding for an `IF EXISTS` or `IF NOT EXISTS` clause, or `None` if there is no
/// clause.
pub(super) fn check(
    connection: &Connection,
    schema: &Schema,
    script: &ParsedScript,
    kind: SectionKind,
    statement: &Range<usize>,
) -> Option<Finding> {
    let found = head(&words(script, statement))?;
    let condition = found.condition.clone()?;
    let is_there = is_there(connection, &found)?;
    let (what, name) = (found.kind.word(), &found.name);
    Some(match (found.verb, is_there) {
        (Verb::Create, true) => Finding::new(
            &LINT,
            condition,
            format!("`IF NOT EXISTS` hides that {what} `{name}` already exists and stays unchanged"),
            "this statement does nothing",
            format!("remove the statement, or alter the existing {what}; a new one needs a different name"),
        ),
        (Verb::Drop, false) if !is_a_precaution(schema, script, kind, statement, &found) => Finding::new(
            &LINT,
            condition,
            format!("`IF EXISTS` hides an error: no such {what}: `{name}`"),
            "this statement does nothing",
            match nearest(&found.name, schema.of_kind(found.kind).map(|object| object.name())) {
                Some(nearest) => format!("did you mean `{nearest}`? Otherwise remove the statement"),
                None => "correct the name, or remove the statement".to_owned(),
            },
        ),
        (Verb::Create, false) => Finding::new(
            &LINT,
            condition,
            format!("unneeded `IF NOT EXISTS`: {what} `{name}` never exists here"),
            "not needed",
            "remove it, so that a mistake causes an error",
        )
        .into_note(),
        (Verb::Drop, _) => Finding::new(
            &LINT,
            condition,
            format!("unneeded `IF EXISTS`: it is known whether {what} `{name}` exists here"),
            "not needed",
            "remove it, so that a mistake causes an error",
        )
        .into_note(),
    })
}

/// Keeps one note for each script, with the number of affected statements. Keeps all errors.
///
/// A long history may contain hundreds of such harmless clauses.
pub(super) fn one_note_per_script(findings: Vec<(Index, Finding)>) -> Vec<(Index, Finding)> {
    let is_note = |finding: &Finding| finding.lint.code == LINT.code && finding.level == Level::Note;
    let mut counts: BTreeMap<Index, usize> = BTreeMap::new();
    for (index, _) in findings.iter().filter(|(_, finding)| is_note(finding)) {
        *counts.entry(*index).or_default() += 1;
    }
    let mut kept = Vec::new();
    for (index, mut finding) in findings {
        if is_note(&finding) {
            let Some(count) = counts.remove(&index) else { continue };
            if count > 1 {
                finding.title = format!(
                    "`IF EXISTS` and `IF NOT EXISTS` have no effect in {count} statements of this script"
                );
                "the first one".clone_into(&mut finding.label);
                "remove the clauses, so that a mistake causes an error".clone_into(&mut finding.help);
            }
        }
        kept.push((index, finding));
    }
    kept
}

/// Returns `true` if the object exists now, or `None` if the database cannot be queried.
fn is_there(connection: &Connection, head: &Head) -> Option<bool> {
    let also = match (head.verb, head.kind) {
        (Verb::Create, Kind::Table) => "view",
        (Verb::Create, Kind::View) => "table",
        _ => "",
    };
    let sql = "SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN (?2, ?3)";
    let found = connection.query_row(sql, [head.name.as_str(), head.kind.word(), also], |_| Ok(()));
    Some(found.optional().ok()?.is_some())
}

/// Returns `true` if a section drops an object that it then creates, or an object that was dropped
/// with its table. Neither hides a wrong assumption.
fn is_a_precaution(
    schema: &Schema,
    script: &ParsedScript,
    kind: SectionKind,
    statement: &Range<usize>,
    dropped: &Head,
) -> bool {
    let was_there = |name: &str| schema.object(dropped.kind, name).is_some();
    let makes_it = |words: &[super::statement::Word<'_>]| {
        let made = head(words).filter(|head| head.verb == Verb::Create).map(|head| head.name);
        made.or_else(|| renamed_to(words)).is_some_and(|name| name.eq_ignore_ascii_case(&dropped.name))
    };
    let section = script.section(kind);
    was_there(&dropped.name)
        || section.into_iter().flat_map(|section| statements(script, section)).any(|words| {
            words.first().is_some_and(|first| first.span.start > statement.start) && makes_it(&words)
        })
}
