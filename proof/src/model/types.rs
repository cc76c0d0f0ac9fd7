//! Maps Rust types to SQL types, and checks types and expressions in SQL.
//!
//! A type is recognized by the last segment of its path, because imports are unknown. A type has a
//! default SQL type only if SQLite stores its values unchanged. These are integers, reals, text and
//! bytes, and the types for which rusqlite implements `FromSql` and `ToSql`.

use aludel_core::schema::Name;
use aludel_core::script::sqlite::{TokenType, lex, tokens};
use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments, Type, TypePath};

/// The Rust types that a column can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Integer,
    Real,
    Text,
    Blob,
    Boolean,
    DateTime,
    Date,
    Time,
}

impl Known {
    /// Returns the declared type. `STRICT` tables allow only SQLite's own types
    /// (<https://sqlite.org/stricttables.html>).
    pub(super) fn declared(self, strict: bool) -> &'static str {
        match self {
            Self::Integer => "INTEGER",
            Self::Real => "REAL",
            Self::Text => "TEXT",
            Self::Blob => "BLOB",
            Self::Boolean if strict => "INTEGER",
            Self::DateTime | Self::Date | Self::Time if strict => "TEXT",
            Self::Boolean => "BOOLEAN",
            Self::DateTime => "DATETIME",
            Self::Date => "DATE",
            Self::Time => "TIME",
        }
    }
}

/// The properties of a field's type.
pub(super) struct Seen {
    /// `true` for `Option<T>`.
    pub(super) nullable: bool,
    /// The SQL type, or `None` if there is no default.
    pub(super) known: Option<Known>,
    /// `true` if the type borrows.
    pub(super) borrowed: bool,
}

/// Returns the properties of a field's type.
pub(super) fn see(field: &Type) -> Seen {
    let inside = argument_of(field, &["Option"]);
    let mut inner = inside.unwrap_or(field);
    while let Some(held) = argument_of(inner, &["Arc", "Box", "Cow", "Rc"]) {
        inner = held;
    }
    let borrowed = matches!(inside.unwrap_or(field), Type::Reference(_));
    Seen { nullable: inside.is_some(), known: known(inner), borrowed }
}

/// Returns a type as a person would write it.
pub(super) fn shown(field: &Type) -> String {
    let spaced = field.to_token_stream().to_string();
    [(" < ", "<"), (" >", ">"), (" :: ", "::"), (":: ", "::"), (" ,", ","), ("& ", "&")]
        .into_iter()
        .fold(spaced, |text, (from, to)| text.replace(from, to))
}

fn known(field: &Type) -> Option<Known> {
    match field {
        Type::Array(array) if is_byte(&array.elem) => return Some(Known::Blob),
        Type::Slice(slice) if is_byte(&slice.elem) => return Some(Known::Blob),
        _ => {}
    }
    if argument_of(field, &["Vec"]).is_some_and(is_byte) {
        return Some(Known::Blob);
    }
    if argument_of(field, &["DateTime"]).is_some() {
        return Some(Known::DateTime);
    }
    match path_of(field)?.as_str() {
        "i8" | "i16" | "i32" | "i64" | "isize" | "u8" | "u16" | "u32" | "u64" | "usize" => {
            Some(Known::Integer)
        }
        "f32" | "f64" => Some(Known::Real),
        "bool" => Some(Known::Boolean),
        "String" | "str" => Some(Known::Text),
        "DateTime" | "NaiveDateTime" | "OffsetDateTime" | "PrimitiveDateTime" | "Timestamp"
        | "UtcDateTime" => Some(Known::DateTime),
        "Date" | "NaiveDate" => Some(Known::Date),
        "NaiveTime" | "Time" => Some(Known::Time),
        "Uuid" => Some(Known::Blob),
        // rusqlite also has a `Value` type, which can hold anything.
        "Value" if !shown(field).contains("types::") && !shown(field).contains("rusqlite") => {
            Some(Known::Text)
        }
        _ => None,
    }
}

fn is_byte(element: &Type) -> bool {
    path_of(element).is_some_and(|name| name == "u8")
}

/// Returns the last segment of a type's path, without arguments, or `None` if the type is not a
/// path.
fn path_of(field: &Type) -> Option<String> {
    let Type::Path(TypePath { path, .. }) = field else { return None };
    let last = path.segments.last()?;
    last.arguments.is_none().then(|| last.ident.to_string())
}

/// Returns the type argument if the type has one of these names, or `None` otherwise.
fn argument_of<'a>(field: &'a Type, names: &[&str]) -> Option<&'a Type> {
    let Type::Path(TypePath { path, .. }) = field else { return None };
    let last = path.segments.last().filter(|last| names.iter().any(|name| last.ident == name))?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(held) => Some(held),
        _ => None,
    })
}

/// Returns `true` if the text is a type: words, optionally followed by one or two numbers in
/// parentheses (<https://sqlite.org/syntax/type-name.html>).
pub(super) fn is_type(text: &str) -> bool {
    let kinds: Vec<TokenType> = tokens(text).iter().map(|token| token.kind).collect();
    let words = kinds.iter().take_while(|kind| **kind == TokenType::TK_ID).count();
    let is_number = |kind: &TokenType| matches!(kind, TokenType::TK_INTEGER | TokenType::TK_FLOAT);
    let is_rest = match kinds.get(words..).unwrap_or_default() {
        [] => true,
        [TokenType::TK_LP, size, TokenType::TK_RP] => is_number(size),
        [TokenType::TK_LP, size, TokenType::TK_COMMA, scale, TokenType::TK_RP] => {
            is_number(size) && is_number(scale)
        }
        _ => false,
    };
    words > 0 && is_rest && kinds.len() == lex(text).len()
}

/// Returns a type as it appears in a schema: with one space between words, and none between
/// numbers.
pub(super) fn normalised(text: &str) -> Name {
    let (words, size) = text.split_once('(').unwrap_or((text, ""));
    let words: Vec<&str> = words.split_whitespace().collect();
    let size: String = size.split_whitespace().collect();
    let open = if size.is_empty() { "" } else { "(" };
    Name::new(format!("{}{open}{size}", words.join(" ")))
}

/// Returns `true` if an expression can be put in parentheses. Its own parentheses must be balanced,
/// and no comment or semicolon may end it.
pub(super) fn is_expression(text: &str) -> bool {
    let tokens = tokens(text);
    let mut depth = 0_usize;
    for token in &tokens {
        match token.kind {
            TokenType::TK_SEMI => return false,
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP if depth == 0 => return false,
            TokenType::TK_RP => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && !tokens.is_empty() && tokens.len() == lex(text).len()
}
