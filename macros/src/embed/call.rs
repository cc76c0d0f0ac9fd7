//! The arguments of `embed_migrations!`.

#[cfg(feature = "sqlite")]
mod proof;

use aludel_core::folder::Reading;
use aludel_core::script::Dialect;
use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitBool, LitInt, LitStr, Path, Token, parse_quote};

/// The arguments that are valid only for SQLite scripts, each with the reason.
const ONLY_SQLITE: [(&str, &str); 10] = [
    ("models", "the compiler only compares SQLite schemas"),
    ("schema", "the compiler only compares SQLite schemas"),
    ("compare_column_order", "the compiler only compares SQLite schemas"),
    ("compare_type", "the compiler only compares SQLite schemas"),
    ("compare_server_default", "the compiler only compares SQLite schemas"),
    ("include", "the compiler only compares SQLite schemas"),
    ("exclude", "the compiler only compares SQLite schemas"),
    ("functions", "it declares functions of an SQLite connection"),
    ("allow", "`aludel prove` proves the scripts, with the settings in `aludel.toml`"),
    ("irreversible_until", "`aludel prove` proves the scripts, with the settings in `aludel.toml`"),
];

/// The parsed arguments.
pub(super) struct Call {
    /// The folder, as the user wrote it.
    pub(super) folder: LitStr,
    /// `true` if multiple heads are allowed.
    pub(super) multiple_heads: bool,
    /// The arguments of the proof, which the compiler runs on SQLite.
    #[cfg(feature = "sqlite")]
    pub(super) proof: proof::Arguments,
    /// The name of the version table, if it differs from Alembic's.
    pub(super) version_table: Option<LitStr>,
    /// How the folder is read.
    pub(super) reading: Reading,
    /// The path of the `aludel` crate.
    pub(super) aludel: Path,
}

impl Call {
    /// Returns a placeholder for a call that could not be parsed.
    pub(super) fn broken() -> Self {
        Self {
            folder: LitStr::new("", Span::call_site()),
            multiple_heads: true,
            #[cfg(feature = "sqlite")]
            proof: proof::Arguments::default(),
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
        call.check_dialect(&given)?;
        Ok(call)
    }
}

impl Call {
    /// Parses an argument, which must be known and must not be a duplicate.
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
        } else if name == "dialect" {
            expect_value(input, &name, "\"postgresql\"")?;
            self.reading.dialect = dialect(&input.parse()?)?;
        } else if name == "version_table" {
            expect_value(input, &name, "\"…\"")?;
            self.version_table = Some(version_table(input.parse()?)?);
        } else if name == "max_file_size" {
            expect_value(input, &name, "16777216")?;
            self.reading.max_file_size = input.parse::<LitInt>()?.base10_parse()?;
        } else if name == "recursive" {
            expect_value(input, &name, "true")?;
            self.reading.recursive = input.parse::<LitBool>()?.value;
        } else if !self.parse_of_sqlite(&name, input)? {
            let message = format!(
                "unknown argument `{name}`: expected `multiple_heads`, `models = [\"…\"]`, `schema = \"…\"`, `compare_column_order = true`, `compare_type = false`, `compare_server_default = false`, `include = [\"…\"]`, `exclude = [\"…\"]`, `functions = [\"…\"]`, `allow = [\"…\"]`, `irreversible_until = \"…\"`, `version_table = \"…\"`, `max_file_size = …`, `recursive = true`, `dialect = \"…\"` or `crate = path`"
            );
            return Err(syn::Error::new(name.span(), message));
        }
        Ok(())
    }

    /// Parses an argument that is valid only for SQLite scripts. Returns `false` for any other
    /// argument.
    #[cfg(feature = "sqlite")]
    fn parse_of_sqlite(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
        self.proof.parse(name, input)
    }

    #[cfg(not(feature = "sqlite"))]
    #[expect(clippy::unused_self, reason = "with the feature `sqlite`, the argument is stored")]
    fn parse_of_sqlite(&mut self, name: &Ident, _: ParseStream<'_>) -> syn::Result<bool> {
        let is_known = ONLY_SQLITE.iter().any(|(known, _)| name == known);
        let message = format!("`{name}` needs the `sqlite` feature of the `aludel` crate");
        if is_known { Err(syn::Error::new(name.span(), message)) } else { Ok(false) }
    }

    /// Checks that this build contains the dialect, and that each argument is valid for it.
    fn check_dialect(&self, given: &[Ident]) -> syn::Result<()> {
        if self.reading.dialect == Dialect::Sqlite {
            let message = "this build has no SQLite: expected `dialect = \"postgresql\"`, or the `sqlite` feature of the `aludel` crate";
            let is_there = cfg!(feature = "sqlite");
            return if is_there { Ok(()) } else { Err(syn::Error::new(self.folder.span(), message)) };
        }
        let refused = given.iter().find_map(|name| {
            let (_, reason) = ONLY_SQLITE.iter().find(|(only, _)| name == only)?;
            Some((name, reason))
        });
        let Some((name, reason)) = refused else { return Ok(()) };
        let message = format!("`{name}` cannot be used with `dialect = \"postgresql\"`: {reason}");
        Err(syn::Error::new(name.span(), message))
    }
}

/// Parses the name of a dialect, which this build must contain.
fn dialect(word: &LitStr) -> syn::Result<Dialect> {
    let dialect: Dialect = word.value().parse().map_err(|error| syn::Error::new(word.span(), error))?;
    if dialect.is_available() {
        return Ok(dialect);
    }
    let message = format!("`{dialect}` needs the `postgres` feature of the `aludel` crate");
    Err(syn::Error::new(word.span(), message))
}

/// Parses the equals sign, and checks that a value follows.
fn expect_value(input: ParseStream<'_>, name: &Ident, value: &str) -> syn::Result<()> {
    let missing =
        || syn::Error::new(name.span(), format!("`{name}` has no value: expected `{name} = {value}`"));
    input.parse::<Token![=]>().map_err(|_| missing())?;
    if input.is_empty() { Err(missing()) } else { Ok(()) }
}

/// Checks the version table's name. It consists of letters, digits and `_`, so that it is valid in
/// any statement, and must not begin with SQLite's reserved prefix.
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

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::Call;
    #[cfg(feature = "postgres")]
    use super::Dialect;

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
    #[cfg(feature = "postgres")]
    fn arguments_of_sqlite_have_no_effect_on_postgresql() {
        let of = |arguments: &str| {
            let call =
                format!(r#""m", {arguments}dialect = "postgresql", version_table = "v", recursive = true"#);
            syn::parse_str::<Call>(&call).map(|call| call.reading.dialect).map_err(|error| error.to_string())
        };
        assert_eq!(of(""), Ok(Dialect::Postgresql));
        for (argument, reason) in [
            (
                r#"models = ["m.rs"], "#,
                "`models` cannot be used with `dialect = \"postgresql\"`: the compiler only compares SQLite schemas",
            ),
            (
                "compare_type = false, ",
                "`compare_type` cannot be used with `dialect = \"postgresql\"`: the compiler only compares SQLite schemas",
            ),
            (
                r#"functions = ["slug/1"], "#,
                "`functions` cannot be used with `dialect = \"postgresql\"`: it declares functions of an SQLite connection",
            ),
            (
                "allow = [], ",
                "`allow` cannot be used with `dialect = \"postgresql\"`: `aludel prove` proves the scripts, with the settings in `aludel.toml`",
            ),
        ] {
            assert_eq!(of(argument), Err(reason.to_owned()));
        }
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
            (r#""m", dialect = "mysql""#, "unknown dialect `mysql`: expected `sqlite` or `postgresql`"),
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
