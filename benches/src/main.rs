//! Measures everything side by side, and writes the tables into `docs/performance.md`. With `--quick`: few rounds, tables only shown.

mod command;
mod compile;
mod outside;
mod runtime;
mod table;

use std::io::{Write as _, stderr, stdout};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use aludel::rusqlite;
use benches::Result;

use outside::Outside;

/// How long to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    Quick,
    Full,
}

impl Effort {
    /// How many rounds, within bounds.
    fn rounds(self, wanted: usize, bounds: RangeInclusive<usize>) -> usize {
        match self {
            Self::Quick => *bounds.start(),
            Self::Full => wanted.clamp(*bounds.start(), *bounds.end()),
        }
    }
}

fn main() -> Result<()> {
    if cfg!(debug_assertions) {
        return Err("this measures nothing without optimisation: cargo run --release -p benches".into());
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let effort = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Effort::Full,
        ["--quick"] => Effort::Quick,
        other => return Err(format!("expected nothing or `--quick`, found `{}`", other.join(" ")).into()),
    };
    let aludel = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the workspace has no folder")?;
    let tables = measure(aludel, effort)?;
    writeln!(stdout(), "{tables}")?;
    match effort {
        Effort::Full => table::put(&aludel.join("docs/performance.md"), &tables),
        Effort::Quick => Ok(()),
    }
}

fn measure(aludel: &Path, effort: Effort) -> Result<String> {
    let target = target()?;
    // Beside the build, and not in the folder for temporary files: that one may be in memory.
    let folder = tempfile::tempdir_in(&target)?;
    tell("a fresh database")?;
    let fresh = runtime::fresh(folder.path(), effort)?;
    tell("a start at the head")?;
    let at_head = runtime::at_head(folder.path(), effort)?;
    tell("the command")?;
    let command = command::reports(&target, folder.path(), effort)?;
    tell("cargo check")?;
    let outside = Outside::generate(target.join("outside"), aludel, &compile::SIZES)?;
    let check = compile::check(&outside, effort)?;
    tell("the stages of the macro")?;
    let stages = compile::stages(&outside, effort)?;
    tell("release builds")?;
    let release = compile::release(&outside, effort)?;
    Ok(format!("{}\n{fresh}\n{at_head}\n{command}\n{check}\n{stages}\n{release}", surroundings()?))
}

fn tell(what: &str) -> Result<()> {
    Ok(writeln!(stderr(), "measuring {what} …")?)
}

/// The folder that this program was built into.
fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.ancestors().nth(2).ok_or("the program stands in no target folder")?.to_owned())
}

/// On what it was measured.
fn surroundings() -> Result<String> {
    let rustc = Command::new("rustc").arg("--version").output()?;
    let cores = std::thread::available_parallelism()?;
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    Ok(format!(
        "{}, {cores} cores; {}; SQLite {}.\n",
        processor.map_or("an unnamed processor", |(_, name)| name),
        String::from_utf8(rustc.stdout)?.trim(),
        rusqlite::version()
    ))
}
