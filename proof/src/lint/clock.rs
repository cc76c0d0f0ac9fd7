//! `clock-or-random`: statements that read the clock or random numbers.

use aludel_core::script::ParsedScript;
use aludel_core::script::sqlite::{TokenType, unquoted};

use super::Finding;
use super::statement::{Word, statements};
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: "clock-or-random",
    level: Level::Deny,
    summary: "a statement that reads the clock or random numbers writes different rows on every database",
    explanation: "\
The result on a user's database is then not the one that was tested, and upgrading again after a
downgrade leads to a different result.

    UPDATE photos SET imported_at = CURRENT_TIMESTAMP;
    INSERT INTO settings VALUES ('key', hex(randomblob(16)));
    UPDATE photos SET taken_at = datetime(taken_at, 'utc');

The last statement reads the time zone of the machine that runs it. If that has daylight saving
time, one hour a year cannot be restored.

Only code that runs with the script counts. A DEFAULT, a CHECK, a view and the body of a trigger run
with the program, and may read the clock.

To fix it, write a meaningful value (`'1970-01-01 00:00:00'`, or NULL for unknown), take the value
from another column, shift a time by a fixed number of hours (`datetime(taken_at, '-1 hours')`), or
let the program fill it in. If each row needs a random value (a token, an ID), allow it:
`-- Allow: clock-or-random`.",
};

/// Functions that return random values.
const RANDOM: [&str; 2] = ["random", "randomblob"];
/// Date and time functions, with the number of arguments before the time value.
const TIMES: [(&str, usize); 6] =
    [("date", 0), ("time", 0), ("datetime", 0), ("julianday", 0), ("unixepoch", 0), ("strftime", 1)];
/// Any SQL that reads the clock or random numbers contains one of these.
const HINTS: [&str; 4] = ["current_", "random", "date", "time"];
const MORE_HINTS: [&str; 2] = ["julianday", "unixepoch"];

/// Reports statements that change rows and read the clock or random numbers.
pub(super) fn check(script: &ParsedScript) -> Vec<Finding> {
    let mut findings = Vec::new();
    for section in &script.sections {
        let text = script.source.text.get(section.text.clone()).unwrap_or_default().to_ascii_lowercase();
        if !HINTS.iter().chain(&MORE_HINTS).any(|hint| text.contains(hint)) {
            continue;
        }
        for words in statements(script, section).filter(|words| changes_rows(words)) {
            findings.extend((0..words.len()).find_map(|at| {
                question(words.get(at..)?, at.checked_sub(1).and_then(|before| words.get(before)))
            }));
        }
    }
    findings
}

/// Returns `true` if a statement evaluates all of its expressions when it runs, as `INSERT`,
/// `UPDATE`, `DELETE` and `CREATE TABLE … AS SELECT` do.
fn changes_rows(words: &[Word<'_>]) -> bool {
    match words.first().map(|word| word.kind) {
        Some(TokenType::TK_INSERT | TokenType::TK_REPLACE | TokenType::TK_UPDATE | TokenType::TK_DELETE) => {
            true
        }
        Some(TokenType::TK_WITH) => words.iter().any(|word| {
            matches!(word.kind, TokenType::TK_INTO | TokenType::TK_UPDATE | TokenType::TK_DELETE)
        }),
        Some(TokenType::TK_CREATE) => {
            let before_body = words.iter().take_while(|word| word.kind != TokenType::TK_LP);
            let mut tokens = before_body.map(|word| word.kind);
            tokens.clone().any(|token| token == TokenType::TK_TABLE)
                && tokens.any(|token| token == TokenType::TK_AS)
        }
        _ => false,
    }
}

/// Returns a finding if the words begin with an expression that reads the clock, random numbers or
/// the time zone. Returns `None` otherwise.
fn question(words: &[Word<'_>], before: Option<&Word<'_>>) -> Option<Finding> {
    let (first, rest) = words.split_first()?;
    if first.kind == TokenType::TK_CTIME_KW {
        return Some(finding(first, "the clock"));
    }
    let is_call =
        first.kind == TokenType::TK_ID && rest.first().is_some_and(|next| next.kind == TokenType::TK_LP);
    let is_name_of_a_table = before.is_some_and(|before| {
        matches!(
            before.kind,
            TokenType::TK_INTO
                | TokenType::TK_DOT
                | TokenType::TK_TABLE
                | TokenType::TK_WITH
                | TokenType::TK_AS
        )
    });
    if !is_call || is_name_of_a_table {
        return None;
    }
    let name = unquoted(first.text).to_ascii_lowercase();
    if RANDOM.contains(&name.as_str()) {
        return Some(finding(first, "random numbers"));
    }
    let (_, before_time) = TIMES.iter().find(|(time, _)| *time == name)?;
    let arguments = rest.get(1..)?;
    if asks_for_now(arguments, *before_time) {
        return Some(finding(first, "the clock"));
    }
    asks_for_zone(arguments).then(|| finding(first, "the machine's time zone"))
}

/// Returns `true` if the arguments of a date and time function contain a modifier that reads the
/// machine's time zone.
fn asks_for_zone(arguments: &[Word<'_>]) -> bool {
    let mut depth = 1_usize;
    let inside = arguments.iter().take_while(|word| {
        match word.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => depth -= 1,
            _ => {}
        }
        depth > 0
    });
    let is_zone = |word: &Word<'_>| ["localtime", "utc"].iter().any(|zone| word.names(zone));
    inside.filter(|word| word.kind == TokenType::TK_STRING).any(is_zone)
}

/// Returns `true` if the arguments of a date and time function pass `'now'` or omit the time value.
fn asks_for_now(arguments: &[Word<'_>], before_time: usize) -> bool {
    let mut depth = 0_usize;
    let (mut commas, mut is_empty) = (0_usize, true);
    for word in arguments {
        match word.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP if depth == 0 => return commas + usize::from(!is_empty) <= before_time,
            TokenType::TK_RP => depth -= 1,
            TokenType::TK_COMMA if depth == 0 => commas += 1,
            TokenType::TK_STRING
                if depth == 0 && commas == before_time && unquoted(word.text).eq_ignore_ascii_case("now") =>
            {
                return true;
            }
            _ => {}
        }
        is_empty = false;
    }
    false
}

fn finding(word: &Word<'_>, what: &str) -> Finding {
    Finding::new(
        &LINT,
        word.span.clone(),
        format!("this statement depends on {what}: its rows differ on every database"),
        format!("reads {what} while the script runs"),
        "write a meaningful value, take it from another column, or let the program fill it in",
    )
}
