//! Measures the `aludel` command on folders of scripts, as the wall-clock time of whole processes.
//! Also measures the time to plan an upgrade.

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
use crate::alembic::Alembic;
use crate::table::{self, Table, time};

const SIZES: [usize; 3] = [10, 100, 1000];

/// The measured commands. The database is at the head, except for the dry run, which begins at
/// base.
const COMMANDS: [&[&str]; 4] = [&["history"], &["heads"], &["current"], &["upgrade", "head", "--dry-run"]];

const DIAMONDS: usize = 600;

/// The same commands for Alembic, whose dry run prints the script.
const OF_ALEMBIC: [&[&str]; 4] = [&["history"], &["heads"], &["current"], &["upgrade", "head", "--sql"]];

/// Measures the commands that do not change a database.
pub(crate) fn reports(target: &Path, folder: &Path, effort: Effort) -> Result<String> {
    let program = Program::build(target)?;
    let mut measured = Vec::new();
    for size in SIZES {
        let place = folder.join(format!("command_{size}"));
        scripts::write(&place.join("migrations"), size, Execution::Proved)?;
        program.time(&place, "head.db", &["upgrade", "head", "--no-proof"])?;
        let ours = interleaved(COMMANDS.len(), effort.rounds(41, 11..=41), |which| {
            let words = COMMANDS.get(which).ok_or("there is no such command")?;
            let database = if words.contains(&"--dry-run") { "base.db" } else { "head.db" };
            program.time(&place, database, words)
        })?;
        measured.push((ours, peer(&place.join("peer"), size, effort)?));
    }
    let mut table = Table::default();
    for (which, (words, of_alembic)) in COMMANDS.iter().zip(OF_ALEMBIC).enumerate() {
        let ours = measured.iter().map(|(ours, _)| time(ours.median(which)));
        table.row(&format!("`aludel {}`", words.join(" ")), ours.collect());
        let theirs = measured.iter().map(|(_, theirs)| {
            theirs.as_ref().map_or("not installed".to_owned(), |theirs| time(theirs.median(which)))
        });
        table.row(&format!("`alembic {}`", of_alembic.join(" ")), theirs.collect());
    }
    let largest = measured.last().map(|(ours, _)| medians(ours)).unwrap_or_default();
    let each = table::aim("each under 50 ms for 1000 scripts", &largest, 0.050, time);
    let planned = diamonds(effort)?;
    let plan = table::aim(
        &format!("{DIAMONDS} diamonds ({} revisions) read and planned under 20 ms", 3 * DIAMONDS + 1),
        &[planned],
        0.020,
        time,
    );
    Ok(format!("{}\n{each}\n{plan}", table.markdown("The command, whole process", &SIZES)?))
}

fn medians(samples: &Samples) -> Vec<f64> {
    (0..COMMANDS.len()).map(|which| samples.median(which)).collect()
}

/// Measures Alembic on the same chain, with its database at the head.
fn peer(place: &Path, size: usize, effort: Effort) -> Result<Option<Samples>> {
    let upgrades: Vec<String> = (0..size)
        .map(|number| {
            format!(
                "    op.create_table('t{number}', sa.Column('id', sa.Integer(), primary_key=True), \
                 sa.Column('name', sa.Text(), nullable=False), sa.Column('v', sa.Integer()))\n    \
                 op.create_index('ix_t{number}_name', 't{number}', ['name'])"
            )
        })
        .collect();
    let models = "import sqlalchemy as sa\nmetadata = sa.MetaData()\n";
    let Some(alembic) = Alembic::project(place, &upgrades, models)? else { return Ok(None) };
    alembic.time(&["stamp", "head"])?;
    let samples = interleaved(OF_ALEMBIC.len(), effort.rounds(5, 1..=5), |which| {
        alembic.time(OF_ALEMBIC.get(which).ok_or("there is no such command")?)
    })?;
    Ok(Some(samples))
}

/// The `aludel` program.
#[derive(Debug)]
pub(crate) struct Program(PathBuf);

impl Program {
    /// Builds the program in the same target folder as this program.
    pub(crate) fn build(target: &Path) -> Result<Self> {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--quiet", "-p", "aludel-cli", "--bin", "aludel", "--target-dir"])
            .arg(target)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status()?;
        if built.success() {
            Ok(Self(target.join("release/aludel")))
        } else {
            Err("`aludel` does not build".into())
        }
    }

    /// Runs a command on a database, and returns its duration.
    pub(crate) fn time(&self, place: &Path, database: &str, words: &[&str]) -> Result<Duration> {
        self.run(place, &[("DATABASE_URL", database)], words)
    }

    /// Runs a command that needs no database, and returns its duration.
    pub(crate) fn time_without_database(&self, place: &Path, words: &[&str]) -> Result<Duration> {
        self.run(place, &[], words)
    }

    fn run(&self, place: &Path, environment: &[(&str, &str)], words: &[&str]) -> Result<Duration> {
        let mut command = Command::new(&self.0);
        command.args(words).current_dir(place).env_clear().envs(environment.iter().copied());
        let begun = Instant::now();
        let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        let elapsed = begun.elapsed();
        if ended.success() { Ok(elapsed) } else { Err(format!("aludel {}: {ended}", words.join(" ")).into()) }
    }
}

/// Returns the time, in seconds, to plan an upgrade from base to the head, starting from
/// declarations.
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

/// Returns the declarations of `m0 - (l1, r1) - m1 - (l2, r2) - m2 …`.
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
