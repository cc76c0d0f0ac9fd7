//! `select-star`: rows that are copied with a star instead of column names.

use aludel_core::script::ParsedScript;
use aludel_core::script::sqlite::TokenType;

use super::Finding;
use super::statement::{Word, precedes_a_column, statements};
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: "select-star",
    level: Level::Note,
    summary: "`INSERT … SELECT *` copies by the order of columns",
    explanation: "\
`INSERT INTO new SELECT * FROM old` copies the first column to the first, and so on. The order of
columns can differ between databases: after a downgrade, or if branches were applied in a different
order. Values then end up in the wrong columns, and SQLite accepts most of them.

    INSERT INTO photos_rebuilt SELECT * FROM photos;

To fix it, name the columns on both sides.

    INSERT INTO photos_rebuilt (id, title) SELECT id, title FROM photos;",
};

/// Reports rows that are copied with a star instead of column names.
pub(super) fn check(script: &ParsedScript) -> Vec<Finding> {
    let mut findings = Vec::new();
    for section in &script.sections {
        let text = script.source.text.get(section.text.clone()).unwrap_or_default();
        if text.contains('*') {
            findings.extend(statements(script, section).filter_map(|words| {
                let inserts = words.first().is_some_and(|first| first.kind != TokenType::TK_CREATE);
                star(&words).filter(|_| inserts).map(finding)
            }));
        }
    }
    findings
}

/// Returns the star of the outermost query of an `INSERT` or `CREATE TABLE … AS`, or `None` if
/// there is none.
pub(super) fn star<'w, 's>(words: &'w [Word<'s>]) -> Option<&'w Word<'s>> {
    let first = words.first()?.kind;
    let makes_a_table = || {
        let kind = words.get(1).map(|word| word.kind);
        first == TokenType::TK_CREATE && kind == Some(TokenType::TK_TABLE)
    };
    if !matches!(first, TokenType::TK_INSERT | TokenType::TK_REPLACE) && !makes_a_table() {
        return None;
    }
    let mut depth = 0_usize;
    let mut outermost = words.iter().filter(|word| {
        if word.kind == TokenType::TK_RP {
            depth = depth.saturating_sub(1);
        }
        let is_outermost = depth == 0;
        if word.kind == TokenType::TK_LP {
            depth += 1;
        }
        is_outermost
    });
    let mut before = outermost.find(|word| word.kind == TokenType::TK_SELECT)?;
    for word in outermost.take_while(|word| word.kind != TokenType::TK_FROM) {
        if word.kind == TokenType::TK_STAR && precedes_a_column(before) {
            return Some(word);
        }
        before = word;
    }
    None
}

fn finding(word: &Word<'_>) -> Finding {
    Finding::new(
        &LINT,
        word.span.clone(),
        "rows are copied by the order of columns, which can differ between databases",
        "the columns in their current order",
        "name the columns on both sides: `INSERT INTO new (a, b) SELECT a, b FROM old`",
    )
}
