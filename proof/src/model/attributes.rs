//! Parses the `#[table(…)]` and `#[column(…)]` attributes into arguments, without interpreting
//! them.
//!
//! Rule: each argument is known, appears once unless it may be repeated, and has the right kind of
//! value. Entries with errors are reported and omitted.

use aludel_core::nearest;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Attribute, LitStr, Meta};

use super::fault::{Fault, ValueFault, WordFault};
use super::types::is_expression;

/// The kind of value that an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// No value.
    Nothing,
    /// Text in quotes.
    Text,
    /// An SQL expression in quotes.
    Expression,
    /// A list in parentheses.
    List,
    /// A Rust path.
    Path,
}

/// A known argument.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) repeats: bool,
    /// An example of its syntax.
    pub(super) example: &'static str,
}

/// The entries that a list may contain in addition to arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare {
    /// No other entries.
    Nothing,
    /// Names of fields.
    Fields,
    /// SQL in quotes.
    Sql,
    /// Names of fields, and SQL in quotes.
    FieldsAndSql,
}

/// The syntax of an attribute, or of a list in an attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// The name of the attribute or argument.
    pub(super) name: &'static str,
    pub(super) words: &'static [Word],
    pub(super) bare: Bare,
}

/// One of the entries that commas separate.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The name of the argument, or the SQL of an entry that is only SQL.
    pub(super) head: String,
    /// `true` if the entry is only SQL.
    pub(super) is_sql: bool,
    pub(super) value: Value,
    /// All tokens of the entry.
    pub(super) tokens: TokenStream,
}

/// The value of an argument.
#[derive(Debug, Clone)]
pub(super) enum Value {
    None,
    Text(String),
    List(TokenStream),
    Path(TokenStream),
}

/// The entries of an attribute, without those that have errors.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    words: Vec<Entry>,
    /// The arguments whose entries have errors. They must not count as missing.
    at_fault: Vec<&'static str>,
    /// Fields and SQL without an argument.
    pub(super) bare: Vec<Entry>,
}

impl Entries {
    /// Reads all attributes whose name is that of the form.
    pub(super) fn of(attributes: &[Attribute], form: Form, faults: &mut Vec<Fault>) -> Self {
        let mut entries = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(form.name)) {
            match &attribute.meta {
                Meta::List(list) => entries.read(list.tokens.clone(), form, faults),
                other => {
                    let expected = if form.name == "table" { "`#[table(…)]`" } else { "`#[column(…)]`" };
                    report(faults, other, WordFault::NotAnArgument { expected });
                }
            }
        }
        entries
    }

    /// Reads an argument's list.
    pub(super) fn in_list(entry: &Entry, form: Form, faults: &mut Vec<Fault>) -> Self {
        let mut entries = Self::default();
        if let Value::List(tokens) = &entry.value {
            entries.read(tokens.clone(), form, faults);
        }
        entries
    }

    /// Returns the first entry for an argument, or `None` if there is none.
    pub(super) fn entry(&self, word: &str) -> Option<&Entry> {
        self.all(word).next()
    }

    /// Returns all entries for an argument.
    pub(super) fn all<'a>(&'a self, word: &str) -> impl Iterator<Item = &'a Entry> {
        self.words.iter().filter(move |entry| entry.head == word)
    }

    /// Returns `true` if an argument is present, even if it has an error.
    pub(super) fn has(&self, word: &str) -> bool {
        self.entry(word).is_some() || self.at_fault.contains(&word)
    }

    /// Returns the text value of an argument, or `None` if it has none.
    pub(super) fn text(&self, word: &str) -> Option<String> {
        match &self.entry(word)?.value {
            Value::Text(text) => Some(text.clone()),
            Value::None | Value::List(_) | Value::Path(_) => None,
        }
    }

    fn read(&mut self, tokens: TokenStream, form: Form, faults: &mut Vec<Fault>) {
        for piece in pieces(tokens) {
            match self.take(&piece, form) {
                Ok(()) => {}
                Err(fault) => faults.push(fault),
            }
        }
    }

    fn take(&mut self, piece: &[TokenTree], form: Form) -> Result<(), Fault> {
        let all: TokenStream = piece.iter().cloned().collect();
        match piece {
            [TokenTree::Ident(field)] if matches!(form.bare, Bare::Fields | Bare::FieldsAndSql) => {
                self.bare.push(Entry { head: plain(field), is_sql: false, value: Value::None, tokens: all });
                Ok(())
            }
            [TokenTree::Ident(word), rest @ ..] => self.take_word(word, rest, all, form),
            [TokenTree::Literal(_)] if matches!(form.bare, Bare::Sql | Bare::FieldsAndSql) => {
                let sql = text(piece, form.name, Takes::Text)?;
                self.bare.push(Entry { head: sql, is_sql: true, value: Value::None, tokens: all });
                Ok(())
            }
            _ => Err(fault(&all, WordFault::NotAnArgument { expected: expected(form) })),
        }
    }

    fn take_word(
        &mut self,
        ident: &Ident,
        rest: &[TokenTree],
        tokens: TokenStream,
        form: Form,
    ) -> Result<(), Fault> {
        let head = plain(ident);
        let Some(word) = form.words.iter().find(|word| word.name == head) else {
            let has_value = matches!(rest, [TokenTree::Punct(sign), ..] if sign.as_char() == '=');
            let is_bare = form.bare != Bare::Nothing && (!has_value || form.words.is_empty());
            return Err(if is_bare {
                fault(&tokens, WordFault::NotAnArgument { expected: expected(form) })
            } else {
                fault(ident, unknown(&head, form))
            });
        };
        if !word.repeats && self.has(&head) {
            return Err(fault(ident, WordFault::Twice { word: head }));
        }
        let value = value(ident, word, rest).inspect_err(|_| self.at_fault.push(word.name))?;
        self.words.push(Entry { head, is_sql: false, value, tokens });
        Ok(())
    }
}

/// Reads an argument's value and checks that it is of the right kind.
fn value(ident: &Ident, word: &Word, rest: &[TokenTree]) -> Result<Value, Fault> {
    let missing = || fault(ident, WordFault::WithoutValue { example: word.example });
    match (word.takes, rest) {
        (Takes::Nothing, []) => Ok(Value::None),
        (Takes::Nothing, rest) => {
            let rest: TokenStream = rest.iter().cloned().collect();
            Err(fault(&rest, WordFault::WithValue { word: word.name.to_owned() }))
        }
        (Takes::List, [TokenTree::Group(group)]) if group.delimiter() == Delimiter::Parenthesis => {
            Ok(Value::List(group.stream()))
        }
        (Takes::Text | Takes::Expression, [TokenTree::Punct(sign), text @ ..])
            if sign.as_char() == '=' && !text.is_empty() =>
        {
            self::text(text, word.name, word.takes).map(Value::Text)
        }
        (Takes::Path, [TokenTree::Punct(sign), path @ ..]) if sign.as_char() == '=' && !path.is_empty() => {
            Ok(Value::Path(path.iter().cloned().collect()))
        }
        _ => Err(missing()),
    }
}

/// Reads text in quotes, which must not be empty.
fn text(tokens: &[TokenTree], word: &str, takes: Takes) -> Result<String, Fault> {
    let tokens: TokenStream = tokens.iter().cloned().collect();
    let word = word.to_owned();
    let Ok(literal) = syn::parse2::<LitStr>(tokens.clone()) else {
        return Err(fault(&tokens, WordFault::NotText { word }));
    };
    let text = literal.value().trim().to_owned();
    if text.is_empty() {
        return Err(fault(&tokens, WordFault::Empty { word }));
    }
    if takes == Takes::Expression && !is_expression(&text) {
        return Err(fault(&tokens, ValueFault::NotSql { word }));
    }
    Ok(text)
}

/// Splits tokens at commas. Ignores empty pieces.
fn pieces(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut pieces = vec![Vec::new()];
    for token in tokens {
        let is_comma = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == ',');
        match pieces.last_mut() {
            Some(piece) if !is_comma => piece.push(token),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn unknown(word: &str, form: Form) -> WordFault {
    let known = form.words.iter().map(|word| word.name);
    WordFault::Unknown {
        word: word.to_owned(),
        attribute: form.name,
        similar: similar(word, &known),
        known: known.map(str::to_owned).collect(),
    }
}

fn expected(form: Form) -> &'static str {
    match form.bare {
        Bare::Nothing => "an argument, such as `name = \"…\"`",
        Bare::Fields => "the name of a field",
        Bare::Sql => "an SQL expression in quotes",
        Bare::FieldsAndSql => "the name of a field, or SQL in quotes",
    }
}

/// Returns the most similar name, or else a name that contains the word. Returns `None` if there is
/// none.
pub(super) fn similar<'a>(word: &str, known: &(impl Iterator<Item = &'a str> + Clone)) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let without_lines = |name: &str| name.replace('_', "").to_lowercase();
    nearest(word, known.clone())
        .or_else(|| known.clone().find(|name| without_lines(name) == without_lines(word)))
        .or_else(|| known.clone().find(|name| lower.len() > 2 && name.contains(&lower)))
}

/// Returns the name of an identifier, without `r#`.
pub(super) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// Creates an error that concerns these tokens.
pub(super) fn fault(tokens: &(impl ToTokens + ?Sized), fault: impl Into<super::fault::ModelFault>) -> Fault {
    Fault { tokens: tokens.to_token_stream(), fault: fault.into() }
}

/// Adds an error that concerns these tokens.
pub(super) fn report(
    faults: &mut Vec<Fault>,
    tokens: &(impl ToTokens + ?Sized),
    what: impl Into<super::fault::ModelFault>,
) {
    faults.push(fault(tokens, what));
}
