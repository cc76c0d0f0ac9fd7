//! Converts the text of a migration to a section of a script.

use std::ops::Range;

use aludel_core::script::sqlite::{TokenType, tokens};
use aludel_core::script::{Dialect, postgres, sqlite};

/// The pragmas that a run replaces: it disables foreign key enforcement itself, and checks foreign
/// keys before it commits.
const PRAGMAS: [&str; 4] = ["foreign_keys", "defer_foreign_keys", "foreign_key_check", "legacy_alter_table"];

/// Alembic's version table, which a run writes itself.
const VERSION_TABLE: &str = "alembic_version";

/// The text of a section, and the statements that were removed from it.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) text: String,
    pub(super) removed: Vec<String>,
}

/// Converts the text of a migration.
///
/// Removes transaction statements, foreign key pragmas and writes to the version table, because a
/// run executes these itself. Also changes comments that look like section markers, so that they
/// are no longer markers. Literals do not change.
pub(super) fn section(dialect: Dialect, text: &str) -> Section {
    let text = without_markers(dialect, text);
    let mut section = Section::default();
    let mut between = String::new();
    let mut end = 0;
    for span in dialect.statements(&text) {
        let statement = text.get(span.clone()).unwrap_or_default();
        between += text.get(end..span.start).unwrap_or_default();
        if belongs_to_the_run(dialect, statement) {
            let line = statement.lines().next().unwrap_or_default().trim_end_matches(';').to_owned();
            section.removed.push(line);
        } else {
            section.text += &without_blank_lines(&std::mem::take(&mut between));
            section.text += statement;
            if !statement.ends_with(';') {
                section.text.push(';');
            }
        }
        end = span.end;
    }
    between += text.get(end..).unwrap_or_default().trim_start_matches([';', ' ']);
    section.text += &without_blank_lines(&between);
    section.text.truncate(section.text.trim_end().len());
    section.text.drain(..section.text.len() - section.text.trim_start().len());
    section
}

/// Returns the text between two statements, with consecutive blank lines reduced to one.
fn without_blank_lines(between: &str) -> String {
    let mut between = between.to_owned();
    while between.contains("\n\n\n") {
        between = between.replace("\n\n\n", "\n\n");
    }
    between
}

/// Returns `true` if the text has statements that run only outside a transaction, regardless of how
/// the other tool ran them.
pub(super) fn is_outside_transaction(dialect: Dialect, text: &str) -> bool {
    let statements = dialect.statements(text);
    let is_outside =
        |span: &Range<usize>| text.get(span.clone()).is_some_and(|statement| dialect.runs_outside(statement));
    !statements.is_empty() && statements.iter().all(is_outside)
}

/// Returns `true` if the text has a statement.
pub(super) fn has_statements(dialect: Dialect, text: &str) -> bool {
    !dialect.statements(text).is_empty()
}

/// Returns `true` for a statement that a run executes itself.
fn belongs_to_the_run(dialect: Dialect, statement: &str) -> bool {
    if dialect == Dialect::Postgresql {
        return belongs_to_a_run_on_postgres(statement);
    }
    let tokens = tokens(statement);
    let word =
        |position: usize| tokens.get(position).map(|token| token.name().to_lowercase()).unwrap_or_default();
    match tokens.first().map(|token| token.kind) {
        Some(TokenType::TK_BEGIN | TokenType::TK_COMMIT | TokenType::TK_END) => true,
        Some(TokenType::TK_PRAGMA) => PRAGMAS.contains(&word(1).as_str()),
        Some(TokenType::TK_UPDATE) => word(1) == VERSION_TABLE,
        Some(TokenType::TK_INSERT | TokenType::TK_DELETE | TokenType::TK_CREATE | TokenType::TK_DROP) => {
            word(2) == VERSION_TABLE
        }
        _ => false,
    }
}

/// Returns `true` for a PostgreSQL statement that a run executes itself. Only the first words of
/// the statement matter.
fn belongs_to_a_run_on_postgres(statement: &str) -> bool {
    let words = postgres::tokens(statement).into_iter().take(4).map(|token| token.name().unwrap_or_default());
    let words: Vec<String> = words.map(|word| word.to_lowercase()).collect();
    let word = |position: usize| words.get(position).map_or("", String::as_str);
    match word(0) {
        "begin" | "commit" | "end" => true,
        "start" => word(1) == "transaction",
        "update" => word(1) == VERSION_TABLE,
        "insert" | "delete" | "create" | "drop" => word(2) == VERSION_TABLE,
        _ => false,
    }
}

/// Returns the text, changed so that no comment is a section marker or a question for a person.
fn without_markers(dialect: Dialect, text: &str) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut end = 0;
    for span in line_comments(dialect, text) {
        let words = text.get(span.clone()).unwrap_or_default().trim_start_matches('-').trim();
        let is_marker =
            ["upgrade", "downgrade", "sample"].iter().any(|word| words.eq_ignore_ascii_case(word));
        if is_marker || words.starts_with("REVIEW:") {
            changed += text.get(end..span.start).unwrap_or_default();
            changed.extend(["-- (", words, ")"]);
            end = span.end;
        }
    }
    changed + text.get(end..).unwrap_or_default()
}

/// Returns the byte range of each comment up to the end of a line.
fn line_comments(dialect: Dialect, text: &str) -> Vec<Range<usize>> {
    match dialect {
        Dialect::Sqlite => {
            let comments = sqlite::lex(text).into_iter().filter(|one| one.kind == sqlite::Kind::LineComment);
            comments.map(|comment| comment.span).collect()
        }
        Dialect::Postgresql => {
            let comments =
                postgres::lex(text).into_iter().filter(|one| one.kind == postgres::Kind::LineComment);
            comments.map(|comment| comment.span).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use aludel_core::script::Dialect;

    use super::section;

    #[test]
    fn what_a_run_does_itself_is_removed() {
        let of = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n-- Upgrade\nCREATE TABLE t (x); -- why\n\
                  CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;\nINSERT INTO alembic_version VALUES ('a');\n\
                  COMMIT;\nINSERT INTO t VALUES (1)";
        let section = section(Dialect::Sqlite, of);
        assert_eq!(
            section.text,
            "-- (Upgrade)\nCREATE TABLE t (x); -- why\nCREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;\n\n\
             INSERT INTO t VALUES (1);"
        );
        assert_eq!(
            section.removed,
            [
                "PRAGMA foreign_keys=OFF",
                "BEGIN TRANSACTION",
                "INSERT INTO alembic_version VALUES ('a')",
                "COMMIT"
            ]
        );
    }

    #[test]
    fn on_postgres_a_run_has_its_own_transaction() {
        let of = "START TRANSACTION;\nCREATE TABLE t (x int);\nDO $$ BEGIN NULL; END $$;\n\
                  INSERT INTO alembic_version VALUES ('a');\nCOMMIT;";
        let section = section(Dialect::Postgresql, of);
        assert_eq!(section.text, "CREATE TABLE t (x int);\nDO $$ BEGIN NULL; END $$;");
        assert_eq!(section.removed.len(), 3);
    }

    #[test]
    fn the_inside_of_a_literal_stays() {
        let literal = "'a\n\n\n\n-- upgrade\n-- REVIEW: b\n-- downgrade'";
        let statement = format!("INSERT INTO t -- REVIEW: c\n VALUES ({literal});");
        let kept = format!("INSERT INTO t -- (REVIEW: c)\n VALUES ({literal});");
        for dialect in Dialect::ALL {
            let of = format!("{statement}\n\n\n\n  -- Sample\n{statement}\n-- downgrade");
            let expected = format!("{kept}\n\n  -- (Sample)\n{kept}\n-- (downgrade)");
            assert_eq!(section(dialect, &of).text, expected, "{dialect}");
        }
        let trigger = "CREATE TRIGGER r AFTER INSERT ON t BEGIN\n\n\nSELECT \"a\n-- upgrade\"; END;";
        assert_eq!(section(Dialect::Sqlite, trigger).text, trigger);
        let block = "DO $x$ BEGIN\n\n\n-- upgrade\nNULL; END $x$;";
        assert_eq!(section(Dialect::Postgresql, block).text, block);
    }
}
