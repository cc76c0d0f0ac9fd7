//! Converts the text of a migration to a section of a script.

use aludel_core::script::sqlite::{TokenType, tokens};
use aludel_core::script::{self, OutsideStatement};

/// The pragmas that a run sets itself. It disables foreign key enforcement, and checks foreign keys
/// before it commits.
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
/// Removes transactions, pragmas about foreign keys and writes to the version table, because a run
/// executes these itself. A comment that looks like a section marker is changed so that it is not
/// one.
pub(super) fn section(text: &str) -> Section {
    let mut section = Section::default();
    let mut end = 0;
    for span in script::statements(text) {
        let statement = text.get(span.clone()).unwrap_or_default();
        let between = text.get(end..span.start).unwrap_or_default();
        section.text += &without_markers(between);
        if belongs_to_the_run(statement) {
            let line = statement.lines().next().unwrap_or_default().trim_end_matches(';').to_owned();
            section.removed.push(line);
        } else {
            section.text += &without_markers(statement);
            if !statement.ends_with(';') {
                section.text.push(';');
            }
        }
        end = span.end;
    }
    let rest = text.get(end..).unwrap_or_default();
    section.text += &without_markers(rest.trim_start_matches([';', ' ']));
    section.text = section.text.trim().to_owned();
    while section.text.contains("\n\n\n") {
        section.text = section.text.replace("\n\n\n", "\n\n");
    }
    section
}

/// Returns `true` if the text has statements that only run outside a transaction, however the other
/// tool ran them.
pub(super) fn is_outside_transaction(text: &str) -> bool {
    let statements = script::statements(text);
    let is_outside =
        |span: &std::ops::Range<usize>| text.get(span.clone()).and_then(OutsideStatement::parse).is_some();
    !statements.is_empty() && statements.iter().all(is_outside)
}

/// Returns `true` if the text has a statement.
pub(super) fn has_statements(text: &str) -> bool {
    !script::statements(text).is_empty()
}

/// Returns `true` for a statement that a run executes itself.
fn belongs_to_the_run(statement: &str) -> bool {
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

/// Returns text in which no comment line is a marker, and none asks a person to decide something.
fn without_markers(text: &str) -> String {
    let line = |line: &str| {
        let words = line.trim().trim_start_matches('-').trim();
        let is_comment = line.trim().starts_with("--");
        let is_marker =
            ["upgrade", "downgrade", "sample"].iter().any(|word| words.eq_ignore_ascii_case(word));
        if is_comment && (is_marker || words.starts_with("REVIEW:")) {
            format!("-- ({words})")
        } else {
            line.to_owned()
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn what_a_run_does_itself_is_removed() {
        let of = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n-- Upgrade\nCREATE TABLE t (x); -- why\n\
                  CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;\nINSERT INTO alembic_version VALUES ('a');\n\
                  COMMIT;\nINSERT INTO t VALUES (1)";
        let section = section(of);
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
}
