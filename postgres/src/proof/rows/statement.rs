//! Classifies statements by their words.

use std::collections::BTreeSet;

use aludel_core::script::postgres::{Token, tokens};

/// The first words of statements that change rows.
const WRITING: [&str; 4] = ["insert", "update", "delete", "merge"];

/// Returns the first word of a statement and the set of all its words, in lower case. The set
/// includes the words in the code of a `DO` block.
fn words(statement: &str) -> (String, BTreeSet<String>) {
    let tokens = tokens(statement);
    let first = tokens.iter().find(|token| !token.is_symbol('('));
    let first = first.map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
    let mut words: BTreeSet<String> = tokens.iter().filter_map(Token::name).collect();
    if first == "do" {
        words.extend(tokens.iter().filter_map(Token::value).flat_map(|code| self::words(&code).1));
    }
    (first, words)
}

/// The first words of statements whose effect is visible in a schema comparison, or that have no
/// effect on rows.
const ROWLESS: [&str; 16] = [
    "alter", "analyze", "cluster", "comment", "create", "drop", "grant", "import", "lock", "reassign",
    "reindex", "reset", "revoke", "security", "set", "vacuum",
];

fn has(words: &BTreeSet<String>, some: &[&str]) -> bool {
    some.iter().any(|word| words.contains(*word))
}

/// Returns `true` if a statement changes rows and the server reports their number.
pub(super) fn changes_rows(statement: &str) -> bool {
    let (first, words) = words(statement);
    WRITING.contains(&first.as_str()) || (first == "with" && has(&words, &WRITING))
}

/// Returns `true` if a statement changes rows only by changing the schema, if at all. A function, a
/// code block or a procedure may do anything.
pub(super) fn changes_no_rows(statement: &str) -> bool {
    ROWLESS.contains(&words(statement).0.as_str())
}

/// Returns `true` if the contents of the tables determine whether a statement changes rows.
pub(super) fn depends_on_rows(statement: &str) -> bool {
    let (first, words) = words(statement);
    match first.as_str() {
        "update" | "delete" | "merge" => true,
        "insert" => has(&words, &["select", "table", "update"]),
        "with" => has(&words, &WRITING),
        "do" => has(&words, &["update", "delete", "merge"]),
        _ => false,
    }
}

/// Returns `true` if a statement may convert values to another type.
pub(super) fn converts(statement: &str) -> bool {
    let (first, words) = words(statement);
    first == "alter" && has(&words, &["type"])
}

/// Returns `true` if a statement may call a function or a procedure that changes rows.
pub(super) fn calls(statement: &str) -> bool {
    matches!(words(statement).0.as_str(), "select" | "call")
}

/// Returns `true` if a statement may overwrite values of a row with the same values.
pub(super) fn updates(statement: &str) -> bool {
    let (first, words) = words(statement);
    first == "with" || words.contains("update")
}

/// Returns `true` if a statement changes or deletes existing rows.
pub(super) fn removes(statement: &str) -> bool {
    has(&words(statement).1, &["update", "delete"])
}

#[cfg(test)]
mod tests {
    use super::{changes_rows, depends_on_rows, removes};

    #[test]
    fn statements_are_known_by_their_words() {
        for (statement, expected) in [
            ("DELETE FROM t", [true, true, true]),
            ("-- first\nupdate t set a = 1", [true, true, true]),
            ("INSERT INTO t VALUES ('select')", [true, false, false]),
            ("INSERT INTO t SELECT * FROM u", [true, true, false]),
            ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2", [true, true, true]),
            ("WITH x AS (DELETE FROM t RETURNING a) INSERT INTO u SELECT a FROM x", [true, true, true]),
            ("WITH x AS (SELECT 1) SELECT * FROM x", [false, false, false]),
            ("DO $$ BEGIN DELETE FROM t; END $$", [false, true, true]),
            ("CREATE TABLE updates (a int)", [false, false, false]),
        ] {
            let found = [changes_rows(statement), depends_on_rows(statement), removes(statement)];
            assert_eq!(found, expected, "{statement}");
        }
    }
}
