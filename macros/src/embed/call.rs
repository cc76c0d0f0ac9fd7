//! The arguments of `embed_migrations!`.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Path, Token, parse_quote};

/// The arguments, parsed.
pub(super) struct Call {
    /// The folder as the user wrote it.
    pub(super) folder: LitStr,
    /// More than one head is meant.
    pub(super) multiple_heads: bool,
    /// The name of the version table, where it is not Alembic's.
    pub(super) version_table: Option<LitStr>,
    /// The path of the crate `aludel`.
    pub(super) aludel: Path,
}

impl Call {
    /// What stands in for a call that could not be parsed.
    pub(super) fn broken() -> Self {
        Self {
            folder: LitStr::new("", Span::call_site()),
            multiple_heads: true,
            version_table: None,
            aludel: parse_quote!(::aludel),
        }
    }

    pub(super) fn version_table(&self) -> String {
        self.version_table
            .as_ref()
            .map_or_else(|| aludel_core::chain::VERSION_TABLE.to_owned(), LitStr::value)
    }
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(LitStr) {
            let message = "expected the folder of the migration scripts, such as `\"migrations\"`";
            return Err(syn::Error::new(input.span(), message));
        }
        let mut call = Self { folder: input.parse()?, multiple_heads: false, ..Self::broken() };
        if call.folder.value().trim().is_empty() {
            return Err(syn::Error::new(
                call.folder.span(),
                "expected the folder of the migration scripts, found an empty path",
            ));
        }
        let mut given = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if !input.is_empty() {
                call.parse_argument(input, &mut given)?;
            }
        }
        Ok(call)
    }
}

impl Call {
    /// Rule: an argument is a known one, and stands once.
    fn parse_argument(&mut self, input: ParseStream<'_>, given: &mut Vec<Ident>) -> syn::Result<()> {
        let name = Ident::parse_any(input)?;
        if given.contains(&name) {
            return Err(syn::Error::new(name.span(), format!("`{name}` stands here twice, expected once")));
        }
        given.push(name.clone());
        if name == "multiple_heads" {
            self.multiple_heads = true;
        } else if name == "crate" {
            expect_value(input, &name, "path")?;
            self.aludel = Path::parse_mod_style(input)?;
        } else if name == "version_table" {
            expect_value(input, &name, "\"…\"")?;
            self.version_table = Some(version_table(input.parse()?)?);
        } else {
            let message = format!(
                "unknown argument `{name}`: expected `multiple_heads`, `version_table = \"…\"` or `crate = path`"
            );
            return Err(syn::Error::new(name.span(), message));
        }
        Ok(())
    }
}

/// The equals sign, and something after it.
fn expect_value(input: ParseStream<'_>, name: &Ident, value: &str) -> syn::Result<()> {
    let missing =
        || syn::Error::new(name.span(), format!("`{name}` has no value: expected `{name} = {value}`"));
    input.parse::<Token![=]>().map_err(|_| missing())?;
    if input.is_empty() { Err(missing()) } else { Ok(()) }
}

/// Rule: the version table's name is letters, digits and `_`, so that it can stand in any statement, and not one of SQLite's own.
fn version_table(name: LitStr) -> syn::Result<LitStr> {
    let value = name.value();
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let begins = value.chars().next().is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_');
    if begins && value.chars().all(is_word) && !value.to_ascii_lowercase().starts_with("sqlite_") {
        return Ok(name);
    }
    Err(syn::Error::new(
        name.span(),
        "expected a table name of letters, digits and `_`, beginning with a letter, other than `sqlite_…`",
    ))
}
