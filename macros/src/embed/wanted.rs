//! The target schema of a call: models, or a `schema.sql`.

use std::path::PathBuf;

use aludel_core::folder;
use aludel_core::problem::{self, Place, Problem};
use aludel_core::schema::Schema;
use aludel_core::script::{self, sqlite::Grammar};
use aludel_proof::model::Read;
use aludel_proof::proof::Options;
use aludel_proof::proof::drift::{self, Statement, Wanted};
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use super::call::Call;
use super::locate::{Located, locate};
use crate::alone::without_the_compiler;

/// Compares the head with the target schema of the call.
///
/// # Errors
///
/// Returns the errors, each at the argument that names the file.
pub(super) fn check(call: &Call, head: Option<&Schema>, options: &Options) -> Result<(), Vec<Problem>> {
    let Some(wanted) = read(call)? else { return Ok(()) };
    drift::compare(head, &wanted, options)
}

/// Generates one line per file, so that the compiler notices changes.
pub(super) fn tracked(call: &Call) -> TokenStream {
    let files = call.wanted().filter_map(|file| path(file)?.to_str().map(str::to_owned));
    quote!(#(const _: &[u8] = ::core::include_bytes!(#files);)*)
}

/// Reads the target schema. Returns `None` if the call has none, or if its files cannot be located.
fn read(call: &Call) -> Result<Option<Wanted>, Vec<Problem>> {
    let mut texts = Vec::new();
    let mut problems = Vec::new();
    for file in call.wanted() {
        let Some(path) = path(file) else { return Ok(None) };
        match folder::read_text(&path, &file.value()) {
            Ok(text) => texts.push((file.value(), path, text)),
            Err(fault) => problems.push(Problem::overall(&fault)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let wanted = match &call.schema {
        Some(_) => from_sql(&texts)?,
        None if call.models.is_empty() => return Ok(None),
        None => from_models(&texts)?,
    };
    let files = texts.into_iter().map(|(shown, ..)| shown).collect();
    Ok(wanted.map(|statements| Wanted {
        files,
        statements,
        by_models: call.schema.is_none(),
        settings: call.compared.clone(),
    }))
}

/// Returns the statements of models.
///
/// Rule: an error that the derive reports is not repeated. The derive reports errors of single
/// structs at their position, if the compiler reads the file. Errors in other files are reported
/// here.
fn from_models(texts: &[(String, PathBuf, String)]) -> Result<Option<Vec<Statement>>, Vec<Problem>> {
    let files = || texts.iter().map(|(shown, _, text)| (shown.as_str(), text.as_str()));
    let Read { models, of_structs, of_all } = without_the_compiler(|| Read::files(files()));
    if of_structs.is_empty() && of_all.is_empty() {
        let statements = models.statements().map(|sql| Statement { sql, place: None });
        return Ok(Some(statements.collect()));
    }
    let compiled: Vec<&str> =
        texts.iter().filter(|(_, path, _)| is_module(path)).map(|(shown, ..)| shown.as_str()).collect();
    let is_told = |problem: &Problem| {
        let place = problem.place.as_ref();
        place.is_some_and(|place| compiled.contains(&place.source.path.as_str()))
    };
    let mut problems: Vec<Problem> = of_structs.into_iter().filter(|problem| !is_told(problem)).collect();
    problems.extend(of_all);
    if problems.is_empty() { Ok(None) } else { Err(problems) }
}

/// Returns the statements of a `schema.sql`.
fn from_sql(texts: &[(String, PathBuf, String)]) -> Result<Option<Vec<Statement>>, Vec<Problem>> {
    let mut grammar = Grammar::default();
    let mut statements = Vec::new();
    let mut problems = Vec::new();
    for (shown, _, text) in texts {
        let (source, spans, faults) = script::parse_sql(shown, text, &mut grammar);
        problems.extend(faults);
        statements.extend(spans.into_iter().map(|span| Statement {
            sql: source.text.get(span.clone()).unwrap_or_default().to_owned(),
            place: Some(Place { source: source.clone(), span }),
        }));
    }
    problem::sort(&mut problems);
    if problems.is_empty() { Ok(Some(statements)) } else { Err(problems) }
}

fn path(file: &LitStr) -> Option<PathBuf> {
    match locate(file) {
        Located::Folder(path) => Some(path),
        Located::Unknown => None,
    }
}

/// Returns `true` if a source file is a module of a crate, so that the compiler reads it. The
/// neighbouring files decide.
fn is_module(path: &std::path::Path) -> bool {
    let declares = |file: PathBuf, module: &str| {
        std::fs::read_to_string(file).is_ok_and(|text| {
            text.lines().any(|line| {
                let line = line.trim().trim_end_matches(';').trim_end();
                line.strip_suffix(module).is_some_and(|before| before.ends_with("mod "))
            })
        })
    };
    let (Some(stem), Some(folder)) = (path.file_stem().and_then(std::ffi::OsStr::to_str), path.parent())
    else {
        return false;
    };
    if ["lib", "main"].contains(&stem) {
        return true;
    }
    let (folder, module) = match (stem, folder.parent(), folder.file_name().and_then(std::ffi::OsStr::to_str))
    {
        ("mod", Some(above), Some(name)) => (above, name),
        _ => (folder, stem),
    };
    ["lib.rs", "main.rs", "mod.rs"].into_iter().any(|file| declares(folder.join(file), module))
        || declares(folder.with_extension("rs"), module)
}
