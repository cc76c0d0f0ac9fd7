//! Reads the models in source files without compiling them.

use std::str::FromStr as _;
use std::sync::Arc;

use aludel_core::problem::{self, Place, Problem, Source};
use proc_macro2::TokenStream;
use syn::DeriveInput;

use super::fault::{Fault, StructFault};
use super::parse::{Model, parse};
use super::value::Models;
use super::{check, find, judge};

/// The result of reading source files: the models that could be read, and all errors.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// The models.
    pub models: Models,
    /// Errors in single structs. The derive reports the same errors when the file is compiled.
    pub of_structs: Vec<Problem>,
    /// Errors that involve several models.
    pub of_all: Vec<Problem>,
}

/// A model and its file.
pub(super) struct Placed {
    pub(super) source: Arc<Source>,
    pub(super) model: Model,
}

impl Read {
    /// Reads source files. Each is a pair of the path as the user wrote it and the source text.
    #[must_use]
    pub fn files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut read = Self::default();
        let mut placed = Vec::new();
        for (path, text) in files {
            placed.extend(read.file(path, text));
        }
        if read.of_structs.is_empty() {
            read.of_all = check::check_all(&placed);
        }
        if read.of_structs.is_empty() && read.of_all.is_empty() {
            read.of_structs = judge::judge_all(&placed);
        }
        problem::sort(&mut read.of_structs);
        problem::sort(&mut read.of_all);
        read.models.tables = placed.into_iter().map(|placed| placed.model.table).collect();
        read
    }

    fn file(&mut self, path: &str, text: &str) -> Vec<Placed> {
        let source = Arc::new(without_line_for_shell(Source::new(path, text)));
        let tokens = match TokenStream::from_str(&source.text) {
            Ok(tokens) => tokens,
            Err(error) => {
                let (span, message) = (error.span().byte_range(), error.to_string());
                let place = Place { source, span };
                self.of_structs.push(Problem::at(place, &StructFault::NotRust { message }));
                return Vec::new();
            }
        };
        let mut placed = Vec::new();
        for item in find::models(tokens) {
            match syn::parse2::<DeriveInput>(item) {
                Ok(input) => {
                    let (model, mut faults) = parse(&input);
                    faults.extend(check::of_one(&model));
                    self.of_structs.extend(faults.iter().map(|fault| fault.in_file(&source)));
                    placed.push(Placed { source: Arc::clone(&source), model });
                }
                Err(error) => {
                    let place = Place { source: Arc::clone(&source), span: error.span().byte_range() };
                    let message = error.to_string();
                    self.of_structs.push(Problem::at(place, &StructFault::NotRust { message }));
                }
            }
        }
        placed
    }
}

impl Placed {
    pub(super) fn problem(&self, fault: &Fault) -> Problem {
        fault.in_file(&self.source)
    }
}

/// Reads the models in source files. Each file is a pair of the path as the user wrote it and the
/// source text.
///
/// # Errors
///
/// Returns every error, sorted by file and place.
pub fn read_models<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Models, Vec<Problem>> {
    let Read { models, of_structs, of_all } = Read::files(files);
    let mut problems = of_structs;
    problems.extend(of_all);
    if problems.is_empty() { Ok(models) } else { Err(problems) }
}

/// Replaces a shebang line with spaces, because the compiler ignores it as well. Positions stay the
/// same.
fn without_line_for_shell(source: Source) -> Source {
    let Source { path, text, excerpts } = source;
    let is_for_shell = text.starts_with("#!") && !text.trim_start_matches("#!").trim_start().starts_with('[');
    if !is_for_shell {
        return Source { path, text, excerpts };
    }
    let line = text.lines().next().map_or(0, str::len);
    Source { path, text: " ".repeat(line) + text.get(line..).unwrap_or_default(), excerpts }
}
