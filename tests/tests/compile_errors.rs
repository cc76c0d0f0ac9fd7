//! Tests the compile errors of broken programs: `ui/<kind of error>/<error>.rs`, with its scripts
//! next to it, and the compiler's output in `<error>.stderr`.
//! `MESSAGES=overwrite cargo test -p tests --test compile_errors` rewrites these files.
//!
//! Each case also uses the chain, so that a second error caused by the first one would be visible.
//! The compiler is called directly, with the library that Cargo built for the tests. Cargo would
//! build the library again for each selection of packages and features.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tests::{Scratch, TestResult, build};

/// Runs the compiler with the library that the tests use.
struct Compiler {
    library: PathBuf,
    output: Scratch,
}

impl Compiler {
    /// Returns the compiler's errors for a program that does not compile.
    fn errors_of(&self, program: &Path) -> Result<String, Box<dyn Error>> {
        let dependencies = self.library.parent().ok_or("the library lies in no folder")?;
        let output = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"))
            .args(["--edition=2024", "--emit=metadata", "--color=never", "--diagnostic-width=140"])
            .arg("--extern")
            .arg(format!("aludel={}", self.library.display()))
            .arg("-L")
            .arg(format!("dependency={}", dependencies.display()))
            .arg("--out-dir")
            .arg(self.output.folder())
            .arg(program)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
            .output()?;
        if output.status.success() {
            return Err(format!("{} compiles", program.display()).into());
        }
        Ok(without_variations(&String::from_utf8(output.stderr)?))
    }

    /// Compares the errors of a program with the file next to it.
    fn check(&self, program: &Path) -> TestResult {
        let errors = self.errors_of(program)?;
        let file = program.with_extension("stderr");
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if expected == errors {
            return Ok(());
        }
        if std::env::var_os("MESSAGES").is_some_and(|value| value == "overwrite") {
            return Ok(std::fs::write(&file, errors)?);
        }
        Err(format!("{} differs from the errors:\n{errors}", file.display()).into())
    }
}

/// Removes the summary lines, and line numbers in the library.
fn without_variations(errors: &str) -> String {
    let summaries = ["error: aborting due to", "Some errors have", "For more information"];
    let lines = errors.lines().filter(|line| !summaries.iter().any(|begin| line.starts_with(begin)));
    let lines = lines.map(|line| match line.split_once("--> runtime/") {
        Some((margin, place)) => format!("{margin}--> runtime/{}", place.split(':').next().unwrap_or(place)),
        None => line.trim_end().to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned() + "\n"
}

/// Returns the programs `ui/<kind of error>/<error>.rs`.
fn programs() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut programs = Vec::new();
    for kind in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("ui"))? {
        let kind = kind?;
        if kind.file_type()?.is_dir() {
            for file in std::fs::read_dir(kind.path())? {
                let name = Path::new("ui").join(kind.file_name()).join(file?.file_name());
                programs.extend(name.extension().is_some_and(|end| end == "rs").then_some(name));
            }
        }
    }
    programs.sort();
    Ok(programs)
}

#[test]
fn a_broken_program_does_not_compile_and_the_errors_say_why() -> TestResult {
    let compiler = Compiler { library: build::library(), output: Scratch::new()? };
    let programs = programs()?;
    assert!(programs.len() > 20, "{} programs", programs.len());
    let cores = thread::available_parallelism()?.get();
    let check = |program: &PathBuf| compiler.check(program).err().map(|error| error.to_string());
    let failures = thread::scope(|scope| {
        let parts = programs.chunks(programs.len().div_ceil(cores));
        let threads: Vec<_> =
            parts.map(|part| scope.spawn(|| part.iter().filter_map(check).collect::<Vec<_>>())).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|_| vec!["a thread panicked".to_owned()]))
            .collect::<Vec<_>>()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}
