//! Finds the statements of a section, and rejects those that are not allowed in a script.

use std::ops::Range;

use sqlite3_parser::dialect::TokenType;

use super::fault::StatementFault;
use super::grammar::{Grammar, INCOMPLETE};
use super::outside;
use super::pragma::pragma_writes;
use super::{Kind, Lexeme, hidden_spaces, lex, tokens};
use crate::script::reporter::Reporter;

/// Returns `true` if a statement reads or changes rows, and therefore cannot change the schema.
#[must_use]
pub fn changes_only_rows(statement: &str) -> bool {
    matches!(
        tokens(statement).first().map(|token| token.kind),
        Some(
            TokenType::TK_INSERT
                | TokenType::TK_REPLACE
                | TokenType::TK_UPDATE
                | TokenType::TK_DELETE
                | TokenType::TK_SELECT
                | TokenType::TK_VALUES
                | TokenType::TK_WITH
        )
    )
}

/// Returns `true` if two pieces of SQL have the same statements. They may differ in comments and in
/// white space between tokens.
#[must_use]
pub fn same_statements(one: &str, other: &str) -> bool {
    let tokens = |text: &str| -> Vec<String> {
        let lexemes = lex(text).into_iter().filter(is_sql);
        lexemes.filter_map(|lexeme| text.get(lexeme.span).map(str::to_owned)).collect()
    };
    tokens(one) == tokens(other)
}

/// Returns the byte range of each statement in SQL text, including its semicolon.
#[must_use]
pub fn statements(text: &str) -> Vec<Range<usize>> {
    split(&lex(text)).into_iter().filter_map(span).collect()
}

/// Reports characters between tokens that people do not recognize as spaces.
pub(in crate::script) fn check_gaps(text: &str, reporter: &mut Reporter) {
    for span in hidden_spaces(text, &lex(text)) {
        let name = if span.len() == 1 { "a vertical tab" } else { "a byte order mark" };
        reporter.report(span, &StatementFault::HiddenCharacter { name });
    }
}

/// Checks the statements in part of the text and returns their byte ranges.
pub(in crate::script) fn read(
    text: &str,
    part: Range<usize>,
    is_outside: bool,
    (grammar, reporter): (&mut Grammar, &mut Reporter),
) -> Vec<Range<usize>> {
    let mut lexemes = lex(text.get(part.clone()).unwrap_or_default());
    for Lexeme { span, .. } in &mut lexemes {
        *span = part.start + span.start..part.start + span.end;
    }
    let split = split(&lexemes).into_iter();
    if !is_outside {
        return split.filter_map(|statement| check(text, statement, grammar, reporter)).collect();
    }
    let statements: Vec<Range<usize>> = split.filter_map(span).collect();
    outside::check(text, &statements, reporter);
    statements
}

/// Returns the byte range of a statement, from its first token to its last, or `None` if it has no
/// tokens.
fn span(statement: &[Lexeme]) -> Option<Range<usize>> {
    let start = statement.first()?.span.start;
    let end = statement.iter().rfind(|lexeme| is_sql(lexeme))?.span.end;
    Some(start..end)
}

/// Splits lexemes into statements. Each extends from its first token to its semicolon or to the
/// end.
///
/// Like `sqlite3_complete` (<https://sqlite.org/c3ref/complete.html>), this ends a statement at a
/// semicolon. A `CREATE TRIGGER` ends at the semicolon after `; END`.
fn split(lexemes: &[Lexeme]) -> Vec<&[Lexeme]> {
    let mut statements = Vec::new();
    let mut start = None;
    for (position, lexeme) in lexemes.iter().enumerate() {
        let is_semicolon = lexeme.kind == Kind::Token(TokenType::TK_SEMI);
        if start.is_none() && !is_semicolon && is_sql(lexeme) {
            start = Some(position);
        }
        let Some(first) = start else { continue };
        let statement = lexemes.get(first..=position).unwrap_or_default();
        if is_semicolon && (!makes_trigger(statement) || ends_trigger(statement)) {
            statements.push(statement);
            start = None;
        }
    }
    statements.extend(start.and_then(|first| lexemes.get(first..)));
    statements
}

/// Checks a statement and returns its byte range in the file, or `None` if it has no tokens.
fn check(
    text: &str,
    statement: &[Lexeme],
    grammar: &mut Grammar,
    reporter: &mut Reporter,
) -> Option<Range<usize>> {
    let Range { start, end } = span(statement)?;
    if let Some(fault) = forbidden(text, statement) {
        reporter.report(start..end, &fault);
        return Some(start..end);
    }
    if let Err(refusal) = grammar.check(text.get(start..end)?) {
        let place = token_at(statement, start + refusal.offset).unwrap_or(start..end);
        reporter.report(place, &StatementFault::Syntax { message: refusal.message });
        return Some(start..end);
    }
    if makes_trigger(statement) && !is_whole_trigger(statement) {
        let last =
            statement.iter().rfind(|lexeme| is_sql(lexeme)).map_or(start..end, |last| last.span.clone());
        reporter.report(last, &StatementFault::Syntax { message: INCOMPLETE.to_owned() });
        return Some(start..end);
    }
    for parameter in statement.iter().filter(|lexeme| lexeme.kind == Kind::Token(TokenType::TK_VARIABLE)) {
        let name = text.get(parameter.span.clone())?.to_owned();
        reporter.report(parameter.span.clone(), &StatementFault::Parameter { name });
    }
    Some(start..end)
}

/// Returns the rule that a statement breaks, or `None` if it breaks none.
///
/// Rule: a script contains no transaction control, `ATTACH`, `DETACH`, `VACUUM` or pragma that
/// writes.
fn forbidden(text: &str, statement: &[Lexeme]) -> Option<StatementFault> {
    let mut tokens = statement.iter().filter_map(|lexeme| match lexeme.kind {
        Kind::Token(token) => Some((token, text.get(lexeme.span.clone())?)),
        _ => None,
    });
    // SQLite executes a pragma even after EXPLAIN.
    let (first, word) = tokens.find(|(token, _)| !is_explain(*token))?;
    let keyword = word.to_uppercase();
    match first {
        TokenType::TK_BEGIN
        | TokenType::TK_COMMIT
        | TokenType::TK_END
        | TokenType::TK_ROLLBACK
        | TokenType::TK_SAVEPOINT
        | TokenType::TK_RELEASE => Some(StatementFault::TransactionControl { keyword }),
        TokenType::TK_ATTACH | TokenType::TK_DETACH | TokenType::TK_VACUUM => {
            Some(StatementFault::Forbidden { keyword })
        }
        TokenType::TK_PRAGMA => {
            let mut name = tokens.next()?.1;
            let mut after = tokens.next();
            if after.is_some_and(|(token, _)| token == TokenType::TK_DOT) {
                name = tokens.next()?.1;
                after = tokens.next();
            }
            let has_value = after.is_some_and(|(token, _)| token != TokenType::TK_SEMI);
            let name = name.trim_matches(['"', '`', '[', ']', '\'']);
            pragma_writes(name, has_value).then(|| StatementFault::WritingPragma { pragma: name.to_owned() })
        }
        _ => None,
    }
}

fn is_sql(lexeme: &Lexeme) -> bool {
    matches!(lexeme.kind, Kind::Token(_) | Kind::Invalid)
}

/// Returns `true` if a token is part of `EXPLAIN [QUERY PLAN]`.
fn is_explain(token: TokenType) -> bool {
    matches!(token, TokenType::TK_EXPLAIN | TokenType::TK_QUERY | TokenType::TK_PLAN)
}

/// Returns `true` if a statement begins with `[EXPLAIN [QUERY PLAN]] CREATE [TEMP] TRIGGER`.
fn makes_trigger(statement: &[Lexeme]) -> bool {
    let mut tokens = statement
        .iter()
        .filter_map(|lexeme| match lexeme.kind {
            Kind::Token(token) => Some(token),
            _ => None,
        })
        .skip_while(|token| is_explain(*token));
    tokens.next() == Some(TokenType::TK_CREATE)
        && match tokens.next() {
            Some(TokenType::TK_TRIGGER) => true,
            Some(TokenType::TK_TEMP) => tokens.next() == Some(TokenType::TK_TRIGGER),
            _ => false,
        }
}

/// Returns `true` if the last three tokens are `; END ;`.
fn ends_trigger(statement: &[Lexeme]) -> bool {
    let mut tokens = statement.iter().rev().filter(|lexeme| is_sql(lexeme)).map(|lexeme| lexeme.kind);
    let last = [tokens.next(), tokens.next(), tokens.next()];
    last == [TokenType::TK_SEMI, TokenType::TK_END, TokenType::TK_SEMI].map(|token| Some(Kind::Token(token)))
}

/// Returns `true` if the last tokens are `; END`, with or without a semicolon.
///
/// The grammar is checked on an empty database, where every table is missing. SQLite reports a
/// trigger's missing table before it reads the rest of the trigger.
fn is_whole_trigger(statement: &[Lexeme]) -> bool {
    let semicolon = Kind::Token(TokenType::TK_SEMI);
    let mut tokens = statement.iter().rev().filter(|lexeme| is_sql(lexeme)).map(|lexeme| lexeme.kind);
    tokens.find(|kind| *kind != semicolon) == Some(Kind::Token(TokenType::TK_END))
        && tokens.next() == Some(semicolon)
}

/// Returns the byte range of the token at an offset, or of the last token before it. Returns `None`
/// if there is no such token.
fn token_at(statement: &[Lexeme], offset: usize) -> Option<Range<usize>> {
    statement
        .iter()
        .filter(|lexeme| is_sql(lexeme))
        .take_while(|lexeme| lexeme.span.start <= offset)
        .last()
        .map(|lexeme| lexeme.span.clone())
}
