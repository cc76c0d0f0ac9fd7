//! Handles SQL as tokens: SQL that the grammar cannot parse, the arguments of modules, and syntax
//! trees in readable form.

use sqlite3_parser::ast::fmt::{ToTokens, TokenStream};
use sqlite3_parser::dialect::TokenType;

use crate::script::sqlite::{Kind, Lexeme, lex, quoted, unquoted};

/// Returns the maximum depth of parentheses in SQL text.
pub(super) fn depth(sql: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in sql.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Returns the largest number of consecutive names and keywords without a symbol between them.
/// Returns 0 for short text, which cannot contain many.
pub(super) fn words_in_a_row(sql: &str) -> usize {
    if sql.len() < SHORT {
        return 0;
    }
    let is_word =
        |text: &str| text.starts_with(|letter: char| letter.is_alphabetic() || "_\"`[".contains(letter));
    let (mut row, mut longest) = (0_usize, 0);
    for (_, text) in tokens(sql) {
        row = if is_word(text) { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    longest
}

/// Text with fewer bytes is parsed without counting its words.
const SHORT: usize = 2000;

/// Returns SQL text up to its last token. A trailing comment may not be closed, and would swallow
/// any text appended to it.
pub(in crate::schema) fn without_a_comment_behind(sql: &str) -> &str {
    let end = lex(sql).iter().rfind(|lexeme| is_sql(lexeme)).map_or(0, |last| last.span.end);
    sql.get(..end).unwrap_or(sql)
}

/// Returns the tokens of SQL text: names in lowercase and without quotes, keywords in uppercase,
/// and literals unchanged.
pub(super) fn normal_tokens(sql: &str) -> Vec<String> {
    tokens(sql)
        .map(|(kind, text)| match kind {
            Kind::Token(TokenType::TK_STRING | TokenType::TK_BLOB) | Kind::Invalid => text.to_owned(),
            Kind::Token(TokenType::TK_ID) => quoted(&unquoted(text).to_ascii_lowercase()),
            _ => text.to_ascii_uppercase(),
        })
        .collect()
}

/// Returns the arguments of a virtual table's module. Each is written as its tokens, with one space
/// between them.
pub(super) fn module_arguments(sql: &str) -> Vec<String> {
    let mut rest = tokens(sql).skip_while(|(kind, _)| *kind != Kind::Token(TokenType::TK_USING)).skip(2);
    let mut arguments: Vec<String> = rest.next().map(|_| String::new()).into_iter().collect();
    let mut depth = 1_usize;
    for (kind, text) in rest {
        match kind {
            Kind::Token(TokenType::TK_LP) => depth += 1,
            Kind::Token(TokenType::TK_RP) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && kind == Kind::Token(TokenType::TK_COMMA) {
            arguments.push(String::new());
        } else if let Some(argument) = arguments.last_mut() {
            if !argument.is_empty() {
                argument.push(' ');
            }
            argument.push_str(text);
        }
    }
    arguments
}

fn tokens(sql: &str) -> impl Iterator<Item = (Kind, &str)> {
    lex(sql).into_iter().filter(is_sql).filter_map(move |lexeme| Some((lexeme.kind, sql.get(lexeme.span)?)))
}

fn is_sql(lexeme: &Lexeme) -> bool {
    matches!(lexeme.kind, Kind::Token(_) | Kind::Invalid)
}

/// Returns part of the syntax tree as text. The text is on one line, unless a literal contains a
/// line break.
pub(super) fn written(tree: &impl ToTokens) -> String {
    let mut line = Line::default();
    match tree.to_tokens(&mut line) {
        Ok(()) => line.text,
        Err(never) => match never {},
    }
}

/// Tokens separated by spaces as a person would write them.
#[derive(Default)]
struct Line {
    text: String,
    last: Option<TokenType>,
    last_is_a_sign: bool,
}

impl Line {
    /// Returns `true` if a space precedes a token. There is no space between a function name and
    /// its parenthesis.
    fn has_space_before(&self, kind: TokenType) -> bool {
        let follows_tightly = match kind {
            TokenType::TK_COMMA | TokenType::TK_SEMI | TokenType::TK_RP | TokenType::TK_DOT => true,
            TokenType::TK_LP => self.last == Some(TokenType::TK_ID),
            _ => self.last_is_a_sign && !is_sign(kind),
        };
        let at_an_opening = matches!(self.last, None | Some(TokenType::TK_LP | TokenType::TK_DOT));
        !follows_tightly && !at_an_opening
    }

    /// Returns `true` if the last token ends an operand. A plus or minus after it is then an
    /// operator, not a sign.
    fn ends_with_an_operand(&self) -> bool {
        matches!(
            self.last,
            Some(
                TokenType::TK_ID
                    | TokenType::TK_STRING
                    | TokenType::TK_BLOB
                    | TokenType::TK_INTEGER
                    | TokenType::TK_FLOAT
                    | TokenType::TK_NULL
                    | TokenType::TK_CTIME_KW
                    | TokenType::TK_RP
                    | TokenType::TK_END
            )
        )
    }
}

fn is_sign(kind: TokenType) -> bool {
    matches!(kind, TokenType::TK_PLUS | TokenType::TK_MINUS)
}

impl TokenStream for Line {
    type Error = std::convert::Infallible;

    fn append(&mut self, kind: TokenType, value: Option<&str>) -> Result<(), Self::Error> {
        let blob = value.filter(|_| kind == TokenType::TK_BLOB).map(|digits| format!("X'{digits}'"));
        let word = blob.as_deref().or(value).or(kind.as_str()).unwrap_or_default();
        if word.trim().is_empty() {
            return Ok(());
        }
        if self.has_space_before(kind) {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.last_is_a_sign = is_sign(kind) && !self.ends_with_an_operand();
        self.last = Some(kind);
        Ok(())
    }
}
