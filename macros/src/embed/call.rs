//! The arguments of `embed_migrations!`.

use aludel_core::folder::Reading;
use aludel_proof::comparison::Settings;
use aludel_proof::proof::{Configuration, Function, Irreversible, LintSettings};
use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseBuffer, ParseStream};
use syn::{Ident, LitBool, LitInt, LitStr, Path, Token, parse_quote, token};

/// The parsed arguments.
pub(super) struct Call {
    /// The folder as the user wrote it.
    pub(super) folder: LitStr,
    /// `true` if several heads are allowed.
    pub(super) multiple_heads: bool,
    /// Source files with models that define the schema at the head.
    pub(super) models: Vec<LitStr>,
    /// The SQL file that defines the schema at the head.
    pub(super) schema: Option<LitStr>,
    /// The comparison settings, as in `[autogenerate]` of `aludel.toml`.
    pub(super) compared: Settings,
    /// The lints that are allowed.
    pub(super) lints: LintSettings,
    /// The scripts that may be irreversible.
    pub(super) irreversible: Irreversible,
    /// The functions of the program that stand-ins replace.
    pub(super) functions: Vec<Function>,
    /// The name of the version table, if it differs from Alembic's.
    pub(super) version_table: Option<LitStr>,
    /// How the folder is read.
    pub(super) reading: Reading,
    /// The path of the crate `aludel`.
    pub(super) aludel: Path,
}

impl Call {
    /// Returns a placeholder for a call that could not be parsed.
    pub(super) fn broken() -> Self {
        Self {
            folder: LitStr::new("", Span::call_site()),
            multiple_heads: true,
            models: Vec::new(),
            schema: None,
            compared: Settings::default(),
            lints: LintSettings::default(),
            irreversible: Irreversible::default(),
            functions: Vec::new(),
            version_table: None,
            reading: Reading::default(),
            aludel: parse_quote!(::aludel),
        }
    }

    pub(super) fn version_table(&self) -> String {
        self.version_table
            .as_ref()
            .map_or_else(|| aludel_core::chain::VERSION_TABLE.to_owned(), LitStr::value)
    }

    /// Returns the settings that affect the proof.
    pub(super) fn configuration(&self) -> Configuration {
        Configuration {
            version_table: self.version_table(),
            column_order: self.compared.column_order(),
            lints: self.lints.clone(),
            irreversible: self.irreversible.clone(),
            functions: self.functions.clone(),
        }
    }

    /// Returns the files that define the schema at the head.
    pub(super) fn target_files(&self) -> impl Iterator<Item = &LitStr> {
        self.models.iter().chain(&self.schema)
    }

    /// Returns the span for errors about a difference between these files and the head.
    pub(super) fn span_of_target(&self) -> Span {
        self.target_files().next().unwrap_or(&self.folder).span()
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
    /// Rule: each argument is known and occurs once.
    fn parse_argument(&mut self, input: ParseStream<'_>, given: &mut Vec<Ident>) -> syn::Result<()> {
        let name = Ident::parse_any(input)?;
        if given.contains(&name) {
            return Err(syn::Error::new(name.span(), format!("duplicate argument `{name}`: expected once")));
        }
        given.push(name.clone());
        if name == "multiple_heads" {
            self.multiple_heads = true;
        } else if name == "crate" {
            expect_value(input, &name, "path")?;
            self.aludel = Path::parse_mod_style(input)?;
        } else if name == "models" {
            expect_value(input, &name, "[\"src/models.rs\"]")?;
            self.models = models(input)?;
        } else if name == "schema" {
            expect_value(input, &name, "\"schema.sql\"")?;
            self.schema = Some(not_empty(input.parse()?)?);
        } else if name == "version_table" {
            expect_value(input, &name, "\"…\"")?;
            self.version_table = Some(version_table(input.parse()?)?);
        } else if name == "allow" {
            expect_value(input, &name, "[\"if-exists\"]")?;
            self.lints = lints(input)?;
        } else if name == "irreversible_until" {
            expect_value(input, &name, "\"3f2c9a1b7d10\"")?;
            self.irreversible = Irreversible::Until(input.parse::<LitStr>()?.value());
        } else if name == "functions" {
            expect_value(input, &name, "[\"slug/1\"]")?;
            self.functions = functions(input)?;
        } else if name == "max_file_size" {
            expect_value(input, &name, "16777216")?;
            self.reading.max_file_size = input.parse::<LitInt>()?.base10_parse()?;
        } else if name == "recursive" {
            expect_value(input, &name, "true")?;
            self.reading.recursive = input.parse::<LitBool>()?.value;
        } else if !self.parse_compared(&name, input)? {
            let message = format!(
                "unknown argument `{name}`: expected `multiple_heads`, `models = [\"…\"]`, `schema = \"…\"`, `compare_column_order = true`, `compare_type = false`, `compare_server_default = false`, `include = [\"…\"]`, `exclude = [\"…\"]`, `functions = [\"…\"]`, `allow = [\"…\"]`, `irreversible_until = \"…\"`, `version_table = \"…\"`, `max_file_size = …`, `recursive = true` or `crate = path`"
            );
            return Err(syn::Error::new(name.span(), message));
        }
        if !self.models.is_empty() && self.schema.is_some() {
            let message = "`models` and `schema` cannot be used together: expected one of them to define the schema at the head";
            return Err(syn::Error::new(name.span(), message));
        }
        Ok(())
    }
}

impl Call {
    /// Parses a comparison setting with the name used in `aludel.toml`. Returns `false` for any
    /// other argument.
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

/// Parses names of tables and views, in which `*` matches any text.
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

/// Parses functions of the program, such as `"slug/1"`.
fn functions(input: ParseStream<'_>) -> syn::Result<Vec<Function>> {
    let list;
    syn::bracketed!(list in input);
    let texts = list.parse_terminated(ParseBuffer::parse::<LitStr>, Token![,])?;
    let parse = |text: LitStr| text.value().parse().map_err(|message| syn::Error::new(text.span(), message));
    texts.into_iter().map(parse).collect()
}

/// Rule: `models` is a list of at least one path.
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

/// Parses the equals sign, and checks that a value follows.
fn expect_value(input: ParseStream<'_>, name: &Ident, value: &str) -> syn::Result<()> {
    let missing =
        || syn::Error::new(name.span(), format!("`{name}` has no value: expected `{name} = {value}`"));
    input.parse::<Token![=]>().map_err(|_| missing())?;
    if input.is_empty() { Err(missing()) } else { Ok(()) }
}

/// Rule: the name of the version table consists of letters, digits and `_`, so that it is valid in
/// any statement, and does not have SQLite's reserved prefix.
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

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn lints_and_functions_are_settings_of_the_proof() -> syn::Result<()> {
        let call: Call = syn::parse_str(
            r#""m", allow = ["if-exists", "select-star up to a1"], functions = ["slug/1", "uuid/0"]"#,
        )?;
        let configuration = call.configuration();
        assert_eq!(configuration.functions.len(), 2);
        let mut expected = aludel_proof::proof::LintSettings::default();
        assert_eq!(expected.allow("if-exists", None), Ok(()));
        assert_eq!(expected.allow("select-star", Some("a1")), Ok(()));
        assert_eq!(configuration.lints, expected);
        Ok(())
    }

    #[test]
    fn malformed_calls_are_rejected_with_what_was_expected() {
        for (call, message) in [
            (r#""""#, "expected the folder of the migration scripts, found an empty path"),
            (r#""m" multiple_heads"#, "expected `,`"),
            (r#""m", version_table"#, "`version_table` has no value: expected `version_table = \"…\"`"),
            (r#""m", version_table = versions"#, "expected string literal"),
            (
                r#""m", version_table = "my version""#,
                "expected a table name of letters, digits and `_`, beginning with a letter, other than `sqlite_…`",
            ),
            (r#""m", functions = "slug/1""#, "expected square brackets"),
            (r#""m", allow = ["if-exist"]"#, "unknown lint `if-exist`: did you mean `if-exists`?"),
            (
                r#""m", allow = ["if-exists", "if-exists up to a1"]"#,
                "duplicate lint `if-exists`: expected once",
            ),
            (
                r#""m", functions = ["slug"]"#,
                "invalid function `slug`: expected its name and its number of arguments, such as `slug/1`",
            ),
            (
                r#""m", models = []"#,
                "expected at least one source file with models, such as `\"src/models.rs\"`",
            ),
            (
                r#""m", models = "models.rs""#,
                "expected a list of source files, such as `[\"src/models.rs\"]`",
            ),
            (
                r#""m", models = ["models.rs"], schema = "schema.sql""#,
                "`models` and `schema` cannot be used together: expected one of them to define the schema at the head",
            ),
        ] {
            let error = syn::parse_str::<Call>(call).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(message), "{call}");
        }
    }
}
