//! Runs all measurements and writes the tables into `docs/performance.md`.
//!
//! With `--quick`, it runs only a few rounds of all parts or the named parts, and only prints the
//! tables.

mod alembic;
mod command;
mod compile;
mod on_postgres;
mod outside;
mod runtime;
mod schemas;
mod table;

use std::io::{Write as _, stderr, stdout};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use aludel::rusqlite;
use benches::Result;

use outside::Outside;

/// The number of rounds to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    Quick,
    Full,
}

impl Effort {
    /// Returns the number of rounds, within `bounds`.
    fn rounds(self, wanted: usize, bounds: RangeInclusive<usize>) -> usize {
        match self {
            Self::Quick => *bounds.start(),
            Self::Full => wanted.clamp(*bounds.start(), *bounds.end()),
        }
    }
}

/// A table of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Fresh,
    Head,
    Command,
    Schema,
    Autogenerate,
    Check,
    Stages,
    Release,
    /// All tables of PostgreSQL.
    Postgres,
}

impl Part {
    /// All parts with their names on the command line, in the order of the document.
    const ALL: [(&str, Self); 9] = [
        ("fresh", Self::Fresh),
        ("head", Self::Head),
        ("command", Self::Command),
        ("schema", Self::Schema),
        ("autogenerate", Self::Autogenerate),
        ("check", Self::Check),
        ("stages", Self::Stages),
        ("release", Self::Release),
        ("postgres", Self::Postgres),
    ];
}

fn main() -> Result<()> {
    if cfg!(debug_assertions) {
        return Err("this measures nothing without optimisation: cargo run --release --manifest-path benches/Cargo.toml".into());
    }
    let aludel = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the workspace has no folder")?;
    let (effort, parts) = asked(std::env::args().skip(1))?;
    let tables = measure(aludel, effort, &parts)?;
    writeln!(stdout(), "{tables}")?;
    let section = if parts == [Part::Postgres] { table::ON_POSTGRES } else { table::ON_SQLITE };
    match effort {
        Effort::Full => table::put(&aludel.join("docs/performance.md"), section, &tables),
        Effort::Quick => Ok(()),
    }
}

/// Parses the arguments. The default is full effort on all parts of SQLite. `postgres` selects those
/// of PostgreSQL. After `--quick`, arguments name the parts to measure.
fn asked(mut arguments: impl Iterator<Item = String>) -> Result<(Effort, Vec<Part>)> {
    let part_of = |name: String| {
        let known = Part::ALL.into_iter().find(|(known, _)| *known == name);
        let names = Part::ALL.map(|(name, _)| format!("`{name}`")).join(", ");
        known.map(|(_, part)| part).ok_or_else(|| format!("expected one of {names}, found `{name}`").into())
    };
    let all = || Part::ALL.map(|(_, part)| part).into_iter().filter(|part| *part != Part::Postgres).collect();
    match arguments.next().as_deref() {
        None => Ok((Effort::Full, all())),
        Some("postgres") => Ok((Effort::Full, vec![Part::Postgres])),
        Some("--quick") => {
            let parts: Vec<Part> = arguments.map(part_of).collect::<Result<_>>()?;
            Ok((Effort::Quick, if parts.is_empty() { all() } else { parts }))
        }
        Some(other) => Err(format!("expected nothing, `postgres` or `--quick`, found `{other}`").into()),
    }
}

fn measure(aludel: &Path, effort: Effort, parts: &[Part]) -> Result<String> {
    let target = target()?;
    // Uses the target folder, because the folder for temporary files may be in memory.
    let folder = tempfile::tempdir_in(&target)?;
    let outside = Outside::generate(target.join("outside"), aludel, &compile::SIZES)?;
    let mut tables = vec![surroundings()?];
    for (name, part) in Part::ALL.into_iter().filter(|(_, part)| parts.contains(part)) {
        writeln!(stderr(), "measuring {name} …")?;
        tables.push(match part {
            Part::Fresh => runtime::fresh(folder.path(), effort)?,
            Part::Head => runtime::at_head(folder.path(), effort)?,
            Part::Command => command::reports(&target, folder.path(), effort)?,
            Part::Schema => schemas::read(effort)?,
            Part::Autogenerate => schemas::autogenerate(&target, folder.path(), effort)?,
            Part::Check => compile::check(&outside, effort)?,
            Part::Stages => compile::stages(&outside, effort)?,
            Part::Release => compile::release(&outside, effort)?,
            Part::Postgres => on_postgres::tables(folder.path(), effort)?,
        });
    }
    Ok(tables.join("\n"))
}

/// Returns the target folder of this program.
fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.ancestors().nth(2).ok_or("the program is in no target folder")?.to_owned())
}

/// Describes the machine.
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
