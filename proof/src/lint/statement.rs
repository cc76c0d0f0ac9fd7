//! Reads statements as tokens, without a full parser.

use std::ops::Range;

use aludel_core::schema::{Kind, identifier};
use aludel_core::script::sqlite::{Token, TokenType, tokens, unquoted};
use aludel_core::script::{ParsedScript, Section, SectionKind};

/// One token of a statement. Its byte range is relative to the file.
pub(super) type Word<'s> = Token<'s>;

/// Returns `true` if a result column of a query can begin after this word.
pub(super) fn precedes_a_column(word: &Word<'_>) -> bool {
    use TokenType::{TK_ALL, TK_COMMA, TK_DISTINCT, TK_DOT, TK_SELECT};
    matches!(word.kind, TK_SELECT | TK_DISTINCT | TK_ALL | TK_COMMA | TK_DOT)
}

/// The object that a statement creates or drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) verb: Verb,
    pub(super) kind: Kind,
    /// `true` for a virtual table.
    pub(super) is_virtual: bool,
    /// The byte range of `IF EXISTS` or `IF NOT EXISTS` in the file.
    pub(super) condition: Option<Range<usize>>,
    pub(super) name: String,
    /// The byte range of the name in the file.
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Drop,
}

/// Returns the statements of a section, each as tokens.
pub(super) fn statements<'s>(
    script: &'s ParsedScript,
    section: &'s Section,
) -> impl Iterator<Item = Vec<Word<'s>>> {
    section.statements.iter().map(|statement| words(script, statement))
}

/// Returns the tokens of a statement.
pub(super) fn words<'s>(script: &'s ParsedScript, statement: &Range<usize>) -> Vec<Word<'s>> {
    let text = script.source.text.get(statement.clone()).unwrap_or_default();
    words_of(text, statement.start)
}

/// Returns the tokens of SQL text that begins at byte `start` of its file.
pub(super) fn words_of(text: &str, start: usize) -> Vec<Word<'_>> {
    let in_file = |span: Range<usize>| span.start + start..span.end + start;
    tokens(text).into_iter().map(|token| Word { span: in_file(token.span.clone()), ..token }).collect()
}

/// Returns `true` if a statement contains a name, in any role.
pub(crate) fn names(script: &ParsedScript, statement: &Range<usize>, name: &str) -> bool {
    words(script, statement).iter().any(|word| word.names(name))
}

/// Returns the object in the `main` database that a statement creates or drops:
/// `CREATE [UNIQUE | VIRTUAL] TABLE [IF NOT EXISTS] [main.]name`, and so on. Returns `None` for any
/// other statement.
pub(super) fn head(words: &[Word<'_>]) -> Option<Head> {
    let mut words = words.iter().peekable();
    let verb = match words.next()?.kind {
        TokenType::TK_CREATE => Verb::Create,
        TokenType::TK_DROP => Verb::Drop,
        _ => return None,
    };
    let is_virtual = words.next_if(|word| word.kind == TokenType::TK_VIRTUAL).is_some();
    words.next_if(|word| word.kind == TokenType::TK_UNIQUE);
    let kind = match words.next()?.kind {
        TokenType::TK_TABLE => Kind::Table,
        TokenType::TK_INDEX => Kind::Index,
        TokenType::TK_VIEW => Kind::View,
        TokenType::TK_TRIGGER => Kind::Trigger,
        _ => return None,
    };
    let mut condition = None;
    if let Some(begin) = words.next_if(|word| word.kind == TokenType::TK_IF) {
        words.next_if(|word| word.kind == TokenType::TK_NOT);
        let end = words.next_if(|word| word.kind == TokenType::TK_EXISTS)?;
        condition = Some(begin.span.start..end.span.end);
    }
    let mut name = words.next()?;
    if words.next_if(|word| word.kind == TokenType::TK_DOT).is_some() {
        if !name.names("main") {
            return None;
        }
        name = words.next()?;
    }
    Some(Head { verb, kind, is_virtual, condition, name: unquoted(name.text), span: name.span.clone() })
}

/// Returns the table in a `CREATE TABLE`, `ALTER TABLE` or `DROP TABLE` statement, or `None` for
/// any other statement.
pub(super) fn subject<'w, 's>(words: &'w [Word<'s>]) -> Option<&'w Word<'s>> {
    if let Some(found) = head(words) {
        let place = words.iter().position(|word| word.span == found.span);
        return words.get(place?).filter(|_| found.kind == Kind::Table);
    }
    match words {
        [alter, table, _, dot, name, ..] if is_alter(alter, table) && dot.kind == TokenType::TK_DOT => {
            Some(name)
        }
        [alter, table, name, ..] if is_alter(alter, table) => Some(name),
        _ => None,
    }
}

fn is_alter(first: &Word<'_>, second: &Word<'_>) -> bool {
    first.kind == TokenType::TK_ALTER && second.kind == TokenType::TK_TABLE
}

/// Returns all names that a table has in a section, given its name at the beginning.
pub(super) fn names_onward(statements: &[Vec<Word<'_>>], table: &str) -> Vec<String> {
    follow(statements.iter(), table, |old, new| (old, new))
}

/// Returns all names that a table has in a section, given its name at the end.
pub(super) fn names_backward(statements: &[Vec<Word<'_>>], table: &str) -> Vec<String> {
    follow(statements.iter().rev(), table, |old, new| (new, old))
}

fn follow<'a, 's: 'a>(
    statements: impl Iterator<Item = &'a Vec<Word<'s>>>,
    table: &str,
    direction: impl Fn(String, String) -> (String, String),
) -> Vec<String> {
    let mut names = vec![table.to_owned()];
    for words in statements {
        let Some((old, new)) = rename(words) else { continue };
        let (known, other) = direction(old, new);
        if names.last().is_some_and(|last| last.eq_ignore_ascii_case(&known)) {
            names.push(other);
        }
    }
    names
}

/// Returns the old and new name in an `ALTER TABLE … RENAME TO` statement, or `None` for any other
/// statement.
fn rename(words: &[Word<'_>]) -> Option<(String, String)> {
    let new = renamed_to(words)?;
    Some((unquoted(subject(words)?.text), new))
}

/// Returns the earlier name of a table that a section renamed and then dropped under its new name.
/// Returns `None` if the section did not do this.
///
/// `ALTER TABLE … RENAME TO` rewrites the foreign keys of other tables
/// (<https://sqlite.org/lang_altertable.html>). They then refer to the new name, which no longer
/// exists once that table is dropped.
pub(crate) fn renamed_then_dropped(script: &ParsedScript, kind: SectionKind, table: &str) -> Option<String> {
    let mut statements = statements(script, script.section(kind)?);
    let old = statements.find_map(|words| rename(&words).filter(|(_, new)| new.eq_ignore_ascii_case(table)));
    let is_drop = |words: Vec<Word<'_>>| {
        head(&words).is_some_and(|head| head.verb == Verb::Drop && head.name.eq_ignore_ascii_case(table))
    };
    old.map(|(old, _)| old).filter(|_| statements.any(is_drop))
}

/// Returns `true` if an upgrade drops a column of a table with `ALTER TABLE … DROP COLUMN`.
pub(crate) fn drops_column(script: &ParsedScript, table: &str, column: &str) -> bool {
    let Some(section) = script.section(SectionKind::Upgrade) else { return false };
    statements(script, section).any(|words| {
        let is_of_table = subject(&words).is_some_and(|name| name.names(table));
        let [alter, .., drop, last] = without_semicolon(&words) else { return false };
        let is_drop = drop.kind == TokenType::TK_DROP || drop.kind == TokenType::TK_COLUMNKW;
        alter.kind == TokenType::TK_ALTER && is_of_table && is_drop && last.names(column)
    })
}

/// Returns the help for a foreign key that followed a rename to a table that was then dropped.
pub(crate) fn help_after_rename(child: &str, (was, is): (&str, &str)) -> String {
    format!(
        "`ALTER TABLE {} RENAME TO {}` made the foreign key of `{child}` refer to `{is}`, which is dropped later; to keep foreign keys unchanged, create the new table under a different name, copy the rows into it, drop `{was}`, and rename the new table to `{was}`",
        identifier(was),
        identifier(is)
    )
}

/// Returns the new name in an `ALTER TABLE … RENAME TO` statement, or `None` for any other
/// statement.
pub(super) fn renamed_to(words: &[Word<'_>]) -> Option<String> {
    let [first, .., to, name] = without_semicolon(words) else { return None };
    let is_rename = first.kind == TokenType::TK_ALTER && to.kind == TokenType::TK_TO;
    let has_column = words.iter().any(|word| word.kind == TokenType::TK_COLUMNKW);
    (is_rename && !has_column).then(|| unquoted(name.text))
}

pub(super) fn without_semicolon<'w, 's>(words: &'w [Word<'s>]) -> &'w [Word<'s>] {
    match words {
        [rest @ .., last] if last.kind == TokenType::TK_SEMI => rest,
        all => all,
    }
}
