//! The target schema of a call: models, or a `schema.sql`.

use std::path::{Path, PathBuf};

use aludel_core::folder::{self, File, REPEATABLE};
use aludel_core::problem::Problem;
use aludel_core::schema::Schema;
use aludel_proof::model::Read;
use aludel_proof::target_schema::{self, TargetSchema};
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use super::call::Call;
use super::locate::{Located, locate};
use super::sqlite;
use crate::span_lock::without_the_compiler;

/// Compares the head with the call's target schema and with the files in the `repeatable` folder,
/// within the time limit for a proof.
///
/// # Errors
///
/// Returns the errors, each at the argument that names its file.
pub(super) fn check(call: &Call, repeatable: &[File], head: Option<&Schema>) -> Result<(), Vec<Problem>> {
    let Some(target) = TargetSchema::with_repeatable(read(call)?, repeatable)? else { return Ok(()) };
    let compared = call.proof.compared.clone();
    let (head, configuration) = (head.cloned(), call.configuration());
    sqlite::within_time_limit(0, move |watch| {
        let options = configuration.options(Some(watch));
        target_schema::compare(head.as_ref(), &target, &compared, &options)
    })
    .map_err(|faulty| faulty.problems)?
}

/// Generates one line per file, so that the compiler notices changes.
pub(super) fn tracked(call: &Call, repeatable: &[File], located: &Path) -> TokenStream {
    let folder = located.join(REPEATABLE);
    let repeatable = repeatable.iter().filter_map(|file| Some(folder.join(file.path.rsplit('/').next()?)));
    let files = call.target_files().filter_map(path).chain(repeatable);
    let files = files.filter_map(|file| file.to_str().map(str::to_owned));
    quote!(#(const _: &[u8] = ::core::include_bytes!(#files);)*)
}

/// Reads the target schema. Returns `None` if the call has none, or if its files cannot be located.
fn read(call: &Call) -> Result<Option<TargetSchema>, Vec<Problem>> {
    let mut texts = Vec::new();
    let mut problems = Vec::new();
    for file in call.target_files() {
        let Some(path) = path(file) else { return Ok(None) };
        match folder::read_text(&path, &file.value()) {
            Ok(text) => texts.push((file.value(), path, text)),
            Err(fault) => problems.push(Problem::overall(&fault)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    match (&call.proof.schema, texts.as_slice()) {
        (Some(_), [(shown, _, text)]) => TargetSchema::of_sql(shown, text).map(Some),
        _ if call.proof.models.is_empty() => Ok(None),
        _ => of_models(&texts),
    }
}

/// Returns the schema that models define, or `None` if the derive reports their errors.
///
/// Rule: an error that the derive reports is not repeated. If the compiler reads a file, the derive
/// reports errors in single structs at their positions. Errors in other files are reported here.
fn of_models(texts: &[(String, PathBuf, String)]) -> Result<Option<TargetSchema>, Vec<Problem>> {
    let files = || texts.iter().map(|(shown, _, text)| (shown.as_str(), text.as_str()));
    let Read { models, of_structs, of_all } = without_the_compiler(|| Read::files(files()));
    if of_structs.is_empty() && of_all.is_empty() {
        let files = texts.iter().map(|(shown, ..)| shown.clone()).collect();
        return TargetSchema::of_models(files, &models).map(Some);
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

fn path(file: &LitStr) -> Option<PathBuf> {
    match locate(file) {
        Located::Folder(path) => Some(path),
        Located::Unknown => None,
    }
}

/// Returns `true` if a source file is a module of a crate, so that the compiler reads it. The files
/// next to it determine this.
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
