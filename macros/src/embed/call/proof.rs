//! The arguments of the proof, which the compiler runs on SQLite.

use aludel_proof::comparison::Settings;
use aludel_proof::proof::{Configuration, Function, Irreversible, LintSettings};
use proc_macro2::Span;
use syn::parse::{ParseBuffer, ParseStream};
use syn::{Ident, LitBool, LitStr, Token, token};

use super::{Call, expect_value};

/// The arguments of the proof.
#[derive(Default)]
pub(in crate::embed) struct Arguments {
    /// Source files with models that define the schema at the head.
    pub(in crate::embed) models: Vec<LitStr>,
    /// The SQL file that defines the schema at the head.
    pub(in crate::embed) schema: Option<LitStr>,
    /// The comparison settings, as in `[autogenerate]` of `aludel.toml`.
    pub(in crate::embed) compared: Settings,
    /// The allowed lints.
    lints: LintSettings,
    /// The scripts that may be irreversible.
    irreversible: Irreversible,
    /// The program's functions that the proof replaces with substitutes.
    functions: Vec<Function>,
}

impl Call {
    /// Returns the settings that affect the proof.
    pub(in crate::embed) fn configuration(&self) -> Configuration {
        Configuration {
            version_table: self.version_table(),
            column_order: self.proof.compared.column_order(),
            lints: self.proof.lints.clone(),
            irreversible: self.proof.irreversible.clone(),
            functions: self.proof.functions.clone(),
        }
    }

    /// Returns the files that define the schema at the head.
    pub(in crate::embed) fn target_files(&self) -> impl Iterator<Item = &LitStr> {
        self.proof.models.iter().chain(&self.proof.schema)
    }

    /// Returns the span for errors about differences between these files and the head.
    pub(in crate::embed) fn span_of_target(&self) -> Span {
        self.target_files().next().unwrap_or(&self.folder).span()
    }
}

impl Arguments {
    /// Parses an argument of the proof. Returns `false` for any other argument.
    pub(super) fn parse(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
        if name == "models" {
            expect_value(input, name, "[\"src/models.rs\"]")?;
            self.models = models(input)?;
        } else if name == "schema" {
            expect_value(input, name, "\"schema.sql\"")?;
            self.schema = Some(not_empty(input.parse()?)?);
        } else if name == "allow" {
            expect_value(input, name, "[\"if-exists\"]")?;
            self.lints = lints(input)?;
        } else if name == "irreversible_until" {
            expect_value(input, name, "\"3f2c9a1b7d10\"")?;
            self.irreversible = Irreversible::Until(input.parse::<LitStr>()?.value());
        } else if name == "functions" {
            expect_value(input, name, "[\"slug/1\"]")?;
            self.functions = functions(input)?;
        } else if !self.parse_compared(name, input)? {
            return Ok(false);
        }
        if !self.models.is_empty() && self.schema.is_some() {
            let message = "`models` and `schema` cannot be used together: expected one of them to define the schema at the head";
            return Err(syn::Error::new(name.span(), message));
        }
        Ok(true)
    }

    /// Parses a comparison setting, whose name is the same as in `aludel.toml`. Returns `false` for
    /// any other argument.
    fn parse_compared(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
        let switch = |input: ParseStream<'_>| -> syn::Result<bool> {
            expect_value(input, name, "true")?;
            Ok(input.parse::<LitBool>()?.value)
        };
        let Settings { include, exclude, compared, .. } = &mut self.compared;
        if name == "compare_column_order" {
            compared.order = switch(input)?;
        } else if name == "compare_type" {
            compared.types = switch(input)?;
        } else if name == "compare_server_default" {
            compared.defaults = switch(input)?;
        } else if name == "include" {
            expect_value(input, name, "[\"…\"]")?;
            *include = names(input)?;
        } else if name == "exclude" {
            expect_value(input, name, "[\"…\"]")?;
            *exclude = names(input)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// Parses the names of tables and views. In a name, `*` matches any text.
fn names(input: ParseStream<'_>) -> syn::Result<Vec<String>> {
    let list;
    syn::bracketed!(list in input);
    let names = list.parse_terminated(ParseBuffer::parse::<LitStr>, Token![,])?;
    Ok(names.into_iter().map(|name| name.value()).collect())
}

/// Parses allowed lints, such as `"if-exists"` or `"if-exists up to 3f2c9a1b7d10"`.
fn lints(input: ParseStream<'_>) -> syn::Result<LintSettings> {
    let list;
    syn::bracketed!(list in input);
    let mut settings = LintSettings::default();
    for text in list.parse_terminated(ParseBuffer::parse::<LitStr>, Token![,])? {
        settings.allow_text(&text.value()).map_err(|message| syn::Error::new(text.span(), message))?;
    }
    Ok(settings)
}

/// Parses the program's functions, such as `"slug/1"`.
fn functions(input: ParseStream<'_>) -> syn::Result<Vec<Function>> {
    let list;
    syn::bracketed!(list in input);
    let texts = list.parse_terminated(ParseBuffer::parse::<LitStr>, Token![,])?;
    let parse = |text: LitStr| text.value().parse().map_err(|message| syn::Error::new(text.span(), message));
    texts.into_iter().map(parse).collect()
}

/// Parses `models`, a list of at least one path.
fn models(input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    let list;
    if !input.peek(token::Bracket) {
        return Err(syn::Error::new(
            input.span(),
            "expected a list of source files, such as `[\"src/models.rs\"]`",
        ));
    }
    let brackets = syn::bracketed!(list in input);
    let paths = list.parse_terminated(|path| not_empty(path.parse()?), Token![,])?;
    if paths.is_empty() {
        let message = "expected at least one source file with models, such as `\"src/models.rs\"`";
        return Err(syn::Error::new(brackets.span.join(), message));
    }
    Ok(paths.into_iter().collect())
}

fn not_empty(path: LitStr) -> syn::Result<LitStr> {
    if path.value().trim().is_empty() {
        return Err(syn::Error::new(path.span(), "expected the path of a file, found an empty path"));
    }
    Ok(path)
}
