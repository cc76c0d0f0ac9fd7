//! Finds the models in a source file and skips everything else.
//!
//! The file is read as tokens, not parsed with Rust's full grammar. A function body, a macro call
//! or newer syntax is only a group of tokens without models. Inline modules are searched, and items
//! under `#[cfg(test)]` are skipped. Any other condition counts as true, because there is only one
//! schema.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// The derive macro that marks a model.
const TABLE: &str = "Table";

/// Returns the structs and enums that derive `Table`, in source order, each with its attributes.
pub(super) fn models(tokens: TokenStream) -> Vec<TokenStream> {
    let mut found = Vec::new();
    look(tokens, &mut found);
    found
}

fn look(tokens: TokenStream, found: &mut Vec<TokenStream>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut item = Item::default();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                // `#!` applies to the file.
                tokens.next_if(|next| matches!(next, TokenTree::Punct(sign) if sign.as_char() == '!'));
                if let Some(TokenTree::Group(attribute)) = tokens.next() {
                    item.attribute(&attribute);
                    item.tokens.extend([token, TokenTree::Group(attribute)]);
                }
                continue;
            }
            TokenTree::Ident(word) if word == "mod" => item.kind = Some(Kind::Module),
            TokenTree::Ident(word) if word == "struct" || word == "enum" => item.kind = Some(Kind::Type),
            _ => {}
        }
        let ends = item.take(token);
        if ends {
            std::mem::take(&mut item).finish(found);
        }
    }
}

/// The kinds of items that can be a model or contain one.
#[derive(Clone, Copy)]
enum Kind {
    Module,
    Type,
}

/// An item, as far as it has been read.
#[derive(Default)]
struct Item {
    tokens: TokenStream,
    derives: bool,
    is_test: bool,
    kind: Option<Kind>,
    body: Option<Group>,
}

impl Item {
    fn attribute(&mut self, attribute: &Group) {
        let mut tokens = attribute.stream().into_iter();
        let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(inside))) = (tokens.next(), tokens.next())
        else {
            return;
        };
        self.derives |= name == "derive" && derives_table(inside.stream());
        self.is_test |= name == "cfg" && inside.stream().to_string() == "test";
        if name == "cfg_attr" {
            self.derives |= derive_of(inside.stream()).is_some_and(derives_table);
        }
    }

    /// Adds a token. Returns `true` if the token ends the item.
    fn take(&mut self, token: TokenTree) -> bool {
        let ends = match &token {
            TokenTree::Punct(sign) => sign.as_char() == ';',
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                self.body = Some(group.clone());
                true
            }
            _ => false,
        };
        self.tokens.extend([token]);
        ends
    }

    fn finish(self, found: &mut Vec<TokenStream>) {
        if self.is_test {
            return;
        }
        match (self.kind, self.body) {
            (Some(Kind::Module), Some(body)) => look(body.stream(), found),
            (Some(Kind::Type), _) if self.derives => found.push(self.tokens),
            _ => {}
        }
    }
}

/// Returns `true` if the last segment of a derived path is `Table`.
fn derives_table(list: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = list.into_iter().collect();
    tokens
        .split(|token| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ','))
        .any(|path| matches!(path.last(), Some(TokenTree::Ident(name)) if name == TABLE))
}

/// Returns the derives under a condition: `cfg_attr(condition, derive(…))`. Returns `None` if there
/// are none.
fn derive_of(inside: TokenStream) -> Option<TokenStream> {
    let is_derive = |word: &Ident| word == "derive";
    let mut tokens = inside.into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(word) if is_derive(word)))?;
    match tokens.next() {
        Some(TokenTree::Group(list)) => Some(list.stream()),
        _ => None,
    }
}
