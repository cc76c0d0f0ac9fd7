//! The table of the command `aludel` on folders of scripts: whole processes by the clock on the wall. And how long planning takes.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aludel_core::graph::{Declaration, resolve};
use aludel_core::plan::{Position, upgrade};
use benches::Result;
use benches::sample::{Samples, interleaved};
use benches::scripts::{self, Execution};

use crate::Effort;
use crate::table::{self, Table, time};

const SIZES: [usize; 3] = [10, 100, 1000];

/// What is typed. The database is at its head, but for the dry run, which begins at base.
const COMMANDS: [&[&str]; 4] = [&["history"], &["heads"], &["current"], &["upgrade", "head", "--dry-run"]];

const DIAMONDS: usize = 600;

/// Commands that only tell.
pub(crate) fn reports(target: &Path, folder: &Path, effort: Effort) -> Result<String> {
    let program = build(target)?;
    let mut measured = Vec::new();
    for size in SIZES {
        let place = folder.join(format!("command_{size}"));
        scripts::write(&place.join("migrations"), size, Execution::Proved)?;
        run(&program, &place, &["upgrade", "head", "--no-proof", "-d", "head.db"])?;
        let samples = interleaved(COMMANDS.len(), effort.rounds(41, 11..=41), |which| {
            run(&program, &place, COMMANDS.get(which).ok_or("there is no such command")?)
        })?;
        measured.push(samples);
    }
    let mut table = Table::default();
    for (which, words) in COMMANDS.iter().enumerate() {
        let cells = measured.iter().map(|samples| time(samples.median(which))).collect();
        table.row(&format!("`aludel {}`", words.join(" ")), cells);
    }
    let largest = measured.last().map(medians).unwrap_or_default();
    let each = table::aim("each under 50 ms for 1000 scripts", &largest, 0.050, time);
    let planned = diamonds(effort)?;
    let plan = table::aim(
        &format!("{DIAMONDS} diamonds ({} revisions) read and planned under 20 ms", 3 * DIAMONDS + 1),
        &[planned],
        0.020,
        time,
    );
    Ok(format!("{}\n{each}{plan}", table.markdown("The command, whole process", &SIZES)?))
}

fn medians(samples: &Samples) -> Vec<f64> {
    (0..COMMANDS.len()).map(|which| samples.median(which)).collect()
}

/// Builds the program into the folder that this one was built into.
fn build(target: &Path) -> Result<PathBuf> {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "aludel-cli", "--bin", "aludel", "--target-dir"])
        .arg(target)
        .status()?;
    if built.success() { Ok(target.join("release/aludel")) } else { Err("`aludel` does not build".into()) }
}

fn run(program: &Path, place: &Path, words: &[&str]) -> Result<Duration> {
    let database = if words.contains(&"--dry-run") { "base.db" } else { "head.db" };
    let mut command = Command::new(program);
    command.args(words).current_dir(place).env_clear().env("DATABASE_URL", database);
    let begun = Instant::now();
    let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let elapsed = begun.elapsed();
    if ended.success() { Ok(elapsed) } else { Err(format!("aludel {}: {ended}", words.join(" ")).into()) }
}

/// From declarations to the plan from base to the head, in seconds.
fn diamonds(effort: Effort) -> Result<f64> {
    let declarations = fork_and_merge();
    let samples = interleaved(1, effort.rounds(41, 11..=41), |_| {
        let begun = Instant::now();
        let graph = resolve(&declarations).map_err(|_| "the diamonds are no graph")?.graph;
        let heads: Vec<_> = graph.real_heads().collect();
        black_box(upgrade(&graph, &Position::default(), &heads));
        Ok(begun.elapsed())
    })?;
    Ok(samples.median(0))
}

/// `m0 - (l1, r1) - m1 - (l2, r2) - m2 …`
fn fork_and_merge() -> Vec<Declaration> {
    let revision = |id: String, revises: Vec<String>| Declaration {
        id,
        revises,
        depends_on: Vec::new(),
        labels: Vec::new(),
    };
    let mut all = vec![revision("m0".to_owned(), Vec::new())];
    for number in 1..=DIAMONDS {
        let below = vec![format!("m{}", number - 1)];
        let sides = [format!("l{number}"), format!("r{number}")];
        all.extend(sides.iter().map(|side| revision(side.clone(), below.clone())));
        all.push(revision(format!("m{number}"), sides.to_vec()));
    }
    all
}
