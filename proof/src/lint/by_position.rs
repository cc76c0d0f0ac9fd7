//! `by-position`: statements that depend on an order of columns that a downgrade changes.

use std::ops::Range;

use aludel_core::chain::Assembled;
use aludel_core::graph::Index;
use aludel_core::schema::{Kind, Name, Schema};
use aludel_core::script::sqlite::TokenType;
use aludel_core::script::{ParsedScript, SectionKind};

use super::Finding;
use super::star::star;
use super::statement::{Verb, Word, head, names_onward, precedes_a_column, renamed_to, statements, words_of};
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: "by-position",
    level: Level::Deny,
    summary: "a statement depends on the order of columns, which a downgrade of the chain changes",
    explanation: "\
A downgrade that recreates a dropped column adds it at the end. After a downgrade and another
upgrade, the order of columns then differs from that of a database that was only upgraded. A
statement that depends on the order puts values into the wrong columns.

    -- upgrade of b2
    ALTER TABLE photos DROP COLUMN title;      -- (id, title, date)
    -- downgrade of b2
    ALTER TABLE photos ADD COLUMN title TEXT;  -- (id, date, title)
    -- upgrade of c3
    INSERT INTO photos VALUES (1, 'x', '2020-01-01');

To fix it, name the columns, as in `INSERT INTO photos (id, title, date) VALUES (…)`, also in the
`SELECT` that an `INSERT` copies from. Or rebuild the table in the downgrade, in its original order.",
};

/// Reports statements that depend on the column order of a table, if a script's downgrade changes
/// that order.
///
/// The rule covers the script's own upgrade, everything after it until the table is recreated, and
/// everything that runs when the chain is downgraded further and upgraded again.
pub(super) fn check(
    assembled: &Assembled,
    index: Index,
    table: &Name,
    schema: &Schema,
) -> Vec<(Index, Finding)> {
    let Some(cause) = assembled.scripts.get(index) else { return Vec::new() };
    let mut found = Vec::new();
    let mut name = table.to_string();
    for (at, script) in assembled.scripts.iter().enumerate().skip(index) {
        let upgrade = Walk::along(script, SectionKind::Upgrade, &name);
        found.extend(upgrade.by_position.into_iter().map(|place| (at, place)));
        if upgrade.is_made_anew {
            break;
        }
        name = upgrade.name;
        if at > index {
            let downgrade = Walk::along(script, SectionKind::Downgrade, &name);
            found.extend(downgrade.by_position.into_iter().map(|place| (at, place)));
        }
    }
    let mut name = table.to_string();
    for (at, script) in assembled.scripts.iter().enumerate().take(index).rev() {
        let downgrade = Walk::along(script, SectionKind::Downgrade, &name);
        found.extend(downgrade.by_position.into_iter().map(|place| (at, place)));
        if downgrade.is_made_anew || downgrade.is_dropped {
            break;
        }
        name = downgrade.name;
        let upgrade = Walk::along(script, SectionKind::Upgrade, &name);
        if !upgrade.is_made_anew {
            found.extend(upgrade.by_position.into_iter().map(|place| (at, place)));
        }
    }
    let mut findings: Vec<(Index, Finding)> =
        found.into_iter().map(|(at, place)| (at, finding(place, table, cause))).collect();
    findings.extend(triggers(schema, table).map(|trigger| (index, of_trigger(trigger, table, cause))));
    findings
}

/// The effect of a section on a table.
struct Walk {
    by_position: Vec<Range<usize>>,
    is_made_anew: bool,
    is_dropped: bool,
    /// The table's name at the end of the section.
    name: String,
}

impl Walk {
    fn along(script: &ParsedScript, kind: SectionKind, table: &str) -> Self {
        let mut walk =
            Self { by_position: Vec::new(), is_made_anew: false, is_dropped: false, name: table.to_owned() };
        let Some(section) = script.section(kind) else { return walk };
        for words in statements(script, section) {
            let head = head(&words)
                .filter(|head| head.kind == Kind::Table && head.name.eq_ignore_ascii_case(&walk.name));
            let renamed = names_onward(std::slice::from_ref(&words), &walk.name);
            let takes_the_name = renamed_to(&words).is_some_and(|new| new.eq_ignore_ascii_case(&walk.name));
            match head.map(|head| head.verb) {
                Some(Verb::Create) => walk.is_made_anew = true,
                Some(Verb::Drop) => walk.is_dropped = true,
                None if takes_the_name => walk.is_made_anew = true,
                None => {}
            }
            if walk.is_made_anew {
                return walk;
            }
            if !walk.is_dropped
                && let Some(word) = by_position(&words, &walk.name)
            {
                walk.by_position.push(word.span.clone());
            }
            walk.name = renamed.into_iter().next_back().unwrap_or_default();
        }
        walk
    }
}

/// Returns the word that makes a statement depend on a table's column order, or `None` if it does
/// not depend on that order.
///
/// The word is either the table name in an `INSERT` without a column list, or the star of a query
/// on the table. The columns of that query are inserted or become a table.
fn by_position<'w, 's>(words: &'w [Word<'s>], table: &str) -> Option<&'w Word<'s>> {
    // Only triggers that exist at the head count; they are checked separately.
    if head(words).is_some_and(|head| head.kind == Kind::Trigger) {
        return None;
    }
    inserts_without_columns(words, table).or_else(|| {
        let star = star(words)?;
        reads_as_it_is(words, table).then_some(star)
    })
}

/// Returns the table name in an `INSERT` without a column list, even in the body of a trigger.
/// Returns `None` if there is no such `INSERT`.
fn inserts_without_columns<'w, 's>(words: &'w [Word<'s>], table: &str) -> Option<&'w Word<'s>> {
    let mut rest = words;
    while let [into, after @ ..] = rest {
        rest = after;
        if into.kind != TokenType::TK_INTO {
            continue;
        }
        let after = match after {
            [_, dot, after @ ..] if dot.kind == TokenType::TK_DOT => after,
            all => all,
        };
        let [name, after @ ..] = after else { return None };
        let after = match after {
            [alias, _, after @ ..] if alias.kind == TokenType::TK_AS => after,
            all => all,
        };
        let names_columns =
            after.first().is_some_and(|next| matches!(next.kind, TokenType::TK_LP | TokenType::TK_DEFAULT));
        if name.names(table) && !names_columns {
            return Some(name);
        }
    }
    None
}

/// Returns `true` if a query reads all columns of a table, either at its outermost level or in a
/// subquery that also has a star.
fn reads_as_it_is(words: &[Word<'_>], table: &str) -> bool {
    let mut depth = 0_usize;
    let (mut outermost, mut within, mut stars) = (false, false, 0_usize);
    for pair in words.windows(2) {
        let [before, word] = pair else { continue };
        match before.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_source = matches!(
            before.kind,
            TokenType::TK_FROM | TokenType::TK_JOIN | TokenType::TK_COMMA | TokenType::TK_DOT
        ) && word.names(table);
        outermost |= is_source && depth == 0;
        within |= is_source && depth > 0;
        stars += usize::from(depth > 0 && precedes_a_column(before) && word.kind == TokenType::TK_STAR);
    }
    outermost || (within && stars > 0)
}

/// Returns the triggers at the head whose bodies insert into the table without a column list.
fn triggers<'s>(schema: &'s Schema, table: &'s Name) -> impl Iterator<Item = &'s str> {
    let goes_by_position = |sql: &str| inserts_without_columns(&words_of(sql, 0), table.as_str()).is_some();
    let triggers = schema.of_kind(Kind::Trigger);
    triggers.filter(move |trigger| goes_by_position(trigger.sql())).map(|trigger| trigger.name())
}

fn finding(place: Range<usize>, table: &Name, cause: &ParsedScript) -> Finding {
    let id = id(cause);
    Finding::new(
        &LINT,
        place,
        format!(
            "this statement depends on the order of the columns of `{table}`, which the downgrade of `{id}` changes"
        ),
        "depends on the order of columns",
        format!(
            "name the columns on both sides, such as `INSERT INTO {table} (a, b) SELECT a, b FROM …`; or rebuild `{table}` in the downgrade of `{id}`, in its original order"
        ),
    )
}

fn of_trigger(trigger: &str, table: &Name, cause: &ParsedScript) -> Finding {
    let marker = cause.section(SectionKind::Downgrade).map_or(0..0, |section| section.marker.clone());
    Finding::new(
        &LINT,
        marker,
        format!(
            "trigger `{trigger}` depends on the order of the columns of `{table}`, which this downgrade changes"
        ),
        "after this section",
        format!(
            "rebuild `{table}` at the end of this section, in its original order; or recreate the trigger with an `INSERT` that names the columns"
        ),
    )
}

fn id(script: &ParsedScript) -> &str {
    script.header.id.as_ref().map_or("", |id| id.value.as_str())
}
