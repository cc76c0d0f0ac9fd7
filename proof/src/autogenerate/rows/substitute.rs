//! An expression over a row as it will be, said over the row as it is.

use aludel_core::schema::Name;
use aludel_core::script::sqlite::{Kind, TokenType, lex, unquoted};

/// Puts something in the place of each column that has a value.
pub(in crate::autogenerate) fn substitute(
    sql: &str,
    table: &str,
    value: impl Fn(&Name) -> Option<String>,
) -> String {
    let lexemes = lex(sql);
    let word = |place: Option<usize>| {
        let span = lexemes.get(place?)?.span.clone();
        sql.get(span)
    };
    let is = |place: Option<usize>, token: TokenType| {
        let lexeme = place.and_then(|place| lexemes.get(place));
        lexeme.is_some_and(|lexeme| lexeme.kind == Kind::Token(token))
    };
    let (mut text, mut end) = (String::with_capacity(sql.len()), 0);
    for (place, lexeme) in lexemes.iter().enumerate() {
        let Some(name) = word(Some(place)).filter(|name| !name.starts_with('\'')) else { continue };
        let before = place.checked_sub(1);
        let after_a_dot = is(before, TokenType::TK_DOT);
        let qualifier = place.checked_sub(2).filter(|_| after_a_dot);
        let is_of_another =
            after_a_dot && !word(qualifier).is_some_and(|of| Name::new(unquoted(of)).is(table));
        let is_no_column = is(before, TokenType::TK_COLLATE)
            || is(before, TokenType::TK_AS)
            || is(Some(place + 1), TokenType::TK_DOT)
            || is(Some(place + 1), TokenType::TK_LP);
        if is_of_another || is_no_column || !matches!(lexeme.kind, Kind::Token(_)) {
            continue;
        }
        let Some(value) = value(&Name::new(unquoted(name))) else { continue };
        let start = qualifier.and_then(|place| lexemes.get(place)).unwrap_or(lexeme).span.start;
        text.push_str(sql.get(end..start).unwrap_or_default());
        text.push_str(&value);
        end = lexeme.span.end;
    }
    text + sql.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str) -> String {
        substitute(sql, "Shop", |name| name.is("kind").then(|| "'x'".to_owned()))
    }

    #[test]
    fn a_column_is_known_from_what_has_its_name() {
        assert_eq!(check("KIND <> 'kind' AND other.kind = \"kind\""), "'x' <> 'kind' AND other.kind = 'x'");
        assert_eq!(check("shop.kind IS kind(a) /* kind */"), "'x' IS kind(a) /* kind */");
        assert_eq!(check("a COLLATE kind = CAST(kind AS kind)"), "a COLLATE kind = CAST('x' AS kind)");
    }
}
