//! The errors in a model, as data and as messages.

use std::ops::Range;
use std::sync::Arc;

use aludel_core::problem::{Explain, Place, Problem, Source, Words, listed, words};
use aludel_core::schema::Action;
use proc_macro2::TokenStream;

/// An error, and the tokens that it concerns.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The tokens, as written in the source.
    pub tokens: TokenStream,
    /// The broken rule.
    pub fault: ModelFault,
}

impl Fault {
    /// Returns the error as a problem in a file that was read as text.
    pub(super) fn in_file(&self, source: &Arc<Source>) -> Problem {
        Problem::at(Place { source: Arc::clone(source), span: bytes(&self.tokens) }, &self.fault)
    }

    /// Returns the message for the compiler. It omits the place, which the compiler adds.
    #[must_use]
    pub fn message(&self) -> String {
        let Words { title, help, .. } = self.fault.words();
        if help.is_empty() { title } else { format!("{title}\n\n= help: {help}") }
    }
}

/// Returns the byte range of the tokens in their file.
pub(super) fn bytes(tokens: &TokenStream) -> Range<usize> {
    let mut spans = tokens.clone().into_iter().map(|token| token.span().byte_range());
    let first = spans.next().unwrap_or_default();
    let last = spans.last().unwrap_or_else(|| first.clone());
    first.start..last.end.max(first.end)
}

fn did_you_mean<T: AsRef<str>>(similar: Option<&T>, otherwise: String) -> String {
    similar.map_or(otherwise, |similar| format!("did you mean `{}`?", similar.as_ref()))
}

/// An error in a model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its own words, below")]
pub enum ModelFault {
    Struct(StructFault),
    Word(WordFault),
    Value(ValueFault),
    Naming(NamingFault),
    Parent(ParentFault),
    Refused { table: String, message: String },
}

impl Explain for ModelFault {
    fn words(&self) -> Words {
        match self {
            Self::Struct(fault) => fault.words(),
            Self::Word(fault) => fault.words(),
            Self::Value(fault) => fault.words(),
            Self::Naming(fault) => fault.words(),
            Self::Parent(fault) => fault.words(),
            Self::Refused { table, message } => words(
                "refused-model",
                format!("SQLite rejects table `{table}`: {message}"),
                "SQLite refuses this",
                "",
            ),
        }
    }
}

macro_rules! kinds {
    ($($kind:ident($fault:ident)),*) => {$(
        impl From<$fault> for ModelFault {
            fn from(fault: $fault) -> Self {
                Self::$kind(fault)
            }
        }
    )*};
}

kinds!(Struct(StructFault), Word(WordFault), Value(ValueFault), Naming(NamingFault), Parent(ParentFault));

/// An error in a struct that is used as a model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its own words, below")]
pub enum StructFault {
    NotRust { message: String },
    NotAStruct { found: &'static str },
    NoNamedFields,
    NoColumns,
    Parameters,
}

impl Explain for StructFault {
    fn words(&self) -> Words {
        match self {
            Self::NotRust { message } => words(
                "not-rust",
                format!("this file is not valid Rust: {message}"),
                "here",
                "use a source file that compiles",
            ),
            Self::NotAStruct { found } => words(
                "not-a-struct",
                format!("expected a struct as a model, found {found}"),
                "expected a struct",
                "derive `Table` on a struct with one field per column",
            ),
            Self::NoNamedFields => words(
                "no-named-fields",
                "expected named fields, since columns have names",
                "expected `{ … }` after this name",
                "write `struct … { field: Type, … }`, with one field per column",
            ),
            Self::NoColumns => words(
                "no-columns",
                "this model has no columns, but a table in SQLite needs at least one",
                "expected at least one field that is a column",
                "",
            ),
            Self::Parameters => words(
                "model-with-parameters",
                "a model cannot have generic parameters, because it describes one table, and its rows are read into owned values",
                "these parameters",
                "use owned types, such as `String` and `Vec<u8>`",
            ),
        }
    }
}

/// An error in the syntax of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its own words, below")]
pub enum WordFault {
    NotAnArgument { expected: &'static str },
    Unknown { word: String, attribute: &'static str, similar: Option<&'static str>, known: Vec<String> },
    Twice { word: String },
    WithoutValue { example: &'static str },
    WithValue { word: String },
    NotText { word: String },
    Empty { word: String },
    Needs { word: &'static str, needs: &'static str },
    Excludes { word: &'static str, other: &'static str },
}

impl Explain for WordFault {
    fn words(&self) -> Words {
        match self {
            Self::Unknown { word, attribute, similar, known } => words(
                "unknown-word",
                format!("unknown argument `{word}` in `#[{attribute}(…)]`"),
                "this argument",
                did_you_mean(similar.as_ref(), format!("expected one of {}", listed(known))),
            ),
            Self::Twice { word } => words(
                "word-twice",
                format!("duplicate argument `{word}`"),
                "the second one",
                "keep one of the two",
            ),
            Self::WithoutValue { example } => words(
                "word-without-value",
                format!("missing value: expected `{example}`"),
                "this argument",
                "",
            ),
            Self::WithValue { word } => words(
                "word-with-value",
                format!("`{word}` takes no value, found one"),
                "this value",
                format!("write `{word}`, or remove it"),
            ),
            Self::NotText { word } => words(
                "not-text",
                format!("the value of `{word}` must be a string"),
                "expected a string in quotes",
                format!("write `{word} = \"…\"`"),
            ),
            Self::Empty { word } => words(
                "empty-text",
                format!("the value of `{word}` is empty"),
                "expected text in these quotes",
                "",
            ),
            Self::Needs { word, needs } => words(
                "word-needs",
                format!("`{word}` has no effect without `{needs}`"),
                "this argument",
                format!("add `{needs}`, or remove `{word}`"),
            ),
            Self::Excludes { word, other } => words(
                "words-exclude",
                format!("`{word}` and `{other}` are mutually exclusive"),
                "this argument",
                "keep one of the two",
            ),
            Self::NotAnArgument { expected } => {
                words("not-an-argument", format!("expected {expected}"), "found this", "")
            }
        }
    }
}

/// An error in a value: an expression, a type, an action, or a parent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its own words, below")]
pub enum ValueFault {
    NotSql { word: String },
    NotAType { text: String },
    UnknownType { found: String },
    BorrowedType { found: String },
    UnknownAction { found: String, similar: Option<&'static str> },
    NotReferences { text: String },
}

impl Explain for ValueFault {
    fn words(&self) -> Words {
        match self {
            Self::NotSql { word } => words(
                "not-an-expression",
                format!("the value of `{word}` is not one SQL expression"),
                "expected an expression, without a comment and without a semicolon",
                "",
            ),
            Self::NotAType { text } => words(
                "not-a-type",
                format!(
                    "`{text}` is not a type: expected words, and at most two numbers, such as `VARCHAR(255)`"
                ),
                "this type",
                "declare constraints with their own arguments, such as `unique`, `default` and `check`",
            ),
            Self::UnknownType { found } => words(
                "unknown-type",
                format!("no SQL type is known for `{found}`"),
                "this type",
                "set it with `#[column(sql_type = \"…\")]`; the Rust type must implement rusqlite's `FromSql` and `ToSql`",
            ),
            Self::BorrowedType { found } => words(
                "borrowed-type",
                format!("`{found}` is borrowed, but rows are read into owned values"),
                "this type",
                "use an owned type, such as `String` or `Vec<u8>`",
            ),
            Self::UnknownAction { found, similar } => words(
                "unknown-action",
                format!("`{found}` is not a foreign key action"),
                "this action",
                did_you_mean(
                    similar.as_ref(),
                    format!(
                        "expected one of {}",
                        listed(&Action::ALL.map(|action| action.words().to_owned()))
                    ),
                ),
            ),
            Self::NotReferences { text } => words(
                "not-references",
                format!(
                    "`{text}` does not name a parent: expected a table and its columns, such as `libraries(id)`"
                ),
                "this parent",
                "",
            ),
        }
    }
}

/// An error in a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its own words, below")]
pub enum NamingFault {
    UnknownField { name: String, similar: Option<String>, known: Vec<String> },
    FieldTwice { name: String },
    ColumnTwice { name: String },
    KeyTwice,
    IndexWithoutName,
    IndexTwice { name: String },
    TableTwice { name: String },
    StillInUse { name: String },
}

impl Explain for NamingFault {
    fn words(&self) -> Words {
        match self {
            Self::UnknownField { name, similar, known } => words(
                "unknown-field",
                format!("this struct has no field `{name}` that is a column"),
                "this field",
                did_you_mean(similar.as_ref(), format!("its fields are {}", listed(known))),
            ),
            Self::FieldTwice { name } => words(
                "field-twice",
                format!("duplicate field `{name}`"),
                "the second one",
                "keep one of the two",
            ),
            Self::ColumnTwice { name } => words(
                "column-twice",
                format!("duplicate column `{name}`; SQLite ignores the case of names"),
                "the second one",
                "rename one of the two fields",
            ),
            Self::KeyTwice => words(
                "key-twice",
                "this table has two primary keys: one on its fields, one on itself",
                "the second one",
                "keep one of the two",
            ),
            Self::IndexWithoutName => words(
                "index-without-name",
                "an index on an expression needs a name",
                "this index",
                "add one: `index(name = \"…\", …)`",
            ),
            Self::IndexTwice { name } => words(
                "index-twice",
                format!("`{name}` is already the name of another index or table"),
                "the second one",
                "rename it: all indexes and tables of a database must have different names",
            ),
            Self::TableTwice { name } => words(
                "table-twice",
                format!("table `{name}` has two models"),
                "the second one",
                "keep one of the two, or set a different `name` for one of them",
            ),
            Self::StillInUse { name } => words(
                "still-in-use",
                format!("`renamed_from = \"{name}\"`, but `{name}` is still in use"),
                "this name",
                "`renamed_from` is the previous name; remove it if nothing was renamed",
            ),
        }
    }
}

/// An error in the parent of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its own words, below")]
pub enum ParentFault {
    UnknownTable { table: String, similar: Option<String> },
    UnknownColumn { table: String, column: String, similar: Option<String> },
    NotAKey { table: String, columns: Vec<String> },
    CountOfColumns { children: usize, parents: usize },
}

impl Explain for ParentFault {
    fn words(&self) -> Words {
        match self {
            Self::UnknownTable { table, similar } => words(
                "unknown-parent",
                format!("no model defines table `{table}`, which this foreign key refers to"),
                "this parent",
                did_you_mean(similar.as_ref(), "add its model, or list the file that contains it".to_owned()),
            ),
            Self::UnknownColumn { table, column, similar } => words(
                "unknown-parent-column",
                format!("table `{table}` has no column `{column}`, which this foreign key refers to"),
                "this parent",
                did_you_mean(similar.as_ref(), "use a column of the parent".to_owned()),
            ),
            Self::NotAKey { table, columns } => words(
                "not-a-key-of-parent",
                format!(
                    "{} of `{table}` is neither its primary key nor unique, as a foreign key requires",
                    listed(columns)
                ),
                "this parent",
                "refer to the primary key, or make the parent's columns unique",
            ),
            Self::CountOfColumns { children, parents } => words(
                "count-of-columns",
                format!(
                    "the column counts of this foreign key differ: {children} in this table, {parents} in the parent"
                ),
                "this parent",
                "list one parent column for each column of the foreign key",
            ),
        }
    }
}
