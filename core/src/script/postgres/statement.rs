//! Finds the end of each statement in SQL text.

use std::ops::Range;

use super::lexer::{Kind, Lexeme, lex};
use super::token::{Token, begins, tokens};

/// Returns the byte range of each statement in SQL text, including its semicolon.
#[must_use]
pub fn statements(text: &str) -> Vec<Range<usize>> {
    split(text, &lex(text)).into_iter().filter_map(span).collect()
}

/// Returns `true` if two pieces of SQL have the same statements. They may differ in comments and in
/// white space between tokens.
#[must_use]
pub fn same_statements(one: &str, other: &str) -> bool {
    let texts = |text| tokens(text).into_iter().map(|token| token.text).collect::<Vec<_>>();
    texts(one) == texts(other)
}

/// Returns `true` if a statement reads or changes rows. The functions that it calls may do more.
#[must_use]
pub fn changes_only_rows(statement: &str) -> bool {
    const OF_ROWS: [&str; 9] =
        ["select", "values", "table", "with", "insert", "update", "delete", "merge", "truncate"];
    let tokens = tokens(statement);
    let first = tokens.iter().find(|token| !token.is_symbol('('));
    first.is_some_and(|first| OF_ROWS.iter().any(|word| first.is(word))) && !is_select_into(&tokens)
}

/// Returns `true` for `SELECT … INTO`, which creates a table.
fn is_select_into(tokens: &[Token<'_>]) -> bool {
    let is_insert = |position: usize| {
        let before = position.checked_sub(1).and_then(|before| tokens.get(before));
        before.is_some_and(|token| token.is("insert") || token.is("merge"))
    };
    let mut words = tokens.iter().enumerate();
    words.any(|(position, token)| token.is("into") && !is_insert(position))
}

/// Returns the byte range of a statement, from its first token to its last, or `None` if it has no
/// tokens.
pub(super) fn span(statement: &[Lexeme]) -> Option<Range<usize>> {
    let start = statement.first()?.span.start;
    let end = statement.iter().rfind(|lexeme| lexeme.is_sql())?.span.end;
    Some(start..end)
}

/// Splits lexemes into statements. Each extends from its first token to its semicolon or to the
/// end.
///
/// Rule: a semicolon ends a statement, except inside parentheses, such as those of a rule, and
/// between `BEGIN ATOMIC` and its `END` in a function body. The rows after `COPY … FROM STDIN`
/// belong to that statement.
pub(super) fn split<'l>(text: &str, lexemes: &'l [Lexeme]) -> Vec<&'l [Lexeme]> {
    let mut statements = Vec::new();
    let mut start = None;
    let mut depth = Depth::default();
    for (position, lexeme) in lexemes.iter().enumerate() {
        if start.is_none() && lexeme.is_sql() && lexeme.kind != Kind::Symbol(';') {
            start = Some(position);
            depth = Depth::default();
        }
        let Some(first) = start else { continue };
        depth.take(lexeme, text.get(lexeme.span.clone()).unwrap_or_default());
        if lexeme.kind == Kind::Symbol(';') && depth.is_outside() {
            let has_rows = lexemes.get(position + 1).is_some_and(|next| next.kind == Kind::Rows);
            statements.extend(lexemes.get(first..=position + usize::from(has_rows)));
            start = None;
        } else if lexeme.kind == Kind::Rows {
            start = None;
        }
    }
    statements.extend(start.and_then(|first| lexemes.get(first..)));
    statements
}

/// The parentheses and function bodies that are open at a lexeme.
#[derive(Default)]
struct Depth<'t> {
    parentheses: usize,
    /// The number of open `BEGIN ATOMIC` blocks and of `CASE` expressions in them. Each ends with
    /// `END`.
    bodies: usize,
    /// The previous token.
    previous: &'t str,
}

impl<'t> Depth<'t> {
    fn is_outside(&self) -> bool {
        self.parentheses == 0 && self.bodies == 0
    }

    fn take(&mut self, lexeme: &Lexeme, text: &'t str) {
        if !lexeme.is_sql() {
            return;
        }
        let previous = std::mem::replace(&mut self.previous, text);
        match lexeme.kind {
            Kind::Symbol('(') => self.parentheses += 1,
            Kind::Symbol(')') => self.parentheses = self.parentheses.saturating_sub(1),
            // Names and labels such as `AS end` and `t.case` do not open or end anything.
            Kind::Word if previous == "." || previous.eq_ignore_ascii_case("as") => {}
            Kind::Word if text.eq_ignore_ascii_case("atomic") && previous.eq_ignore_ascii_case("begin") => {
                self.bodies += 1;
            }
            Kind::Word if self.bodies > 0 && text.eq_ignore_ascii_case("case") => self.bodies += 1,
            Kind::Word if self.bodies > 0 && text.eq_ignore_ascii_case("end") => self.bodies -= 1,
            _ => {}
        }
    }
}

/// Returns `true` if a statement creates a function or procedure. The body may use parameters.
pub(super) fn makes_routine(tokens: &[Token<'_>]) -> bool {
    let after = match tokens {
        [create, or, replace, rest @ ..] if create.is("create") && or.is("or") && replace.is("replace") => {
            rest
        }
        [create, rest @ ..] if create.is("create") => rest,
        _ => return false,
    };
    begins(after, &["function"]) || begins(after, &["procedure"])
}
