//! The target schema, which models or an SQL file define. The macro, `check` and autogenerate use
//! it.
//!
//! The statements run on an empty scratch database, from which the schema is then read.
//!
//! An SQL file may be the output of the `.schema` or `.dump` command of the `sqlite3` shell.
//! Statements that define no user object are skipped: transactions, pragmas, and statements about
//! the tables of SQLite and Aludel.

mod repeatable;

use aludel_core::folder::File;
use aludel_core::guarded::Savepoint;
use aludel_core::problem::{self, Explain, Place, Problem, Words, listed, words};
use aludel_core::schema::{Changes, Kind, Schema, describe};
use aludel_core::script::sqlite::{Token, TokenType, tokens};
use aludel_core::script::{self, Grammar};

use crate::comparison::{LeftOpen, Settings, Wish, expected, taken};
use crate::model::{Models, Table};
use crate::proof::Options;
use crate::proof::scratch::{Scratch, Stopped};
use crate::proof::shown;

/// The command that writes a missing script.
const COMMAND: &str = "aludel revision --autogenerate -m \"…\"";

/// A target schema, given by its statements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetSchema {
    /// The files that define it, with paths as the user wrote them.
    pub files: Vec<String>,
    /// The statements that create it on an empty database. If there are none, the tables and
    /// indexes are those at the head.
    pub statements: Vec<Statement>,
    /// The declared renames.
    pub hints: Vec<Hint>,
    /// `true` if the target schema does not define views, triggers and virtual tables. Those at the
    /// head then stay.
    pub tables_only: bool,
    /// The statements from the files in the `repeatable` folder. If there are any such files, they
    /// define all views and triggers.
    pub repeatable: Vec<Statement>,
}

/// A statement in a target schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// The place in the SQL file, or `None` for models.
    pub place: Option<Place>,
}

/// A declared rename. It has no effect if the old name no longer exists, or if the new name already
/// exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A renamed table.
    Table {
        /// The old name.
        was: String,
        /// The new name.
        is: String,
    },
    /// A renamed column.
    Column {
        /// The new name of the column's table.
        table: String,
        /// The old name.
        was: String,
        /// The new name.
        is: String,
    },
}

impl TargetSchema {
    /// Reads an SQL file.
    ///
    /// # Errors
    ///
    /// Returns an error for each statement that is not allowed in a script or has a syntax error.
    pub fn of_sql(path: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let (source, spans, mut problems) = script::parse_sql(path, text, &mut Grammar::default());
        let (mut statements, mut skipped) = (Vec::new(), Vec::new());
        for span in spans {
            let sql = source.text.get(span.clone()).unwrap_or_default();
            if defines_no_object(sql) {
                skipped.push(span);
            } else {
                let (sql, source) = (sql.to_owned(), source.clone());
                statements.push(Statement { sql, place: Some(Place { source, span }) });
            }
        }
        problems.retain(|problem| {
            let start = problem.place.as_ref().map(|place| place.span.start);
            !start.is_some_and(|start| skipped.iter().any(|span| span.contains(&start)))
        });
        if problems.is_empty() && statements.is_empty() {
            let place = Place { source, span: 0..0 };
            problems.push(Problem::at(place, &TargetFault::Empty));
        }
        problem::sort(&mut problems);
        let target = Self { files: vec![path.to_owned()], statements, ..Self::default() };
        if problems.is_empty() { Ok(target) } else { Err(problems) }
    }

    /// Returns the schema that models define. Models define neither views nor triggers.
    ///
    /// # Errors
    ///
    /// Returns an error if the files contain no model.
    pub fn of_models(files: Vec<String>, models: &Models) -> Result<Self, Vec<Problem>> {
        let statements: Vec<_> = models.statements().map(|sql| Statement { sql, place: None }).collect();
        if statements.is_empty() {
            return Err(vec![Problem::overall(&TargetFault::NoModel { files })]);
        }
        Ok(Self { files, statements, hints: hints(models), tables_only: true, ..Self::default() })
    }

    /// Adds the views and triggers from the `repeatable` folder to a target schema. Returns `None`
    /// if there are neither files nor a target schema.
    ///
    /// # Errors
    ///
    /// Returns an error for each file that does not define exactly one view or trigger.
    pub fn with_repeatable(target: Option<Self>, files: &[File]) -> Result<Option<Self>, Vec<Problem>> {
        if files.is_empty() {
            return Ok(target);
        }
        Ok(Some(Self { repeatable: repeatable::read(files)?, ..target.unwrap_or_default() }))
    }

    /// Returns the kinds of objects that the target schema does not define. Those at the head stay.
    pub(crate) fn left_open(&self) -> LeftOpen {
        match (self.tables_only, self.repeatable.is_empty()) {
            (false, _) => LeftOpen::Nothing,
            (true, true) => LeftOpen::BeyondTables,
            (true, false) => LeftOpen::VirtualTables,
        }
    }

    /// Creates the schema on a scratch database and reads it. Without statements, its tables and
    /// indexes are those at the head.
    pub(crate) fn schema(&self, head: &Schema, options: &Options) -> Result<Schema, Vec<Problem>> {
        if !self.statements.is_empty() || self.repeatable.is_empty() {
            return self.created(options);
        }
        let tables = head.of_kind(Kind::Table).filter(|object| object.as_table().is_some());
        let tables = tables.map(|object| Statement { sql: object.sql().to_owned(), place: None });
        let mut created = Self { statements: tables.collect(), ..self.clone() }.created(options)?;
        let is_program = |kind: Kind| matches!(kind, Kind::View | Kind::Trigger);
        created.objects.retain(|(kind, _), _| is_program(*kind));
        let mut schema = head.clone();
        schema.objects.retain(|(kind, _), _| !is_program(*kind));
        schema.objects.extend(created.objects);
        Ok(schema)
    }

    fn created(&self, options: &Options) -> Result<Schema, Vec<Problem>> {
        let failed = |error: rusqlite::Error| {
            vec![Problem::overall(&TargetFault::Scratch { message: error.to_string() })]
        };
        let scratch = Scratch::open(options).map_err(failed)?;
        // Without an enclosing transaction, the statements take twice as long.
        let savepoint = Savepoint::open(scratch.connection()).map_err(failed)?;
        let mut problems = Vec::new();
        for statement in self.statements.iter().chain(&self.repeatable) {
            match scratch.run(&statement.sql) {
                Ok(()) | Err(Stopped::OwnTable(_)) => {}
                Err(stopped) => problems.push(statement.problem(&stopped)),
            }
            if scratch.connection().is_autocommit() || options.is_over() {
                break;
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        savepoint.release(scratch.connection()).map_err(failed)?;
        let schema = scratch.schema().map_err(failed)?;
        if schema.objects.is_empty() {
            let place = self.statements.first().and_then(|statement| statement.place.clone());
            return Err(vec![problem_at(place, &TargetFault::Empty)]);
        }
        Ok(schema)
    }
}

impl Statement {
    fn problem(&self, stopped: &Stopped) -> Problem {
        let is_of_sqlite = changes_sqlite_schema(&self.sql);
        let sql = self.place.is_none().then(|| self.sql.clone());
        let fault = TargetFault::Fails { message: stopped.to_string(), sql, is_of_sqlite };
        problem_at(self.place.clone(), &fault)
    }
}

fn problem_at(place: Option<Place>, fault: &TargetFault) -> Problem {
    match place {
        Some(place) => Problem::at(place, fault),
        None => Problem::overall(fault),
    }
}

fn hints(models: &Models) -> Vec<Hint> {
    let of_table = |table: &Table| {
        let was = table.renamed_from.clone();
        was.map(|was| Hint::Table { was, is: table.name.clone() })
    };
    let tables = models.tables.iter().filter_map(of_table);
    let columns = models.tables.iter().flat_map(|table| {
        let is = |place: &usize| table.definition.columns.get(*place).map(|column| column.name.clone());
        let columns = table.renamed_columns.iter().filter_map(move |(place, was)| Some((was, is(place)?)));
        columns.map(|(was, is)| Hint::Column { table: table.name.clone(), was: was.clone(), is })
    });
    tables.chain(columns).collect()
}

/// Compares the head of a proved chain with a target schema. An unknown head (`None`) matches every
/// target schema that can be created.
///
/// # Errors
///
/// Returns the differences as one error, or an error for each statement of the target schema that
/// fails.
pub fn compare(
    head: Option<&Schema>,
    target: &TargetSchema,
    settings: &Settings,
    options: &Options,
) -> Result<(), Vec<Problem>> {
    let Some(head) = head else {
        return if target.statements.is_empty() { Ok(()) } else { target.created(options).map(drop) };
    };
    let schema = target.schema(head, options)?;
    let wish = Wish { schema: &schema, left_open: target.left_open(), settings };
    let mut changes = Changes::between(&expected(head, wish), &taken(head, settings));
    let mut problems = repeatable::differences(&target.repeatable, &mut changes);
    if !changes.is_empty() {
        let (files, differences) = (target.files.clone(), describe(&changes));
        problems.insert(0, Problem::overall(&TargetFault::Differs { files, differences }));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The reason why a target schema is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TargetFault {
    Differs { files: Vec<String>, differences: Vec<String> },
    Fails { message: String, sql: Option<String>, is_of_sqlite: bool },
    Empty,
    NoModel { files: Vec<String> },
    Scratch { message: String },
}

impl Explain for TargetFault {
    fn words(&self) -> Words {
        match self {
            Self::Differs { files, differences } => words(
                "models-differ",
                format!(
                    "the schema at the head differs from the target schema in {}: {}",
                    listed(files),
                    shown(differences)
                ),
                "",
                format!("generate the missing migration with `{COMMAND}`, or correct the target schema"),
            ),
            Self::Fails { message, sql, is_of_sqlite } => words(
                "target-fails",
                match sql {
                    None => format!("the target schema cannot be created: {message}"),
                    Some(sql) => format!("the target schema cannot be created: {message}, in `{sql}`"),
                },
                "SQLite stopped at this statement",
                if *is_of_sqlite {
                    "write `CREATE VIRTUAL TABLE` instead; `.schema --nosys` of the `sqlite3` shell prints it, `.dump` does not"
                } else {
                    "correct the statement; it ran on an empty scratch database, after those above it"
                },
            ),
            Self::Empty => words(
                "target-empty",
                "the target schema is empty: expected statements such as `CREATE TABLE`",
                "no object is created here",
                "write the schema that the database should have; to drop every table, write the script by hand",
            ),
            Self::NoModel { files } => words(
                "target-without-models",
                format!("no model found in {}", listed(files)),
                "",
                "a model is a struct with `#[derive(aludel::Table)]`",
            ),
            Self::Scratch { message } => words(
                "scratch-database",
                format!("the scratch database failed: {message}"),
                "",
                "this is not an error in the target schema; please report it",
            ),
        }
    }
}

/// Returns `true` for one of SQLite's own tables that `.dump` fills.
fn is_filled_by_dump(name: &str) -> bool {
    name == "sqlite_sequence" || name.starts_with("sqlite_stat")
}

/// Returns `true` if a statement in the output of `sqlite3` defines no user object.
fn defines_no_object(statement: &str) -> bool {
    match verb_and_name(statement) {
        // A dump that ends with ROLLBACK is incomplete.
        Some((TokenType::TK_BEGIN | TokenType::TK_COMMIT | TokenType::TK_END | TokenType::TK_PRAGMA, _))
        | None => true,
        Some((TokenType::TK_CREATE, name)) => name.starts_with("sqlite_"),
        Some((TokenType::TK_INSERT | TokenType::TK_DELETE, name)) => is_filled_by_dump(&name),
        Some(_) => false,
    }
}

/// Returns `true` if a statement changes SQLite's schema table, as `.dump` does for virtual tables.
fn changes_sqlite_schema(statement: &str) -> bool {
    let names = ["sqlite_schema", "sqlite_master"];
    verb_and_name(statement)
        .is_some_and(|(verb, name)| verb == TokenType::TK_INSERT && names.contains(&name.as_str()))
}

/// Returns the first token of a statement, and the lowercase name of the table in `CREATE TABLE`,
/// `INSERT INTO` or `DELETE FROM`. Returns `None` if there are no tokens.
fn verb_and_name(statement: &str) -> Option<(TokenType, String)> {
    let mut tokens = tokens(statement).into_iter();
    let verb = tokens.next()?.kind;
    let is_word = |token: &Token<'_>| {
        matches!(
            token.kind,
            TokenType::TK_TABLE
                | TokenType::TK_IF
                | TokenType::TK_NOT
                | TokenType::TK_EXISTS
                | TokenType::TK_INTO
                | TokenType::TK_FROM
        )
    };
    let name = tokens.find(|token| !is_word(token)).map(|token| token.name()).unwrap_or_default();
    Some((verb, name.to_ascii_lowercase()))
}
