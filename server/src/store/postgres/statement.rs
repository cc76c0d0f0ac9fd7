//! Rewrites statements: SQLite's parameters, and lists in a parameter.

/// The rows of a JSON array, as SQLite's `json_each` returns them.
const ELEMENTS: (&str, &str) = (
    "(SELECT value, place - 1 AS key FROM jsonb_array_elements_text(",
    ") WITH ORDINALITY AS elements (value, place)) AS elements",
);

/// Rewrites a statement: `?1` becomes `$1`, a bare `?` the next parameter, and `json_each(?1)` the
/// rows of a JSON array. Literals are not changed.
pub(super) fn rewritten(sql: &str) -> String {
    let mut rewritten = String::with_capacity(sql.len() + 32);
    let (mut rest, mut latest) = (sql, 0);
    while let Some(at) = rest.find(['?', '\'', 'j']) {
        let (before, found) = rest.split_at(at);
        rewritten.push_str(before);
        if let Some(literal) = found.strip_prefix('\'') {
            let end = literal.find('\'').map_or(found.len(), |end| end + 2);
            let (literal, after) = found.split_at(end);
            rewritten.push_str(literal);
            rest = after;
        } else if let Some(call) = found.strip_prefix("json_each(") {
            let (array, after) = call.split_once(')').unwrap_or((call, ""));
            rewritten.push_str(ELEMENTS.0);
            rewritten.push_str(&array.replace('?', "$"));
            rewritten.push_str(ELEMENTS.1);
            rest = after;
        } else if let Some(number) = found.strip_prefix('?') {
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = number.split_at(digits);
            latest = number.parse().unwrap_or(latest + 1);
            rewritten.push('$');
            rewritten.push_str(&latest.to_string());
            rest = after;
        } else {
            let (letter, after) = found.split_at(1);
            rewritten.push_str(letter);
            rest = after;
        }
    }
    rewritten.push_str(rest);
    rewritten
}

#[cfg(test)]
mod tests {
    use super::rewritten;

    #[test]
    fn parameters_and_lists_become_those_of_postgresql() {
        for (sqlite, postgres) in [
            ("SELECT 1 FROM jobs", "SELECT 1 FROM jobs"),
            ("a = ?2 AND b = ?11", "a = $2 AND b = $11"),
            ("a = ? AND b = '?' AND c = ?", "a = $1 AND b = '?' AND c = $2"),
            (
                "uuid IN (SELECT value FROM json_each(?2))",
                "uuid IN (SELECT value FROM (SELECT value, place - 1 AS key FROM \
                 jsonb_array_elements_text($2) WITH ORDINALITY AS elements (value, place)) AS elements)",
            ),
        ] {
            assert_eq!(rewritten(sqlite), postgres);
        }
    }
}
