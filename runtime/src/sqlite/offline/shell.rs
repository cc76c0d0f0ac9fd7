//! The syntax of scripts for the `sqlite3` program (<https://sqlite.org/cli.html>): literals, and
//! lines that it would interpret as commands.

use std::fmt::Write as _;

use aludel_core::script::hexadecimal;
use aludel_core::script::sqlite::{Kind, lex, text_literal};
use rusqlite::types::Value;

/// Writes a statement with its semicolon.
///
/// `sqlite3` treats `/` or `go`, alone on a line outside a literal, like a semicolon. Such a line
/// is therefore joined with the next one. A line that begins with a dot is harmless, because the
/// program looks for commands only between statements.
pub(super) fn statement(sql: &str) -> String {
    let mut statement = sql.to_owned();
    if sql.lines().any(is_terminator) {
        for lexeme in lex(sql) {
            let before = sql.get(..lexeme.span.start).unwrap_or_default();
            let after = sql.get(lexeme.span.end..).unwrap_or_default();
            let line_end = after.len() - after.trim_start_matches([' ', '\t']).len();
            let begins_line = before.trim_end_matches([' ', '\t']).ends_with('\n');
            let ends_line = after.get(line_end..).is_some_and(|rest| rest.starts_with('\n'));
            let is_word = sql.get(lexeme.span.clone()).is_some_and(is_terminator);
            if matches!(lexeme.kind, Kind::Token(_)) && is_word && begins_line && ends_line {
                let newline = lexeme.span.end + line_end;
                statement.replace_range(newline..=newline, " ");
            }
        }
    }
    if !statement.ends_with(';') {
        statement.push(';');
    }
    statement
}

fn is_terminator(line: &str) -> bool {
    let word = line.trim();
    word == "/" || word.eq_ignore_ascii_case("go")
}

/// Formats a value as SQL.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => {
            let mut sql = String::new();
            // Writing to a string cannot fail.
            let _ = write!(sql, "{number:?}");
            sql
        }
        Value::Text(value) => text_literal(value),
        Value::Blob(bytes) => format!("x'{}'", hexadecimal(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::statement;

    #[test]
    fn a_line_that_sqlite3_takes_for_the_end_is_joined_with_the_next() {
        for (sql, expected) in [
            ("SELECT 6\n/\n2;", "SELECT 6\n/ 2;"),
            ("SELECT 1\n GO \nFROM t", "SELECT 1\n GO  FROM t;"),
            ("SELECT 'a\ngo\n/\n';", "SELECT 'a\ngo\n/\n';"),
            ("SELECT /*\n/\n*/ 1;", "SELECT /*\n/\n*/ 1;"),
            ("SELECT 1 / 2;", "SELECT 1 / 2;"),
        ] {
            assert_eq!(statement(sql), expected);
        }
    }
}
