//! The statements that are not allowed in a script.

use std::ops::Range;

use super::enum_value;
use super::fault::PostgresFault;
use super::lexer::{Kind, Lexeme, Unclosed, lex};
use super::outside::{self, OutsideStatement};
use super::statement::{makes_routine, span, split};
use super::token::{Token, begins, contains, of_lexemes, outside_parentheses, tokens};
use crate::script::reporter::Reporter;
use crate::script::section::{Rules, takes_marker};
use crate::script::section_kind::SectionKind;

/// Checks the statements in part of the text and returns their byte ranges.
pub(in crate::script) fn read(
    text: &str,
    part: Range<usize>,
    rules: &Rules<'_>,
    reporter: &mut Reporter,
) -> Vec<Range<usize>> {
    let mut lexemes = lex(text.get(part.clone()).unwrap_or_default());
    for Lexeme { span, .. } in &mut lexemes {
        *span = part.start + span.start..part.start + span.end;
    }
    let is_readable = check_tokens(text, &lexemes, reporter);
    let split = split(text, &lexemes);
    let statements: Vec<Range<usize>> = split.iter().filter_map(|statement| span(statement)).collect();
    if !is_readable {
        // If there were no statements, the section would also be reported as empty.
        return if statements.is_empty() { vec![part] } else { statements };
    }
    let tokens: Vec<Vec<Token<'_>>> = split.iter().map(|statement| of_lexemes(text, statement)).collect();
    let checked = || tokens.iter().zip(&statements);
    // A section runs outside a transaction only if a statement has a reason to.
    let is_outside =
        rules.is_outside && tokens.iter().any(|tokens| OutsideStatement::parse_tokens(tokens).is_some());
    for (tokens, span) in checked() {
        let fault = if is_outside { None } else { inside(tokens) };
        match fault.or_else(|| nowhere(tokens)) {
            Some(fault) => reporter.report(span.clone(), &fault),
            None => check_parameters(tokens, reporter),
        }
    }
    if is_outside {
        outside::check(&checked().collect::<Vec<_>>(), reporter);
    } else if rules.allow.iter().all(|lint| lint.value != enum_value::LINT) {
        enum_value::check(&tokens, reporter);
    }
    statements
}

/// Checks that a script with `Outside Transaction` has a statement that runs outside one.
///
/// Rule: the upgrade or the downgrade contains such a statement. The other section may run inside a
/// transaction. Otherwise, the declaration has no effect.
pub(in crate::script) fn check_outside(text: &str, sections: &[&[Range<usize>]], reporter: &mut Reporter) {
    let parsed = |span: &Range<usize>| tokens(text.get(span.clone()).unwrap_or_default());
    let all: Vec<(Vec<Token<'_>>, &Range<usize>)> =
        sections.iter().copied().flatten().map(|span| (parsed(span), span)).collect();
    if all.iter().any(|(tokens, _)| OutsideStatement::parse_tokens(tokens).is_some()) {
        return;
    }
    let Some((tokens, span)) = all.first() else { return };
    // A statement that is not allowed anywhere is already reported.
    if inside(tokens).or_else(|| nowhere(tokens)).is_none() {
        reporter.report((*span).clone(), &PostgresFault::not_outside(tokens));
    }
}

/// Checks that every literal is closed and that there are no `psql` commands. Returns `false` if
/// the check fails, because the ends of statements are then uncertain.
fn check_tokens(text: &str, lexemes: &[Lexeme], reporter: &mut Reporter) -> bool {
    let command = lexemes.iter().find(|lexeme| lexeme.kind == Kind::Symbol('\\'));
    if let Some(Lexeme { span, .. }) = command {
        let line = text.get(span.start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let command = line.split_whitespace().next().unwrap_or_default().to_owned();
        let place = span.start..span.start + line.trim_end().len();
        reporter.report(place, &PostgresFault::PsqlCommand { command });
    }
    let Some(last) = lexemes.last() else { return command.is_none() };
    let Kind::Unclosed(unclosed) = last.kind else { return command.is_none() };
    let inside = text.get(last.span.clone()).unwrap_or_default();
    // The error about the missing section already covers a comment that contains its marker.
    let takes_marker = |kind| takes_marker(inside, kind);
    if ![SectionKind::Upgrade, SectionKind::Downgrade].into_iter().any(takes_marker) {
        let first_line = inside.lines().next().unwrap_or_default();
        let place = last.span.start..last.span.start + first_line.len();
        let begin = match unclosed {
            Unclosed::Comment => "/*".to_owned(),
            Unclosed::Text => "'".to_owned(),
            Unclosed::Name => "\"".to_owned(),
            Unclosed::DollarQuoted => first_line.split_inclusive('$').take(2).collect(),
        };
        reporter.report(place, &PostgresFault::Unclosed { unclosed, begin });
    }
    false
}

/// Returns the rule that a statement inside a transaction breaks, or `None` if it breaks none.
///
/// Rule: only the runner controls the transaction. A script changes no setting that outlives the
/// transaction, and contains no statement that PostgreSQL refuses inside a transaction.
fn inside(tokens: &[Token<'_>]) -> Option<PostgresFault> {
    let control = |keyword: &str| Some(PostgresFault::TransactionControl { keyword: keyword.to_owned() });
    let session = |keyword: String| Some(PostgresFault::SessionSetting { keyword });
    let first = tokens.first()?.text.to_ascii_uppercase();
    let second = tokens.get(1).map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
    match (first.as_str(), second.as_str()) {
        ("START" | "PREPARE" | "SET", "TRANSACTION") | ("COMMIT" | "ROLLBACK", "PREPARED") => {
            control(&format!("{first} {second}"))
        }
        ("BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE", _) => control(&first),
        ("SET", "LOCAL" | "CONSTRAINTS") => None,
        ("SET", "SESSION" | "ROLE" | "TIME") => session(format!("SET {second}")),
        ("SET", _) => session("SET".to_owned()),
        ("RESET" | "DISCARD" | "LISTEN" | "UNLISTEN", _) => session(first),
        _ => OutsideStatement::parse_tokens(tokens)
            .filter(OutsideStatement::is_refused_inside)
            .map(|statement| PostgresFault::OnlyOutside { statement: statement.keywords() }),
    }
}

/// Returns the rule that a statement breaks in any section, or `None` if it breaks none.
///
/// Rule: a script changes only its own database, and exchanges no rows with the client.
pub(super) fn nowhere(tokens: &[Token<'_>]) -> Option<PostgresFault> {
    const OF_THE_SERVER: [[&str; 2]; 8] = [
        ["create", "database"],
        ["drop", "database"],
        ["create", "tablespace"],
        ["drop", "tablespace"],
        ["alter", "tablespace"],
        ["alter", "system"],
        ["reindex", "database"],
        ["reindex", "system"],
    ];
    let keywords = outside_parentheses(tokens);
    if let Some([first, second, ..]) = keywords.get(..2)
        && OF_THE_SERVER.iter().any(|[one, other]| first.is(one) && second.is(other))
    {
        let statement = format!("{} {}", first.text, second.text).to_uppercase();
        return Some(PostgresFault::OfTheServer { statement });
    }
    let is_moved = begins(tokens, &["alter", "database"]) && contains(tokens, &["set", "tablespace"]);
    if is_moved {
        return Some(PostgresFault::OfTheServer {
            statement: "ALTER DATABASE … SET TABLESPACE".to_owned()
        });
    }
    if !begins(tokens, &["copy"]) {
        return None;
    }
    let is_from = contains(tokens, &["from", "stdin"]);
    (is_from || contains(tokens, &["to", "stdout"])).then_some(PostgresFault::CopyOfTheClient { is_from })
}

/// Reports parameters, except in function bodies and prepared statements.
fn check_parameters(tokens: &[Token<'_>], reporter: &mut Reporter) {
    if makes_routine(tokens) || begins(tokens, &["prepare"]) {
        return;
    }
    for parameter in tokens.iter().filter(|token| token.kind == Kind::Parameter) {
        let fault = PostgresFault::Parameter { name: parameter.text.to_owned() };
        reporter.report(parameter.span.clone(), &fault);
    }
}
