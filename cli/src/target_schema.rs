//! Reads the target schema, and compares it with the head of a chain.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use aludel_core::chain::Assembled;
use aludel_core::folder::File as Script;
use aludel_core::problem::{Problem, Severity};
use aludel_core::schema::Detected;
use aludel_proof::autogenerate::{Question, Refusal};
use aludel_proof::model::read_models;
use aludel_proof::proof::{self, Report};
use aludel_proof::target_schema::{TargetSchema, compare};

use crate::error::Failure;
use crate::folder::within_time_limit;
use crate::settings::Settings;
use crate::workspace::Change;

/// Reads the target schema from a file, or else from the files in the settings.
///
/// A file that ends in `.rs` contains models; any other file contains SQL. The files in the
/// `repeatable` folder are part of the target schema.
pub(crate) fn read(
    settings: &Settings,
    target: Option<&Path>,
    repeatable: &[Script],
) -> Result<Option<TargetSchema>, Failure> {
    TargetSchema::with_repeatable(read_files(settings, target)?, repeatable).map_err(failed)
}

/// Checks a chain as the compiler does, and compares its head with the files in the `repeatable`
/// folder.
pub(crate) fn examine(settings: &Settings, assembled: &Assembled, repeatable: &[Script]) -> Report {
    let target = TargetSchema::with_repeatable(None, repeatable);
    let compared = settings.autogenerate.compared.clone();
    let examined = within_time_limit(assembled, settings, move |assembled, options| {
        let mut report = proof::examine(assembled, options);
        if report.problems.iter().all(|problem| problem.severity == Severity::Note) {
            let head = report.head.as_ref();
            let compared = target.and_then(|target| match target {
                Some(target) => compare(head, &target, &compared, options),
                None => Ok(()),
            });
            report.problems.extend(compared.err().unwrap_or_default());
        }
        report
    });
    examined.unwrap_or_else(|problems| Report { problems, ..Report::default() })
}

/// Reads the SQL of the target schema without checking it, because a server checks it later.
/// Returns `None` if no file is set.
pub(crate) fn read_sql(settings: &Settings, target: Option<&Path>) -> Result<Option<String>, Failure> {
    match texts(settings, target)?.as_slice() {
        [] => Ok(None),
        [(path, sql)] if !is_rust(path) => Ok(Some(sql.clone())),
        _ => Err(Failure::wrong(
            "models cannot define the target schema of PostgreSQL scripts",
            "use one SQL file, such as `--target schema.sql`",
        )),
    }
}

fn read_files(settings: &Settings, target: Option<&Path>) -> Result<Option<TargetSchema>, Failure> {
    let texts = texts(settings, target)?;
    let (of_rust, of_sql): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(path, _)| is_rust(path));
    match (of_sql.as_slice(), of_rust.as_slice()) {
        ([], []) => Ok(None),
        ([], models) => of_models(models).map(Some),
        ([(path, sql)], []) => TargetSchema::of_sql(path, sql).map(Some).map_err(failed),
        _ => Err(Failure::wrong(
            "the target schema is defined more than once",
            "use either one SQL file or Rust files with models",
        )),
    }
}

/// Reads the files of the target schema, with their paths.
fn texts(settings: &Settings, target: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let files = match target {
        Some(target) => vec![target.to_owned()],
        None => settings.autogenerate.files.clone(),
    };
    let mut texts = Vec::new();
    for path in files {
        let failed = |source| Failure::File { doing: "reading", path: path.clone(), source };
        let text = read_up_to(settings.reading.max_file_size, &path).map_err(failed)?;
        texts.push((path.to_string_lossy().replace('\\', "/"), text));
    }
    Ok(texts)
}

/// Reads text of limited size. Unlike a script, it may come from a pipe, such as `/dev/stdin` or
/// the shell's `<(…)`.
fn read_up_to(limit: u64, path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        let message = format!("it is larger than {limit} bytes, the limit that `max_file_size` sets");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(text)
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("rs"))
}

/// Returns the schema that models define.
fn of_models(files: &[(String, String)]) -> Result<TargetSchema, Failure> {
    let texts = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let models = read_models(texts).map_err(|problems| Failure::Models { problems })?;
    let paths = files.iter().map(|(path, _)| path.clone()).collect();
    TargetSchema::of_models(paths, &models).map_err(failed)
}

fn failed(problems: Vec<Problem>) -> Failure {
    Failure::Target { problems }
}

/// Runs a function that compares the head of a chain with a schema, within the time limit of a
/// proof.
pub(crate) fn ask<T: Send + 'static>(
    settings: &Settings,
    assembled: &Assembled,
    target: &TargetSchema,
    question: impl FnOnce(&Question<'_>) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Failure> {
    let (compared, target) = (settings.autogenerate.compared.clone(), target.clone());
    let answered = within_time_limit(assembled, settings, move |assembled, options| {
        question(&Question { assembled, wanted: &target, settings: &compared, options })
    });
    let hint = "nothing was written: reduce the work of the scripts or of the target schema, or allow more time with `ALUDEL_PROOF_SECONDS`";
    answered.map_err(|problems| Failure::Faults { problems, hint })?.map_err(failure_of)
}

/// Returns the changes from the head of a chain to the target schema, or `None` if there is no
/// target schema.
pub(crate) fn drift(
    settings: &Settings,
    assembled: &Assembled,
    (target, repeatable): (Option<&Path>, &[Script]),
) -> Result<Option<Vec<Change>>, Failure> {
    let Some(wanted) = read(settings, target, repeatable)? else { return Ok(None) };
    ask(settings, assembled, &wanted, |question| question.detect().map(|detected| Some(changes(&detected))))
}

/// Converts detected differences for display.
pub(crate) fn changes(detected: &[Detected]) -> Vec<Change> {
    detected.iter().map(|one| Change { change: one.kind(), words: one.to_string() }).collect()
}

fn failure_of(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Target { problems } => failed(problems),
        Refusal::Chain { problem } => Failure::Faults {
            problems: vec![*problem],
            hint: "fix the scripts first; `aludel verify` shows all errors",
        },
        Refusal::Unproved { .. } => Failure::UnknownHead { message: refusal.to_string() },
        Refusal::InTheWay { .. } => Failure::Autogenerate {
            message: refusal.to_string(),
            hint: "nothing was written: first correct such rows in a separate script (`aludel revision` creates one), then try again; or, if your data has no such rows, supply your own rows in a `-- sample` section of the script that creates the table",
        },
        _ => Failure::Autogenerate {
            message: refusal.to_string(),
            hint: "nothing was written: correct the target schema; if it is correct, please report both schemas and write the script by hand",
        },
    }
}
