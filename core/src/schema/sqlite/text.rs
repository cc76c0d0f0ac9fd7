//! Texts as tokens: what the grammar cannot read, what a module is told, and trees as a person would write them.

use sqlite3_parser::ast::fmt::{ToTokens, TokenStream};
use sqlite3_parser::dialect::TokenType;

use crate::script::sqlite::{Kind, Lexeme, lex, quoted, unquoted};

/// How deep the parentheses of a text go.
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

/// How many names and keywords follow one another without a sign between them, at most. A short text cannot have many.
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

/// Texts of fewer bytes are parsed without looking at their words.
const SHORT: usize = 2000;

/// A text up to its last token: a comment behind it may have no end, and would take in what follows.
pub(in crate::schema) fn without_a_comment_behind(sql: &str) -> &str {
    let end = lex(sql).iter().rfind(|lexeme| is_sql(lexeme)).map_or(0, |last| last.span.end);
    sql.get(..end).unwrap_or(sql)
}

/// The tokens of a text: names out of their quotes and in lowercase, keywords in upper case, literals as they are.
pub(super) fn normal_tokens(sql: &str) -> Vec<String> {
    tokens(sql)
        .map(|(kind, text)| match kind {
            Kind::Token(TokenType::TK_STRING | TokenType::TK_BLOB) | Kind::Invalid => text.to_owned(),
            Kind::Token(TokenType::TK_ID) => quoted(&unquoted(text).to_ascii_lowercase()),
            _ => text.to_ascii_uppercase(),
        })
        .collect()
}

/// What a virtual table tells its module: the tokens of each argument with one space between them.
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

/// A part of the grammar's tree as text, on one line where no literal has another.
pub(super) fn written(tree: &impl ToTokens) -> String {
    let mut line = Line::default();
    match tree.to_tokens(&mut line) {
        Ok(()) => line.text,
        Err(never) => match never {},
    }
}

/// Tokens with spaces where a person has them.
#[derive(Default)]
struct Line {
    text: String,
    last: Option<TokenType>,
    last_is_a_sign: bool,
}

impl Line {
    /// Whether a space stands before a token. A name calls what stands in parentheses behind it.
    fn has_space_before(&self, kind: TokenType) -> bool {
        let follows_tightly = match kind {
            TokenType::TK_COMMA | TokenType::TK_SEMI | TokenType::TK_RP | TokenType::TK_DOT => true,
            TokenType::TK_LP => self.last == Some(TokenType::TK_ID),
            _ => self.last_is_a_sign && !is_sign(kind),
        };
        let at_an_opening = matches!(self.last, None | Some(TokenType::TK_LP | TokenType::TK_DOT));
        !follows_tightly && !at_an_opening
    }

    /// Whether what stands last is an operand, so that a plus or minus after it is an operation and not a sign.
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
