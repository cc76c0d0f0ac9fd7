//! Proves a chain in a program's own tests, with the program's functions and modules (feature
//! `testing`).
//!
//! A script that needs the program's functions, collations or modules is marked `Unproved`, because
//! the compiler cannot execute it. A test can:
//!
//! ```
//! use aludel::rusqlite::functions::FunctionFlags;
//! # mod migrations { pub static CHAIN: aludel::Chain = aludel::Chain::EMPTY; }
//!
//! // In a test:
//! aludel::testing::assert_reversible(&migrations::CHAIN, |connection| {
//!     connection.create_scalar_function("slug", 1, FunctionFlags::SQLITE_DETERMINISTIC, |context| {
//!         context.get::<String>(0).map(|title| title.to_lowercase().replace(' ', "-"))
//!     })
//! });
//! ```
//!
//! Put rows like those of your program into the `-- sample` sections of the scripts.

use std::fmt;

use aludel_core::chain::{Chain as Scripts, Script, Section, assemble};
use aludel_core::folder::{File, Folder};
use aludel_core::problem::{self, Problem, Style};
use aludel_proof::proof::{self, Irreversible, Options, Prepare};
use rusqlite::Connection;

use crate::Chain;

/// The error of a proof, with every problem that the proof found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReversible {
    problems: Vec<Problem>,
}

impl fmt::Display for NotReversible {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, more) = problem::first_of(&self.problems);
        let messages: Vec<String> = shown
            .iter()
            .map(|problem| format!("error: {}", problem.render(Style::Plain)))
            .chain(problem::and_more(more, "error"))
            .collect();
        write!(formatter, "the chain cannot be proved\n\n{}", messages.join("\n\n"))
    }
}

impl std::error::Error for NotReversible {}

/// Proves that every upgrade can be reverted, except those of scripts that are marked
/// `Irreversible`. Scripts that are marked `Unproved` are proved as well.
///
/// `prepare` is called on each scratch database before the first script. It registers functions and
/// collations, and creates the tables that existed before the chain.
///
/// # Panics
///
/// Panics if the proof finds an error, with the same excerpts as the compiler.
#[track_caller]
#[expect(clippy::panic, reason = "this is how a test fails")]
pub fn assert_reversible<C>(
    chain: &Chain<C>,
    prepare: impl Fn(&Connection) -> rusqlite::Result<()> + 'static,
) {
    if let Err(found) = prove(chain, prepare) {
        panic!("{found}");
    }
}

/// Works like [`assert_reversible`], for tests that return errors.
///
/// # Errors
///
/// Returns the errors of the proof, with the same excerpts as the compiler.
pub fn prove<C>(
    chain: &Chain<C>,
    prepare: impl Fn(&Connection) -> rusqlite::Result<()> + 'static,
) -> Result<(), NotReversible> {
    let chain = chain.untyped();
    let files = chain
        .scripts
        .iter()
        .map(|script| File { path: script.file.to_string(), bytes: text(chain, script).into_bytes() });
    let folder = Folder { files: files.collect(), ..Folder::default() };
    if folder.files.is_empty() {
        return Ok(());
    }
    let options = Options {
        version_table: chain.version_table.to_string(),
        irreversible: Irreversible::All,
        prepare: Some(Prepare::new(prepare)),
        ..Options::default()
    };
    assemble(&folder, true)
        .map_err(|faulty| faulty.problems)
        .and_then(|assembled| proof::prove(&assembled, &options))
        .map(drop)
        .map_err(|problems| NotReversible { problems })
}

/// Returns the text of a script without its prose and its `Unproved` line. Statements keep their
/// line numbers.
fn text(chain: &Scripts, script: &Script) -> String {
    let list = |key: &str, values: &[String]| match values {
        [] => String::new(),
        values => format!("-- {key}: {}\n", values.join(", ")),
    };
    let texts =
        |values: &[aludel_core::chain::Text]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    let down = chain.ids(script.down.iter().copied()).join(", ");
    let mut text = format!("-- {}\n-- Revision ID: {}\n-- Revises: {down}\n", script.message, script.id);
    text += &list("Depends On", &chain.ids(script.depends_on.iter().copied()));
    text += &list("Branch Labels", &texts(&script.labels));
    text += &list("Loses", &texts(&script.declared.loses));
    text += &list("Allow", &texts(&script.declared.allow));
    if !script.declared.irreversible.is_empty() {
        text.extend(["-- Irreversible: ", &script.declared.irreversible, "\n"]);
    }
    let mut sections: Vec<(&str, &Section)> = vec![
        ("upgrade", &script.upgrade),
        ("downgrade", &script.downgrade),
        ("sample", &script.declared.sample),
    ];
    sections.sort_by_key(|(_, section)| section.line);
    for (word, section) in
        sections.into_iter().filter(|(word, section)| *word != "sample" || section.line > 0)
    {
        let missing = section.line.saturating_sub(text.lines().count() + 2);
        text += &"\n".repeat(missing);
        text.extend(["-- ", word, "\n", &section.sql, "\n"]);
    }
    text
}
